//! Test sign-in: a round trip that reports and signs nobody in, also before the connection is enabled.

use rstest::rstest;
use vestibule_simulator::{Browser, Misbehavior, Page, Person};
use vestibule_store::trail::events;

use super::{MINUTE, change_connection, session_cookie};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

/// Presses "Test sign-in" as a signed-in administrator and returns the page that leads to Okta.
async fn press(house: &House, browser: &Browser) -> Page {
    let page = browser.get(&house.url("/integrations/okta/setup/test")).await.unwrap();
    browser.press(&page, "Test sign-in", &[]).await.unwrap()
}

/// Runs the whole test sign-in and returns the report.
async fn test(house: &House, room: &Room, browser: &Browser, misbehavior: Option<Misbehavior>) -> Page {
    let begin = press(house, browser).await;
    assert_eq!(begin.status, 200, "{}", begin.text());
    assert!(begin.header("refresh").unwrap().starts_with("0; url="), "it goes on by itself");
    if let Some(misbehavior) = misbehavior {
        room.okta.tamper(misbehavior);
    }
    let page = browser.follow(&begin, "Continue to Okta").await.unwrap();
    assert_eq!(page.url.path(), "/api/okta/oidc/callback", "{}", page.text());
    assert_eq!(page.status, 200, "{}", page.text());
    page
}

async fn trail(house: &House, room: &Room, kind: &'static str) -> Vec<events::Event> {
    let workspace = room.workspace.clone();
    let all = house.write(move |conn| events::list(conn, &workspace, 0, 1000).unwrap()).await;
    all.into_iter().filter(|event| event.kind == kind).collect()
}

async fn settled(backend: Backend) -> (House, Room, Person, Browser) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.administrator(&house, "Ada").await;
    let (browser, _) = room.sign_in(&ada).await;
    (house, room, ada, browser)
}

#[rstest]
#[actix_web::test]
async fn a_test_shows_each_check_and_who_that_would_be(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, ada, browser) = settled(backend).await;
    change_connection(&house, &room, |connection| {
        connection.enabled = false;
        connection.groups_claim = "groups".to_owned();
    })
    .await;
    let before = (session_cookie(&house, &browser), trail(&house, &room, "signed_in").await.len());
    let page = test(&house, &room, &browser, None).await;
    let text = page.text();
    for words in [
        "A sign-in would succeed",
        "ada@acme.example",
        "as who they have signed in before",
        "A key that the issuer publishes has signed it ✓ Passed",
        "It was given to this app – Not used",
        "OpenID Connect Core §3.1.3.7",
        "preferred_username",
        "What userinfo says",
        ada.id.as_str(),
    ] {
        assert!(text.contains(words), "no {words:?} in: {text}");
    }
    assert!(!page.html.contains("eyJ"), "no token");
    let after = (session_cookie(&house, &browser), trail(&house, &room, "signed_in").await.len());
    assert_eq!(after, before, "nobody was signed in");
    let told = trail(&house, &room, "test_sign_in").await;
    assert_eq!(told.len(), 1);
    assert!(
        told[0].actor.starts_with("user:") && told[0].data.as_str().contains("signs_in"),
        "{:?}",
        told[0]
    );
    assert!(text.contains(&told[0].event_id));
}

#[rstest]
#[actix_web::test]
async fn a_test_that_fails_says_which_check_and_what_to_change(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, ada, browser) = settled(backend).await;
    for (misbehavior, words) in [
        (Misbehavior::WrongAudience, ["It is for this app alone ✕ Failed", "Paste the Client ID"]),
        (Misbehavior::WrongIssuer, ["It comes from the connection's issuer ✕ Failed", "Issuer must be"]),
        (Misbehavior::AlgNone, ["It is signed with RS256 or ES256 ✕ Failed", "must be signed with RS256"]),
        (Misbehavior::TwiceInPayload, ["No member is repeated ✕ Failed", "It names a person – Not checked"]),
        (Misbehavior::CodeAndError, ["The answer is complete ✕ Failed", "both code and error"]),
    ] {
        let page = test(&house, &room, &browser, Some(misbehavior)).await;
        for words in words.into_iter().chain(["A sign-in would be refused"]) {
            assert!(page.text().contains(words), "{misbehavior:?}: no {words:?} in: {}", page.text());
        }
    }
    let (workspace, state) = (room.workspace.clone(), house.state.clone());
    change_connection(&house, &room, move |connection| {
        let context =
            vestibule_web::crypto::seal::client_secret_context(&workspace, &connection.connection_id);
        connection.client_secret = state.sealer().seal(&context, "not the secret").unwrap();
    })
    .await;
    let page = test(&house, &room, &browser, None).await;
    assert!(page.text().contains("Client authentication must be the method"), "{}", page.text());
    room.okta.unassign_quietly(&room.app, &ada);
    let page = test(&house, &room, &browser, None).await;
    for words in ["The provider accepts the person ✕ Failed", "Assignments"] {
        assert!(page.text().contains(words), "{}", page.text());
    }
    assert_eq!(trail(&house, &room, "test_sign_in").await.len(), 7);
    assert_eq!(trail(&house, &room, "sign_in_refused").await.len(), 0);
}

#[rstest]
#[actix_web::test]
async fn a_provider_that_is_not_there_is_a_report_too(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, _, browser) = settled(backend).await;
    let begin = press(&house, &browser).await;
    room.okta.stop().await;
    house.clock.advance(61 * MINUTE);
    let page = browser.follow(&begin, "Continue to Okta").await.unwrap();
    assert!(page.text().contains("This sign-in is over"), "a minute has passed: {}", page.text());
    let begin = press(&house, &browser).await;
    let page = browser.follow(&begin, "Continue to Okta").await.unwrap();
    assert!(page.text().contains("The provider answers as an OpenID provider ✕ Failed"), "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn only_an_administrator_s_own_page_begins_a_test_and_once(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let (house, room, _, browser) = settled(backend).await;
    let begin = press(&house, &browser).await;
    let link = begin.links().into_iter().find(|link| link.text == "Continue to Okta").unwrap();
    browser.get(&link.href).await.unwrap();
    let stranger = Browser::new().unwrap();
    for url in [
        link.href.clone(),
        link.href.replace("ticket=s1.", "ticket=s1.0"),
        link.href.replace("ticket=", "x="),
    ] {
        let page = stranger.get(&url).await.unwrap();
        assert_eq!(page.status, 400, "{}", page.text());
        assert!(page.text().contains("This sign-in is over"), "{}", page.text());
    }
    let other = house.room("Other").await;
    let begin = press(&house, &browser).await;
    let link = begin.links().into_iter().find(|link| link.text == "Continue to Okta").unwrap();
    let page = stranger.get(&link.href.replace(room.workspace.as_str(), &other.workspace)).await.unwrap();
    assert_eq!(page.status, 400, "a ticket is its workspace's: {}", page.text());

    let bob = room.person("Bob").await;
    let (bobs, _) = room.sign_in(&bob).await;
    for browser in [bobs, Browser::new().unwrap()] {
        let cookie = session_cookie(&house, &browser).unwrap_or_default();
        let answer = house
            .http
            .post(house.url("/auth/test"))
            .header("cookie", format!("vestibule_session={cookie}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body("csrf=x")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 403);
    }
}
