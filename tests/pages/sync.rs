//! "Sync now": the current state of all users is sent to the app once, with counts on the page; the next process continues an
//! interrupted run.

use std::time::Duration;

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_admin::provider::sync;
use vestibule_core::{ids::RoleId, sets::UserSource, time::SECOND};
use vestibule_store::{people::users, providers::setup_progress, rights::mappings, trail::events};

use super::furnished;
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

/// Returns the number of people; `VESTIBULE_TEST_PEOPLE` overrides it.
fn people() -> i64 {
    std::env::var("VESTIBULE_TEST_PEOPLE").map_or(120, |many| many.parse().unwrap())
}

async fn synced(house: &House, room: &Room) -> Vec<(String, Value)> {
    let workspace = room.workspace.clone();
    let events = house.write(move |conn| events::list(conn, &workspace, 0, 100_000).unwrap()).await;
    let of = |event: events::Event| (event.target, serde_json::from_str(event.data.as_str()).unwrap());
    events.into_iter().filter(|event| event.kind == "user_synced").map(of).collect()
}

async fn finished(house: &House, room: &Room) -> setup_progress::SetUp {
    for _ in 0..2000 {
        let workspace = room.workspace.clone();
        let set_up = house.write(move |conn| setup_progress::find(conn, &workspace).unwrap()).await;
        if set_up.finished_at.is_some() {
            return set_up;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the sync did not finish");
}

#[rstest]
#[actix_web::test]
async fn everybody_is_told_once_with_what_the_mappings_give(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house
        .write(move |conn| {
            mappings::set(conn, &workspace, "acme-*", &RoleId::from_stored("editor"), now).unwrap();
        })
        .await;
    let grace = room.user("grace@acme.example").await;
    let (workspace, many) = (room.workspace.clone(), people());
    house
        .write(move |conn| {
            for number in 0..many {
                let user = users::User::new(
                    &workspace,
                    &format!("person{number}@acme.example"),
                    UserSource::Scim,
                    now,
                );
                users::insert(conn, &user, &[]).unwrap();
                users::created(conn, &user, &events::Cause::cli(), now).unwrap();
            }
        })
        .await;
    let group = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "acme-editors", "members": [{ "value": grace }] });
    assert_eq!(room.scim("POST", "/Groups", Some(group)).await.0, 201);
    let page = browser.get(&house.url("/integrations/okta")).await.unwrap();
    assert!(page.text().contains("Last sync: Never."), "{}", page.text());
    let page = browser.press(&page, "Sync now", &[]).await.unwrap();
    assert_eq!(page.status, 200);
    let set_up = finished(&house, &room).await;
    println!(
        "{many} people in {:?}",
        Duration::from_micros((set_up.finished_at.unwrap() - set_up.started_at.unwrap()).unsigned_abs())
    );
    let all = many + 2;
    assert_eq!((set_up.people, set_up.done, set_up.groups, set_up.with_roles), (all, all, 1, 1));
    let told = synced(&house, &room).await;
    assert_eq!(told.len(), usize::try_from(all).unwrap());
    let of_grace = told.iter().find(|(target, _)| *target == format!("user:{grace}")).unwrap();
    assert_eq!((&of_grace.1["roles"], &of_grace.1["active"]), (&json!(["editor"]), &json!(true)));
    let page = browser.get(&house.url("/integrations/okta")).await.unwrap();
    assert!(page.text().contains(&format!("{all} people and 1 group")), "{}", page.text());
    let state = browser.get(&house.url("/integrations/okta/state")).await.unwrap();
    let state: Value = serde_json::from_str(&state.html).unwrap();
    assert_eq!(
        (&state["people"], &state["groups"], &state["syncing"]),
        (&json!(all), &json!(1), &json!(false))
    );
}

#[rstest]
#[actix_web::test]
async fn what_a_process_left_the_next_one_finishes(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, _, _) = furnished(backend, false).await;
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house
        .write(move |conn| {
            let new = setup_progress::SetUp {
                sync_id: "left".to_owned(),
                sync_by: "user:x".to_owned(),
                started_at: Some(now),
                seen_at: Some(now),
                people: users::count(conn, &workspace).unwrap(),
                ..setup_progress::SetUp::new(workspace.clone())
            };
            assert!(setup_progress::begin_sync(conn, &new, 15 * SECOND, now).unwrap());
            assert!(
                !setup_progress::begin_sync(conn, &new, 15 * SECOND, now + SECOND).unwrap(),
                "one is under way"
            );
        })
        .await;
    sync::resume(&house.state).await.unwrap();
    assert_eq!(synced(&house, &room).await.len(), 0, "somebody may be at it");
    house.clock.advance(16 * SECOND);
    sync::resume(&house.state).await.unwrap();
    assert_eq!(finished(&house, &room).await.done, 1);
    assert_eq!(synced(&house, &room).await.len(), 1);
}
