//! A person's signed-in browsers on `/account`: listed, ended one by one, all others, everywhere.

use rstest::rstest;
use vestibule_simulator::{Browser, Page};
use vestibule_store::trail::events;

use super::furnished;
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

/// Returns the number of listed sessions.
fn sessions(page: &Page) -> usize {
    page.forms().iter().filter(|form| form.action.ends_with("/end")).count()
}

#[rstest]
#[actix_web::test]
async fn a_person_sees_and_ends_their_browsers(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, _) = furnished(backend, false).await;
    let bob = room.okta.people().into_iter().next().unwrap();
    let ((second, _), (third, _)) = (room.sign_in(&bob).await, room.sign_in(&bob).await);
    let page = browser.get(&house.url("/account")).await.unwrap();
    assert_eq!(sessions(&page), 3, "{}", page.text());
    assert_eq!(page.text().matches("This browser").count(), 1, "{}", page.text());
    // Ends one of the other sessions, whose row is not this browser's.
    let rows: Vec<&str> = page.html.split("<tr>").filter(|row| row.contains("/end\"")).collect();
    let other = rows.iter().find(|row| !row.contains("This browser")).unwrap();
    let form = page
        .forms()
        .into_iter()
        .find(|form| form.action.ends_with("/end") && other.contains(&format!("\"{}\"", form.action)));
    let page = browser.submit(&page, &form.unwrap(), &[]).await.unwrap();
    assert_eq!((page.url.path(), sessions(&page)), ("/account", 2));
    let checks = [room.check(&second).await, room.check(&third).await];
    assert!(checks == [200, 401] || checks == [401, 200], "{checks:?}");

    let page = browser.press(&page, "End all others", &[]).await.unwrap();
    assert_eq!(sessions(&page), 1);
    assert!(page.form_with_button("End all others").is_err(), "there are none");
    assert_eq!([room.check(&second).await, room.check(&third).await], [401, 401]);
    assert_eq!(room.check(&browser).await, 200);

    let (fourth, _) = room.sign_in(&bob).await;
    let page = browser.press(&page, "Sign out everywhere", &[]).await.unwrap();
    assert_eq!(page.url.path(), "/auth");
    assert!(page.text().contains("You are signed out"), "{}", page.text());
    assert_eq!([room.check(&browser).await, room.check(&fourth).await], [401, 401]);
    assert_eq!(browser.cookie(&house.api, "vestibule_session"), None);

    let workspace = room.workspace.clone();
    let trail = house.write(move |conn| events::list(conn, &workspace, 0, 1_000).unwrap()).await;
    let ended: Vec<_> = trail.into_iter().filter(|event| event.kind == "session_ended").collect();
    assert_eq!(ended.len(), 3);
    assert!(ended.iter().all(|event| event.actor == event.target && event.actor.starts_with("user:")));
}

#[rstest]
#[actix_web::test]
async fn ending_this_browser_is_signing_out(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, page) = furnished(backend, false).await;
    let page = browser.press(&page, "End", &[]).await.unwrap();
    assert_eq!(page.url.as_str(), house.url("/auth?signed_out=1"));
    assert_eq!(room.check(&browser).await, 401);
}

#[rstest]
#[actix_web::test]
async fn nobody_ends_another_s_browser_nor_by_a_form_from_elsewhere(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let (house, room, bob, page) = furnished(backend, false).await;
    let form = page.forms().into_iter().find(|form| form.action.ends_with("/end")).unwrap();
    let (eve, hers) = room.sign_in(&room.person("Eve").await).await;
    let csrf = hers.form_with_field("csrf").unwrap().value("csrf").unwrap().to_owned();
    eve.submit(&hers, &form, &[("csrf", &csrf)]).await.unwrap();
    assert_eq!([room.check(&bob).await, room.check(&eve).await], [200, 200]);
    for button in ["End", "Sign out everywhere"] {
        for csrf in ["", "x", csrf.as_str()] {
            let page = bob.press(&page, button, &[("csrf", csrf)]).await.unwrap();
            assert_eq!(page.status, 403, "{button} {csrf}");
        }
    }
    assert_eq!(room.check(&bob).await, 200);
    let stranger = Browser::new().unwrap();
    let answer = stranger.submit(&page, &form, &[]).await.unwrap();
    assert_eq!(answer.query("target_link_uri"), Some(house.url("/account")));
}

#[rstest]
#[actix_web::test]
async fn an_idle_browser_is_not_listed(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start_with(backend, &[("SIGN_IN__IDLE_MINUTES", "20")]).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    let ((browser, _), _left) = (room.sign_in(&ada).await, room.sign_in(&ada).await);
    for _ in 0..2 {
        house.clock.advance(15 * 60 * 1_000_000);
        room.check(&browser).await;
    }
    let page = browser.get(&house.url("/account")).await.unwrap();
    assert_eq!(sessions(&page), 1, "{}", page.text());
    assert!(page.text().contains("after 20 min of inactivity"), "{}", page.text());
}
