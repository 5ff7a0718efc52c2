//! People whose identity only an administrator can decide: displayed, decided, undone, and decided again.

use rstest::rstest;
use vestibule_simulator::{Browser, Page, Person};
use vestibule_store::providers::identities::IdentityKey;

use super::assert_refused;
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

/// Creates a user linked to a first person, a second person who got the first person's login, and an administrator.
async fn two_of_one_name(house: &House, room: &Room) -> (Person, Person, Browser) {
    let mut first = room.person("Grace").await;
    let (_, page) = room.sign_in(&first).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let login = std::mem::replace(&mut first.login, "former@acme.example".to_owned());
    first.email.clone_from(&first.login);
    room.okta.update_person(&first);
    let second = room.okta.add_person(&login, "Grace", "Second");
    room.okta.assign_quietly(&room.app, &second);
    let ada = room.administrator(house, "Ada").await;
    (first, second, room.sign_in(&ada).await.0)
}

async fn waiting(house: &House, browser: &Browser) -> Page {
    browser.get(&house.url("/integrations/okta/conflicts")).await.unwrap()
}

async fn kinds(house: &House, room: &Room) -> Vec<String> {
    let workspace = room.workspace.clone();
    let trail = house
        .write(move |conn| vestibule_store::trail::events::list(conn, &workspace, 0, 1000).unwrap())
        .await;
    trail.into_iter().map(|event| event.kind).collect()
}

#[rstest]
#[actix_web::test]
async fn an_administrator_says_who_somebody_is(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (first, second, ada) = two_of_one_name(&house, &room).await;
    let (theirs, page) = room.sign_in(&first).await;
    assert_eq!(page.status, 200);
    let (browser, page) = room.sign_in(&second).await;
    assert_refused(&house, &browser, &page, 403, &["Your name belongs to somebody else here"]);
    let (browser, page) = room.sign_in(&second).await;
    assert_refused(&house, &browser, &page, 403, &["Your name belongs to somebody else here"]);

    let page = ada.get(&house.url("/integrations/okta")).await.unwrap();
    assert!(page.text().contains("One person could not sign in"), "{}", page.text());
    let page = waiting(&house, &ada).await;
    assert!(
        page.text().contains(&second.id) && page.text().contains("grace@acme.example"),
        "{}",
        page.text()
    );
    let problem = ada.press(&page, "Link to this user", &[("user_name", "nobody")]).await.unwrap();
    assert_eq!(problem.status, 422);
    assert!(problem.text().contains("there is no user nobody"), "{}", problem.text());
    let page = ada.press(&page, "Link to this user", &[]).await.unwrap();
    assert!(page.text().contains("No open conflicts"), "{}", page.text());
    // The first person is signed out, and their next sign-in is the new conflict.
    assert_eq!(room.check(&theirs).await, 401);
    let (_, page) = room.sign_in(&second).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let (browser, page) = room.sign_in(&first).await;
    assert_refused(&house, &browser, &page, 403, &["Your name belongs to somebody else here"]);
    let kinds = kinds(&house, &room).await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "identity_linked").count(), 3, "{kinds:?}");
}

#[rstest]
#[actix_web::test]
async fn an_undone_link_is_not_made_again_by_itself(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let grace = room.person("Grace").await;
    let (browser, page) = room.sign_in(&grace).await;
    assert_eq!(page.status, 200);
    let ada = room.administrator(&house, "Ada").await;
    let ada = room.sign_in(&ada).await.0;
    let (workspace, issuer, subject, now) =
        (room.workspace.clone(), room.okta.issuer().to_owned(), grace.id.clone(), house.state.now());
    let actor = vestibule_admin::Actor::cli(now);
    house
        .write(move |conn| {
            let identity = IdentityKey { issuer: &issuer, subject: &subject };
            vestibule_admin::provider::identities::unlink(conn, &actor, &workspace, identity)
                .unwrap()
                .unwrap();
        })
        .await;
    assert_eq!(room.check(&browser).await, 401);
    // Okta's own id, which would find the user directly, does not sign them in either.
    for _ in 0..2 {
        let (browser, page) = room.sign_in(&grace).await;
        assert_refused(&house, &browser, &page, 403, &["An administrator has to let you in"]);
    }
    let page = waiting(&house, &ada).await;
    assert!(page.text().contains("The link was undone"), "{}", page.text());
    let page = ada.press(&page, "Dismiss", &[]).await.unwrap();
    assert!(page.text().contains("No open conflicts"), "{}", page.text());
    let (_, page) = room.sign_in(&grace).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let kinds = kinds(&house, &room).await;
    for kind in ["identity_unlinked", "conflict_dismissed"] {
        assert!(kinds.iter().any(|found| found == kind), "{kinds:?}");
    }
}

#[rstest]
#[actix_web::test]
async fn nobody_is_settled_but_by_an_administrator_and_from_the_list(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (first, second, ada) = two_of_one_name(&house, &room).await;
    let page = waiting(&house, &ada).await;
    let csrf =
        page.html.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    // There is no refused sign-in yet, so the form has no message.
    let post = |browser: &Browser, csrf: &str| {
        let cookie =
            format!("vestibule_session={}", browser.cookie(&house.api, "vestibule_session").unwrap());
        let form = [
            ("csrf", csrf),
            ("issuer", room.okta.issuer()),
            ("subject", &second.id),
            ("user_name", "grace@acme.example"),
            ("do", "link"),
        ];
        house.http.post(house.url("/integrations/okta/conflicts")).form(&form).header("cookie", cookie).send()
    };
    assert_eq!(post(&ada, &csrf).await.unwrap().status(), 303);
    let (browser, page) = room.sign_in(&second).await;
    assert_refused(&house, &browser, &page, 403, &["Your name belongs to somebody else here"]);
    let (member, _) = room.sign_in(&first).await;
    assert_eq!(member.get(&house.url("/integrations/okta/conflicts")).await.unwrap().status, 403);
    assert_eq!(post(&member, &csrf).await.unwrap().status(), 403);
    assert_eq!(post(&ada, "wrong").await.unwrap().status(), 403);
    let (browser, page) = room.sign_in(&second).await;
    assert_refused(&house, &browser, &page, 403, &["Your name belongs to somebody else here"]);
}
