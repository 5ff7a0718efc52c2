//! Changing the provider can end all access: required on the page, at the command line and in the management API.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_admin::{Actor, people::end_access};
use vestibule_core::sets::{EndReason, OperatorScopes, UserSource};
use vestibule_store::{
    access::{operator_keys, workspace_end},
    people::users::{self, User},
    trail::events,
};

use super::{another_okta, save, signed_in};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    Deployment, House, Room,
};

/// Creates active users in the database: more than one batch.
async fn crowd(house: &House, room: &Room, number: usize) {
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house
        .write(move |conn| {
            for index in 0..number {
                let user =
                    User::new(&workspace, &format!("person{index}@acme.example"), UserSource::Operator, now);
                users::insert(conn, &user, &[]).unwrap();
            }
        })
        .await;
}

/// Returns the epochs of all users of the workspace.
async fn epochs(house: &House, room: &Room) -> Vec<i64> {
    let workspace = room.workspace.clone();
    let people = house.write(move |conn| users::list_after(conn, &workspace, "", 1000).unwrap()).await;
    people.into_iter().map(|user| user.epoch).collect()
}

/// Waits until the workspace's end of all access has finished.
async fn finished(house: &House, room: &Room) -> workspace_end::AccessEnd {
    for _ in 0..5000 {
        let workspace = room.workspace.clone();
        let end = house.write(move |conn| workspace_end::find(conn, &workspace).unwrap()).await;
        if let Some(end) = end.filter(|end| end.finished_at.is_some()) {
            return end;
        }
        end_access::resume(&house.state).await.unwrap();
    }
    panic!("not finished");
}

async fn told(house: &House, room: &Room, kind: &str) -> Vec<Value> {
    let workspace = room.workspace.clone();
    let trail = house.write(move |conn| events::list(conn, &workspace, 0, 5000).unwrap()).await;
    let of_kind = trail.iter().filter(|event| event.kind == kind);
    of_kind.map(|event| serde_json::from_str(event.data.as_str()).unwrap()).collect()
}

#[rstest]
#[actix_web::test]
async fn a_page_ends_everybody_s_access_but_of_who_asks(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (_, olga) = signed_in(&house, &room, "Olga", "owner").await;
    let (_, bob) = signed_in(&house, &room, "Bob", "member").await;
    crowd(&house, &room, 120).await;
    let (okta, app) = another_okta(&house, "Next");
    // With the box ticked but the domain and the client id unchanged, no access ends.
    let page = save(&house, &olga, &[("end_access", "on")]).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert_eq!(room.check(&bob).await, 200);
    assert_eq!(told(&house, &room, "everybody_end_started").await, Vec::<Value>::new());
    let mut fields = vec![
        ("domain", okta.issuer()),
        ("client_id", &*app.client_id),
        ("client_secret", &*app.client_secret),
    ];
    fields.push(("end_access", "on"));
    let page = save(&house, &olga, &fields).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let end = finished(&house, &room).await;
    assert_eq!((end.done, end.reason), (121, EndReason::ConnectionChanged));
    assert_eq!(room.check(&bob).await, 401);
    assert_eq!(room.check(&olga).await, 200);
    assert_eq!(epochs(&house, &room).await.into_iter().filter(|epoch| *epoch == 2).count(), 121);
    let ended = told(&house, &room, "access_ended").await;
    assert_eq!(ended.iter().filter(|data| data["reason"] == "connection_changed").count(), 121);
    assert_eq!(told(&house, &room, "everybody_ended").await[0]["people"], 121);
    // Without the tick, no access ends.
    let page = save(&house, &olga, &[("client_id", "0oaelse"), ("client_secret", "else")]).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert_eq!(epochs(&house, &room).await.into_iter().filter(|epoch| *epoch > 2).count(), 0);
}

#[rstest]
#[actix_web::test]
async fn what_one_process_began_another_finishes_once(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    crowd(&house, &room, 130).await;
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    let (first, stale) = house
        .write(move |conn| {
            let begun =
                end_access::begin(conn, &Actor::cli(now), &workspace, (EndReason::ConnectionChanged, ""))
                    .unwrap();
            let first = end_access::batch(conn, &begun, now).unwrap().unwrap();
            // A second batch from the same position does nothing.
            (first, end_access::batch(conn, &begun, now).unwrap())
        })
        .await;
    assert_eq!((first.done, first.finished_at, stale), (50, None, None));
    // The end of access is not resumed at once, because the first process may still be working on it.
    end_access::resume(&house.state).await.unwrap();
    assert_eq!(epochs(&house, &room).await.into_iter().filter(|epoch| *epoch == 2).count(), 50);
    house.clock.advance(16 * 1_000_000);
    assert_eq!(finished(&house, &room).await.done, 130);
    assert_eq!(epochs(&house, &room).await, vec![2; 130]);
}

#[rstest]
#[actix_web::test]
async fn the_command_line_ends_everybody_s_access_when_told_to(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    crowd(&house, &room, 60).await;
    let command_line = Deployment::new(house.database_url(), &house.api);
    let set = |client_id: &str, more: &[&str]| {
        let mut arguments =
            vec!["connection", "set", "--workspace", &room.workspace, "--issuer", room.okta.issuer()];
        arguments.extend(["--client-id", client_id, "--auth-method", "private_key_jwt"]);
        arguments.extend(more);
        command_line.run(&arguments, "")
    };
    let saved = set("0oafirst", &[]);
    assert_eq!(saved["access_ended"], Value::Null);
    assert_eq!(epochs(&house, &room).await, vec![1; 60]);
    let saved = set("0oasecond", &["--end-access"]);
    assert_eq!(saved["access_ended"], json!(60));
    assert_eq!(epochs(&house, &room).await, vec![2; 60]);
}

#[rstest]
#[actix_web::test]
async fn the_management_api_ends_everybody_s_access_when_told_to(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (_, bob) = signed_in(&house, &room, "Bob", "member").await;
    let now = house.state.now();
    let key = house
        .write(move |conn| {
            operator_keys::issue(conn, "test", OperatorScopes::ReadWrite, None, now).unwrap().1
        })
        .await;
    let put = |end_access: bool| {
        let body = json!({ "issuer": room.okta.issuer(), "client_id": room.app.client_id, "end_access": end_access });
        let url = house.url(&format!("/api/v1/workspaces/{}/connection", room.workspace));
        crate::support::answer(house.http.put(url).bearer_auth(&key).json(&body))
    };
    assert_eq!(put(false).await.0, 200);
    assert_eq!(room.check(&bob).await, 200);
    let (status, answer) = put(true).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(finished(&house, &room).await.done, 1);
    assert_eq!(room.check(&bob).await, 401);
}
