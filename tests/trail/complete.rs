//! The data that the trail records about changes: who, what, whom, in which request, and the previous value.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_store::trail::events::{self, Event};

use crate::{
    management::Machine,
    support::{
        Backend::{self, Postgres, Sqlite},
        Deployment, House, Room,
    },
};

async fn last(house: &House, room: &Room, kind: &'static str) -> (Event, Value) {
    let workspace = room.workspace.clone();
    let trail = house.write(move |conn| events::list(conn, &workspace, 0, 1000).unwrap()).await;
    let event = trail.into_iter().rfind(|event| event.kind == kind).unwrap_or_else(|| panic!("no {kind}"));
    let data = serde_json::from_str(event.data.as_str()).unwrap();
    (event, data)
}

fn patch(value: &Value) -> Option<Value> {
    Some(
        json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{ "op": "replace", "value": value }] }),
    )
}

#[rstest]
#[actix_web::test]
async fn scim_tells_what_changed_from_what_to_what(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let id = room.user("ada@acme.example").await;
    let path = format!("/Users/{id}");
    let long = "x".repeat(3000);
    let change = json!({ "displayName": "Ada L", "title": "Countess", "roles": [{ "value": "admin" }], "nickName": long });
    let (status, answered) = room.scim("PATCH", &path, patch(&change)).await;
    assert_eq!(status, 200, "{answered}");
    let (event, data) = last(&house, &room, "user_updated").await;
    assert_eq!((event.actor.as_str(), event.target), ("okta:scim", format!("user:{id}")));
    assert!(!event.request_id.is_empty());
    assert_eq!((&data["before"]["title"], &data["after"]["title"]), (&json!(null), &json!("Countess")));
    assert_eq!((&data["before"]["roles"], &data["after"]["roles"]), (&json!([]), &json!(["admin"])));
    assert_eq!(data["after"]["nickName"], json!({ "bytes": 3002 }), "what is long is told by its length");
    assert_eq!(
        room.scim("PATCH", &path, patch(&json!({ "title": "Lady", "password": "hunter2-secret" }))).await.0,
        200
    );
    let (event, mut data) = last(&house, &room, "user_updated").await;
    let credential = data.as_object_mut().unwrap().remove("credential").unwrap();
    assert_eq!((&credential["kind"], &credential["name"]), (&json!("token"), &json!("test")));
    assert_eq!(
        data,
        json!({ "changed": ["title"], "before": { "title": "Countess" }, "after": { "title": "Lady" } })
    );
    assert!(!event.data.as_str().contains("hunter2"));

    assert_eq!(room.scim("PATCH", &path, patch(&json!({ "active": false }))).await.0, 200);
    let (event, _) = last(&house, &room, "user_deactivated").await;
    assert_eq!((event.actor.as_str(), event.target), ("okta:scim", format!("user:{id}")));
    let (_, data) = last(&house, &room, "user_updated").await;
    assert_eq!((&data["before"], &data["after"]), (&json!({ "active": true }), &json!({ "active": false })));
}

#[rstest]
#[actix_web::test]
async fn the_operator_s_changes_say_what_was_before(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let machine = Machine::new(&house).await;
    let base = format!("/workspaces/{}", room.workspace);
    let user = room.user("ada@acme.example").await;
    assert_eq!(
        machine.send("PUT", &format!("{base}/users/{user}/roles"), json!({ "roles": ["admin"] })).await.0,
        200
    );
    let (event, data) = last(&house, &room, "roles_changed").await;
    assert!(event.actor.starts_with("operator:") && !event.request_id.is_empty());
    assert_eq!((&data["before"], &data["after"]), (&json!(["member"]), &json!(["admin"])));

    let (_, settings) = machine.get(&format!("{base}/connection")).await;
    let change = json!({ "issuer": settings["issuer"], "client_id": settings["client_id"], "client_secret": "quite-another-secret", "jit": true });
    let (status, answered) = machine.send("PUT", &format!("{base}/connection"), change).await;
    assert_eq!(status, 200, "{answered}");
    let (event, data) = last(&house, &room, "connection_changed").await;
    assert_eq!(
        (&data["jit"], &data["before"], &data["secret_changed"]),
        (&json!(true), &json!({ "jit": false }), &json!(true))
    );
    assert!(!event.data.as_str().contains("quite-another"));

    assert_eq!(machine.send("PATCH", &base, json!({ "name": "Acme Inc" })).await.0, 200);
    let (_, data) = last(&house, &room, "workspace_changed").await;
    assert_eq!((&data["name"], &data["before"]), (&json!("Acme Inc"), &json!({ "name": "Acme" })));

    assert_eq!(
        machine.send("POST", &format!("{base}/domains"), json!({ "domain": "acme.test" })).await.0,
        201
    );
    let (event, data) = last(&house, &room, "domain_claimed").await;
    assert_eq!(data, json!({ "domain": "acme.test" }));
    machine.send("POST", &format!("{base}/domains"), json!({ "domain": "acme.test" })).await;
    assert_eq!(last(&house, &room, "domain_claimed").await.0.seq, event.seq, "claimed once");

    // Operator keys belong to the deployment, so the log records their creation and revocation.
    let commands = Deployment::new(house.database_url(), &house.api);
    let made = commands.command(&["operator-key", "create", "--name", "Audit", "--scope", "read"], "");
    let key: Value = serde_json::from_slice(&made.stdout).unwrap();
    let logged = String::from_utf8(made.stderr).unwrap();
    assert!(
        logged.contains("operator_key.created") && logged.contains(key["id"].as_str().unwrap()),
        "{logged}"
    );
    assert!(!logged.contains(key["key"].as_str().unwrap()));
    let ended = commands.command(&["operator-key", "revoke", "--id", key["id"].as_str().unwrap()], "");
    assert!(String::from_utf8(ended.stderr).unwrap().contains("operator_key.revoked"));
}
