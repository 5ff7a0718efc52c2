//! A callback that no provider signed does not fill the trail, and its page has a reference.

use rstest::rstest;
use vestibule_simulator::Browser;
use vestibule_store::trail::events;

use super::way_back;
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

/// Returns the ids of the refused sign-ins in the event log.
async fn refused(house: &House, room: &Room) -> Vec<String> {
    let workspace = room.workspace.clone();
    let trail = house.write(move |conn| events::list(conn, &workspace, 0, 1000).unwrap()).await;
    trail.into_iter().filter(|event| event.kind == "sign_in_refused").map(|event| event.event_id).collect()
}

#[rstest]
#[actix_web::test]
async fn anonymous_callbacks_write_one_line_a_minute_and_reason(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let (room, other) = (house.room("Acme").await, house.room("Other").await);
    let browser = Browser::new().unwrap();
    // Begins a sign-in and sends a callback, which needs no credentials.
    let answer = async |room: &Room, answer: &str| {
        let away = browser.get(&room.login_url()).await.unwrap();
        let state = away.query("state").unwrap();
        let page = browser
            .get(&house.url(&format!("/api/okta/oidc/callback?state={state}&{answer}")))
            .await
            .unwrap();
        assert!(page.status >= 400, "{}", page.text());
        page
    };
    for number in 0..10 {
        let page = answer(&room, "error=access_denied").await;
        let trail = refused(&house, &room).await;
        assert_eq!(trail.len(), 1, "after {} callbacks", number + 1);
        // The reference is the event's id if an event was recorded, else the request's id.
        let reference = match number {
            0 => trail[0].clone(),
            _ => page.header("x-request-id").unwrap().to_owned(),
        };
        assert!(page.text().contains(&format!("Reference {reference}")), "{}", page.text());
    }
    // Another reason and another workspace have separate limits.
    answer(&room, "code=never-given").await;
    answer(&room, "code=never-given").await;
    answer(&other, "error=access_denied").await;
    assert_eq!((refused(&house, &room).await.len(), refused(&house, &other).await.len()), (2, 1));
}

#[rstest]
#[actix_web::test]
async fn what_a_provider_signed_is_always_in_the_trail(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    room.okta.deactivate(&room.app, &ada).await.unwrap();
    for times in 1..=3 {
        let (_, page) = room.sign_in(&ada).await;
        assert_eq!(page.status, 403);
        assert_eq!(refused(&house, &room).await.len(), times);
    }
    // The signature of the ID token is valid, but another check fails.
    room.okta.reactivate(&room.app, &ada).await.unwrap();
    for times in 4..=5 {
        let browser = Browser::new().unwrap();
        let back = way_back(&room, &browser, &ada).await;
        room.okta.tamper(vestibule_simulator::Misbehavior::WrongNonce);
        let page = browser.get(&back).await.unwrap();
        assert_eq!(page.status, 502, "{}", page.text());
        assert_eq!(refused(&house, &room).await.len(), times);
    }
}
