//! Tests with a receiver that fails, stalls, redirects and recovers, and with one that never recovers.

use std::collections::BTreeSet;

use rstest::rstest;
use vestibule_core::{ids::ClientId, sets::DeliveryState};
use vestibule_store::outbox::deliveries::{self, DeliveryFilter};

use super::{
    SECOND, app_told_at, outbox,
    receiver::{Behaviour, Receiver},
    told_app, until,
};
use crate::{
    oauth::flow::somebody,
    support::{
        Backend::{self, Postgres, Sqlite},
        House, free_port,
    },
};

#[rstest]
#[actix_web::test]
async fn what_is_not_taken_is_told_again_with_a_new_token(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let receiver = Receiver::start();
    let app = told_app(&house, &room.workspace, &receiver).await;
    let browser = somebody(&house, &room).await;
    app.tokens(&house, &browser, "openid").await;
    let answers =
        [Behaviour::Status(500), Behaviour::Redirect, Behaviour::Status(400), Behaviour::Status(202)];
    receiver.behave(&answers);
    let page = browser.get(&house.url("/account")).await.unwrap();
    browser.press(&page, "Sign out", &[]).await.unwrap();
    for (tried, outcome) in [(1, "500"), (2, "redirect"), (3, "400"), (4, "202")] {
        receiver.wait(tried).await;
        let rows = until(&house, |rows| rows[0].outcome.contains(outcome)).await;
        assert_eq!((rows[0].state, rows[0].attempts), (DeliveryState::Waiting, tried as i64));
        let wait = rows[0].due_at - house.state.now();
        assert!(wait <= 10 * SECOND, "{wait}");
        // Longer than the delay of the delivery and the pause of the receiver.
        house.clock.advance(30 * SECOND);
    }
    let told = receiver.logouts(&house, 5).await;
    let mut names: Vec<&str> = told.iter().map(|claims| claims["jti"].as_str().unwrap()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 5, "each token has a name of its own");
    assert!(told.windows(2).all(|pair| pair[0]["sid"] == pair[1]["sid"] && pair[0]["iat"].as_i64() < pair[1]["iat"].as_i64()));
    let rows = until(&house, |rows| rows[0].state == DeliveryState::Delivered).await;
    assert_eq!((rows.len(), rows[0].attempts), (1, 5));
    assert!(receiver.received().iter().all(|received| received.path == "/told"), "no redirect is followed");
}

#[rstest]
#[actix_web::test]
async fn a_receiver_that_stalls_does_not_keep_the_others_waiting(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (slow, quick) = (Receiver::start(), Receiver::start());
    slow.behave(&[Behaviour::Stall]);
    let apps =
        [told_app(&house, &room.workspace, &slow).await, told_app(&house, &room.workspace, &quick).await];
    let browser = somebody(&house, &room).await;
    for app in &apps {
        app.tokens(&house, &browser, "openid").await;
    }
    let page = browser.get(&house.url("/account")).await.unwrap();
    browser.press(&page, "Sign out", &[]).await.unwrap();
    quick.logouts(&house, 1).await;
    slow.wait(1).await;
    let rows = outbox(&house).await;
    assert!(rows.iter().any(|row| row.state == DeliveryState::Waiting), "{rows:#?}");
    // The receiver does not answer for ten seconds; then the delivery is tried again.
    let rows = until(&house, |rows| rows.iter().all(|row| row.state == DeliveryState::Delivered)).await;
    assert_eq!(rows.iter().map(|row| row.attempts).sum::<i64>(), 3, "{rows:#?}");
}

#[rstest]
#[actix_web::test]
async fn a_receiver_that_comes_back_is_told_everything_at_once(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let port = free_port();
    let app = app_told_at(&house, &room.workspace, &format!("http://127.0.0.1:{port}/told")).await;
    for name in ["Ada", "Bob", "Cleo", "Dora"] {
        let person = room.person(name).await;
        let (browser, _) = room.sign_in(&person).await;
        app.tokens(&house, &browser, "openid").await;
        let page = browser.get(&house.url("/account")).await.unwrap();
        browser.press(&page, "Sign out", &[]).await.unwrap();
    }
    until(&house, |rows| rows.len() == 4 && rows.iter().any(|row| row.outcome.contains("did not answer")))
        .await;
    // The receiver is unavailable for an hour.
    for _ in 0..3 {
        house.clock.advance(1200 * SECOND);
        let now = house.state.now();
        until(&house, |rows| rows.iter().any(|row| row.due_at > now)).await;
    }
    let back = Receiver::on(port);
    house.clock.advance(60 * SECOND);
    until(&house, |rows| rows.iter().all(|row| row.state == DeliveryState::Delivered)).await;
    // At least one delivery per person: if the clock passes the deadline of a running attempt, the delivery is sent again.
    let logouts = back.logouts(&house, 4).await;
    let told: BTreeSet<&str> = logouts.iter().filter_map(|claims| claims["sub"].as_str()).collect();
    assert_eq!(told.len(), 4, "{logouts:#?}");
}

#[rstest]
#[actix_web::test]
async fn what_nobody_takes_for_days_is_dead_and_can_be_replayed(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start_with(backend, &[("DELIVERY__GIVE_UP_HOURS", "2")]).await;
    let room = house.room("Acme").await;
    let receiver = Receiver::start();
    let app = told_app(&house, &room.workspace, &receiver).await;
    let browser = somebody(&house, &room).await;
    app.tokens(&house, &browser, "openid").await;
    receiver.behave(&[Behaviour::Status(400), Behaviour::Status(400)]);
    let page = browser.get(&house.url("/account")).await.unwrap();
    browser.press(&page, "Sign out", &[]).await.unwrap();
    until(&house, |rows| rows[0].outcome == "400").await;
    house.clock.advance(2 * 3600 * SECOND + SECOND);
    let rows = until(&house, |rows| rows[0].state == DeliveryState::Dead).await;
    assert_eq!(rows[0].attempts, 2);
    let now = house.state.now();
    let dead = DeliveryFilter { state: Some(DeliveryState::Dead), ..DeliveryFilter::default() };
    assert_eq!(house.write(move |conn| deliveries::replay(conn, &dead, now).unwrap()).await, 1);
    assert_eq!(receiver.logouts(&house, 3).await.len(), 3);
    until(&house, |rows| rows[0].state == DeliveryState::Delivered && rows[0].attempts == 1).await;
    // Finished deliveries are deleted.
    let now = house.state.now();
    assert_eq!(
        house.write(move |conn| deliveries::sweep(conn, now - SECOND, now + SECOND).unwrap()).await,
        0
    );
    assert_eq!(house.write(move |conn| deliveries::sweep(conn, now + SECOND, now).unwrap()).await, 1);
}

#[rstest]
#[actix_web::test]
async fn an_app_that_no_longer_wants_to_know_is_not_told(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let receiver = Receiver::start();
    let app = told_app(&house, &room.workspace, &receiver).await;
    let browser = somebody(&house, &room).await;
    app.tokens(&house, &browser, "openid").await;
    receiver.behave(&[Behaviour::Status(503)]);
    let page = browser.get(&house.url("/account")).await.unwrap();
    browser.press(&page, "Sign out", &[]).await.unwrap();
    until(&house, |rows| rows[0].outcome == "503").await;
    let client_id = app.client_id.clone();
    house
        .write(move |conn| {
            let client =
                vestibule_store::oauth::clients::find(conn, &ClientId::sent(&client_id)).unwrap().unwrap();
            vestibule_store::oauth::clients::set_backchannel_logout_uri(conn, &client, "").unwrap();
        })
        .await;
    assert_eq!(outbox(&house).await, []);
}
