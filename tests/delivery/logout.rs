//! Tests of back-channel logout: which apps are notified of which end of access.

use rstest::rstest;
use serde_json::{Value, json};
use url::Url;
use vestibule_core::{
    ids,
    sets::{DeliveryState, EndReason},
};
use vestibule_simulator::SubjectFormat;
use vestibule_store::{
    access::secrets,
    oauth::{codes, grants},
    people::users,
    safeguards::sweep,
    trail::events::Cause,
};

use super::{SECOND, outbox, receiver::Receiver, told_app, until, user_id};
use crate::{
    oauth::flow::{Party, id_token, somebody},
    stalled::{beside, until_waiting},
    support::{
        Backend::{self, Postgres, Sqlite},
        House, answer,
    },
};

#[rstest]
#[actix_web::test]
async fn the_end_of_a_session_is_told_to_the_apps_of_that_session(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let receiver = Receiver::start();
    let app = told_app(&house, &room.workspace, &receiver).await;
    let silent = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let (here, there) = (somebody(&house, &room).await, room.sign_in(&room.okta.people()[0]).await.0);
    let body = app.tokens(&house, &here, "openid").await;
    let claims = id_token(&house, &body).await;
    app.tokens(&house, &here, "openid offline_access").await;
    silent.tokens(&house, &here, "openid").await;
    let other = id_token(&house, &app.tokens(&house, &there, "openid").await).await;
    assert_ne!(claims["sid"], other["sid"]);

    let hint = [("id_token_hint", body["id_token"].as_str().unwrap())];
    let url = Url::parse_with_params(&house.url("/oauth/logout"), hint).unwrap();
    here.get(url.as_str()).await.unwrap();
    let told = receiver.logouts(&house, 1).await;
    assert_eq!((&told[0]["sub"], &told[0]["sid"]), (&claims["sub"], &claims["sid"]));
    assert_eq!(told[0]["aud"], app.client_id.as_str());
    let rows = until(&house, |rows| rows.iter().all(|row| row.state == DeliveryState::Delivered)).await;
    assert_eq!((rows.len(), rows[0].outcome.as_str()), (1, "200"), "one app, told once: {rows:#?}");
    assert_eq!(room.check(&there).await, 200);
}

#[rstest]
#[actix_web::test]
async fn an_app_that_may_stay_is_told_the_session_it_knows(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let receiver = Receiver::start();
    let app = told_app(&house, &room.workspace, &receiver).await;
    let browser = somebody(&house, &room).await;
    let body = app.tokens(&house, &browser, "openid offline_access").await;
    let known = id_token(&house, &body).await["sid"].clone();
    // The same person signs in again in the same browser: a new session here, and no logout for the app.
    house.clock.advance(SECOND);
    let page = browser.get(&room.login_url()).await.unwrap();
    assert_eq!(page.status, 200, "{} {}", page.url, page.text());
    let (_, renewed) = app.renew(&house, body["refresh_token"].as_str().unwrap()).await;
    assert_eq!(id_token(&house, &renewed).await["sid"], known, "and it goes on by the name it knows");
    assert!(receiver.received().is_empty());
    let page = browser.get(&house.url("/account")).await.unwrap();
    browser.press(&page, "Sign out", &[]).await.unwrap();
    assert_eq!(room.check(&browser).await, 401);
    let told = receiver.logouts(&house, 1).await;
    assert_eq!(told[0]["sid"], known);
    let (status, _) = app.renew(&house, renewed["refresh_token"].as_str().unwrap()).await;
    assert_eq!(status, 200, "offline access outlives the session");
}

