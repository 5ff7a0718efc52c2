//! The doctor with several connections: each has findings and live checks of its own, which name it.

use rstest::rstest;
use serde_json::Value;
use vestibule_core::time::SECOND;
use vestibule_simulator::{Forgery, SubjectFormat};
use vestibule_store::workspaces;

use super::several::{Second, change, first, sign_in};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

const DAY: i64 = 86_400 * SECOND;

/// What `vestibule doctor` prints.
async fn report(house: &House, room: &Room, live: bool) -> Value {
    let (workspace, state) = (room.workspace.clone(), house.state.clone());
    let workspace = house.write(move |conn| workspaces::find(conn, &workspace, "us").unwrap().unwrap()).await;
    vestibule_console::provider::doctor::report(&state, &workspace, live).await.unwrap()
}

/// Id, connection and text of each finding.
fn findings(report: &Value) -> Vec<(String, String, String)> {
    let text = |finding: &Value, name: &str| finding[name].as_str().unwrap_or_default().to_owned();
    let all = report["findings"].as_array().unwrap();
    all.iter().map(|one| (text(one, "id"), text(one, "connection"), text(one, "saw"))).collect()
}

/// The connections with a finding of this id.
async fn with(house: &House, room: &Room, id: &str) -> Vec<String> {
    let all = findings(&report(house, room, false).await);
    all.into_iter().filter(|(found, ..)| found == id).map(|(_, connection, _)| connection).collect()
}

async fn later(house: &House, room: &Room, second: &Second, time: i64) {
    house.clock.advance(time);
    room.okta.move_clock(time / SECOND);
    second.okta.move_clock(time / SECOND);
}

#[rstest]
#[actix_web::test]
async fn each_connection_has_findings_of_its_own(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let second = Second::connect(&house, &room).await;
    room.user("bob@acme.example").await;
    let (ada, bob) = (room.person("Ada").await, second.person("bob@acme.example"));
    let (one, other) = (first(&house, &room).await.to_string(), second.connection.to_string());
    let at_second = format!("&connection={other}");

    // A wrong client secret of the second. A sign-in through the first does not correct it.
    let secret = second.app.client_secret.clone();
    change(&house, &room, &second.connection, |settings| {
        settings.client_secret = Some("wrong".to_owned().into());
    })
    .await;
    let (_, page) = sign_in(&house, &room, &at_second, &bob).await;
    assert_ne!(page.status, 200, "{}", page.text());
    later(&house, &room, &second, SECOND).await;
    assert_eq!(room.sign_in(&ada).await.1.status, 200);
    let all = findings(&report(&house, &room, false).await);
    let (_, connection, saw) = all.iter().find(|(id, ..)| id == "client_secret").unwrap();
    assert!(connection == &other && saw.starts_with("Second: "), "{all:?}");
    let never: Vec<_> = all.iter().filter(|(id, ..)| id == "logout_never").map(|(_, of, _)| of).collect();
    assert_eq!(never, [&one], "nobody has signed in through the second yet");
    change(&house, &room, &second.connection, |settings| settings.client_secret = Some(secret.into())).await;
    assert_eq!(sign_in(&house, &room, &at_second, &bob).await.1.status, 200);
    later(&house, &room, &second, SECOND).await;
    assert_eq!(with(&house, &room, "client_secret").await, [""; 0]);
    assert_eq!(with(&house, &room, "logout_never").await, [one.clone(), other.clone()]);

    // Somebody was sent to the second and did not come back, while others come back from the first.
    let browser = vestibule_simulator::Browser::new().unwrap();
    let url = house.url(&format!("/api/okta/oidc/login?team_id={}{at_second}", room.workspace));
    browser.get(&url).await.unwrap();
    later(&house, &room, &second, 700 * SECOND).await;
    assert_eq!(room.sign_in(&ada).await.1.status, 200);
    assert_eq!(with(&house, &room, "redirect_uri").await, std::slice::from_ref(&other));

    // A Universal Logout of each: one is refused, one succeeds.
    let forgery = Forgery::new().claim("aud", "https://elsewhere.example/api/okta/universal-logout");
    let refused = second.okta.forge_universal_logout(&second.app, &bob, SubjectFormat::Email, &forgery).await;
    assert_eq!(refused.unwrap().status, 401);
    later(&house, &room, &second, SECOND).await;
    room.okta.universal_logout(&room.app, &ada, SubjectFormat::Email).await.unwrap();
    assert_eq!(with(&house, &room, "logout_audience").await, std::slice::from_ref(&other));
    assert_eq!(with(&house, &room, "logout_never").await, [""; 0]);
    second.okta.universal_logout(&second.app, &bob, SubjectFormat::Email).await.unwrap();
    later(&house, &room, &second, SECOND).await;
    assert_eq!(with(&house, &room, "logout_audience").await, [""; 0]);
}

#[rstest]
#[actix_web::test]
async fn the_live_checks_ask_every_connection(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    // With one connection, nothing names it.
    let alone = report(&house, &room, true).await;
    let checks = alone["checks"].as_array().unwrap();
    assert!(checks.len() == 4 && checks.iter().all(|check| check.get("connection").is_none()), "{alone}");
    let second = Second::connect(&house, &room).await;
    let (one, other) = (first(&house, &room).await.to_string(), second.connection.to_string());
    let well = |report: &Value, connection: &str| {
        let of = |check: &&Value| check["connection"] == connection;
        let checks = report["checks"].as_array().unwrap().iter().filter(of);
        checks.map(|check| check["well"].as_bool().unwrap()).collect::<Vec<_>>()
    };
    let both = report(&house, &room, true).await;
    assert_eq!((well(&both, &one), well(&both, &other)), (vec![true; 4], vec![true; 4]), "{both}");
    assert!(both["checks"][4]["told"].as_str().unwrap().starts_with("Second: "), "{both}");

    second.okta.stop().await;
    let ill = report(&house, &room, true).await;
    assert_eq!((well(&ill, &one), well(&ill, &other)), (vec![true; 4], vec![false]), "{ill}");
    let found: Vec<_> = findings(&ill).into_iter().filter(|(id, ..)| id == "issuer").collect();
    assert!(found.len() == 1 && found[0].1 == other && found[0].2.starts_with("Second: "), "{found:?}");

    // Switched off and no longer used, it has the one finding that says so, and is not asked.
    change(&house, &room, &second.connection, |settings| settings.enabled = Some(false)).await;
    assert_eq!(well(&report(&house, &room, true).await, &other), [false], "it was changed just now");
    house.clock.advance(8 * DAY);
    let off = report(&house, &room, true).await;
    assert_eq!((well(&off, &one), well(&off, &other)), (vec![true; 4], vec![]), "{off}");
    let of_other: Vec<_> = findings(&off).into_iter().filter(|(_, of, _)| *of == other).collect();
    assert_eq!(of_other.iter().map(|(id, ..)| id.as_str()).collect::<Vec<_>>(), ["sign_in_off"]);
}
