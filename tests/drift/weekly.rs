//! The weekly event: once a week and workspace, whoever makes it, and only where there is drift.

use futures_util::future::join_all;
use rstest::rstest;
use serde_json::{Value, json};
use vestibule_admin::drift::weekly;
use vestibule_store::trail::events;

use super::{DAY, in_order, link, sql};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

/// The data of the events about drift.
async fn found(house: &House, room: &Room) -> Vec<Value> {
    let workspace = room.workspace.clone();
    let all = house.write(move |conn| events::list(conn, &workspace, 0, 10_000).unwrap()).await;
    let drift = all.into_iter().filter(|event| event.kind == "drift_found");
    drift.map(|event| serde_json::from_str(event.data.as_str()).unwrap()).collect()
}

#[rstest]
#[actix_web::test]
async fn one_event_a_week_where_there_is_drift(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let fine = in_order(&house, "Globex").await;
    let room = in_order(&house, "Acme").await;
    let asleep = in_order(&house, "Initech").await;
    for drifted in [&room, &asleep] {
        drifted.user("bare@acme.example").await;
    }
    sql(
        &house,
        format!("UPDATE workspaces SET suspended_at = 1 WHERE workspace_id = '{}'", asleep.workspace),
    )
    .await;
    weekly::run_due(&house.state).await.unwrap();
    assert_eq!(found(&house, &room).await, Vec::<Value>::new(), "not in the first week");

    house.clock.advance(7 * DAY);
    // Several nodes at the same time.
    let runs = join_all((0..4).map(|_| weekly::run_due(&house.state))).await;
    assert!(runs.iter().all(Result::is_ok), "{runs:?}");
    let expected = json!({ "days": 90, "counts": { "external_id_absent": 1, "never_signed_in": 1 } });
    assert_eq!(found(&house, &room).await, std::slice::from_ref(&expected));
    assert_eq!(found(&house, &fine).await, Vec::<Value>::new(), "no drift, no event");
    assert_eq!(found(&house, &asleep).await, Vec::<Value>::new(), "a suspended workspace has no report");

    house.clock.advance(6 * DAY);
    weekly::run_due(&house.state).await.unwrap();
    assert_eq!(found(&house, &room).await.len(), 1, "the week is not over");
    house.clock.advance(DAY);
    weekly::run_due(&house.state).await.unwrap();
    assert_eq!(found(&house, &room).await, [expected.clone(), expected]);

    // Mended: no event in the third week.
    let (_, body) = room.scim("GET", "/Users?filter=userName%20eq%20%22bare@acme.example%22", None).await;
    let id = body["Resources"][0]["id"].as_str().unwrap().to_owned();
    link(&house, &room, &id, room.okta.issuer(), "00ubare").await;
    sql(&house, format!("UPDATE users SET external_id = '00ubare' WHERE user_id = '{id}'")).await;
    house.clock.advance(7 * DAY);
    weekly::run_due(&house.state).await.unwrap();
    assert_eq!(found(&house, &room).await.len(), 2);
}