#[rstest]
#[actix_web::test]
async fn the_end_of_all_access_is_told_to_every_app_the_person_ever_used(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let other_room = house.room("Other").await;
    let receiver = Receiver::start();
    let own = told_app(&house, &room.workspace, &receiver).await;
    let shared = told_app(&house, &ids::DEPLOYMENT, &receiver).await;
    let unused = told_app(&house, &room.workspace, &receiver).await;
    told_app(&house, &other_room.workspace, &receiver).await;
    let ada = room.person("Ada").await;
    let bob = room.person("Bob").await;
    let (browser, _) = room.sign_in(&ada).await;
    own.tokens(&house, &browser, "openid").await;
    shared.tokens(&house, &browser, "openid offline_access").await;
    unused.tokens(&house, &room.sign_in(&bob).await.0, "openid").await;
    // The session has expired and its grants were deleted, but the app may still have a session.
    for _ in 0..2 {
        house.clock.advance(4 * 24 * 3600 * SECOND);
        let now = house.state.now();
        house.write(move |conn| sweep::expired(conn, now).unwrap()).await;
    }
    assert_eq!(outbox(&house).await, [], "running out is no end that is told");
    // The clock returns to Okta's time.
    house.clock.advance(-8 * 24 * 3600 * SECOND);
    let id = user_id(&house, &room, &ada).await;
    room.okta.universal_logout(&room.app, &ada, SubjectFormat::IssSub).await.unwrap();
    let told = receiver.logouts(&house, 2).await;
    let mut whom: Vec<&str> = told.iter().map(|claims| claims["aud"].as_str().unwrap()).collect();
    let mut expected = [own.client_id.as_str(), &shared.client_id];
    whom.sort_unstable();
    expected.sort_unstable();
    assert_eq!(whom, expected);
    for claims in &told {
        assert_eq!((&claims["sub"], claims.get("sid")), (&json!(id), None), "every session");
    }
    until(&house, |rows| rows.iter().all(|row| row.state == DeliveryState::Delivered)).await;
    assert_eq!(receiver.received().len(), 2, "nobody else");
}

#[rstest]
#[actix_web::test]
async fn deactivation_and_deletion_are_told_and_outlive_the_person(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let receiver = Receiver::start();
    let app = told_app(&house, &room.workspace, &receiver).await;
    let ada = room.person("Ada").await;
    app.tokens(&house, &room.sign_in(&ada).await.0, "openid").await;
    let id = user_id(&house, &room, &ada).await;
    let off = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "value": { "active": false } }],
    });
    let (status, _) = room.scim("PATCH", &format!("/Users/{id}"), Some(off)).await;
    assert_eq!(status, 200);
    assert_eq!(receiver.logouts(&house, 1).await[0]["sub"], json!(id));
    let gone = house.http.delete(format!("{}/Users/{id}", room.scim)).bearer_auth(&room.token);
    assert_eq!(answer(gone).await, (204, Value::Null));
    let told = receiver.logouts(&house, 2).await;
    assert_eq!((&told[1]["sub"], told[1].get("sid")), (&json!(id), None));
    assert_ne!(told[0]["jti"], told[1]["jti"]);
}

#[rstest]
#[actix_web::test]
async fn it_is_advertised(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let (_, document) = house.get("/.well-known/openid-configuration").await;
    assert_eq!(document["backchannel_logout_supported"], true);
    assert_eq!(document["backchannel_logout_session_supported"], true);
}

#[rstest]
#[actix_web::test]
async fn an_exchange_under_way_is_told_of_the_end_that_waits_for_it(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let receiver = Receiver::start();
    let app = told_app(&house, &room.workspace, &receiver).await;
    let ada = room.person("Ada").await;
    let (browser, _) = room.sign_in(&ada).await;
    let code = secrets::parse(&app.code(&house, &browser, &[("scope", "openid")]).await).unwrap();
    let (id, now) = (user_id(&house, &room, &ada).await, house.state.now());
    let (taken, hears) = std::sync::mpsc::channel();
    let (proceed, may_proceed) = std::sync::mpsc::channel();
    let (database, workspace) = (house.state.database().clone(), room.workspace.clone());
    let exchange = std::thread::spawn(move || {
        let done = database.write(|conn| {
            let codes::Taken::First(code) = codes::take(conn, &code, now)? else { panic!("taken") };
            taken.send(()).unwrap();
            may_proceed.recv().unwrap();
            grants::give_for_user(conn, &code, None, now)
        });
        done.unwrap();
    });
    hears.recv().unwrap();
    let end = house.write(move |conn| {
        let mut user = users::get_locked(conn, &workspace, &id).unwrap();
        users::end_all_access(conn, &mut user, &Cause::cli(), EndReason::Operator, now).unwrap();
    });
    let exchanged = async {
        // SQLite has one writer, so there the end of access waits for the exchange.
        if backend == Postgres {
            until_waiting(&mut beside(&house), 1).await;
        }
        proceed.send(()).unwrap();
    };
    tokio::join!(end, exchanged);
    exchange.join().unwrap();
    assert_eq!(receiver.logouts(&house, 1).await[0]["aud"], app.client_id.as_str());
}
