//! Roles, mappings, grants.

use rstest::rstest;
use serde_json::json;
use vestibule_core::ids::{ClientId, EntitlementId, UserId};
use vestibule_store::oauth::grants;

use super::{Machine, fields};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

#[rstest]
#[actix_web::test]
async fn roles_are_made_changed_and_deleted(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let machine = Machine::new(&house).await;
    let room = house.room("Acme").await;
    let path = format!("/workspaces/{}/roles", room.workspace);
    let one = format!("{path}/billing-admin");
    assert_eq!(machine.get(&one).await.0, 404);
    let (status, made) = machine
        .send("PUT", &one, json!({ "name": "Billing", "description": "Pays", "by_okta": false }))
        .await;
    let expected =
        json!({ "id": "billing-admin", "name": "Billing", "description": "Pays", "by_okta": false });
    assert_eq!((status, made), (201, expected.clone()));
    assert_eq!(machine.get(&one).await, (200, expected));
    let (status, changed) = machine.send("PUT", &one, json!({ "name": "Billing" })).await;
    assert_eq!((status, &changed["by_okta"], &changed["description"]), (200, &json!(true), &json!("")));
    assert_eq!(machine.send("PUT", &format!("{path}/other"), json!({ "name": "BILLING" })).await.0, 409);
    assert_eq!(fields(&machine.send("PUT", &format!("{path}/Other"), json!({ "name": "x" })).await), ["id"]);
    assert_eq!(
        fields(&machine.send("PUT", &one, json!({ "name": "x", "description": "x".repeat(1001) })).await),
        ["description"]
    );
    assert_eq!(machine.bare("DELETE", &one).await.0, 204);
    assert_eq!(machine.bare("DELETE", &one).await.0, 404);
    for kept in ["owner", "admin", "member"] {
        assert_eq!(machine.bare("DELETE", &format!("{path}/{kept}")).await.0, 409, "{kept}");
    }
    assert_eq!(machine.told(&room.workspace).await, ["role_created", "role_changed", "role_deleted"]);
}

#[rstest]
#[actix_web::test]
async fn the_rule_of_a_group_is_what_was_put(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let machine = Machine::new(&house).await;
    let room = house.room("Acme").await;
    let path = format!("/workspaces/{}/mappings", room.workspace);
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house
        .write(move |conn| {
            vestibule_store::rights::entitlements::create(
                conn,
                &workspace,
                EntitlementId::from_stored("crane"),
                "Crane",
                "",
                now,
            )
            .unwrap()
        })
        .await;
    let (status, rule) = machine
        .send(
            "PUT",
            &path,
            json!({ "group": "acme-eng-*", "roles": ["Editor", "viewer"], "entitlements": ["crane"] }),
        )
        .await;
    assert_eq!(
        (status, &rule),
        (200, &json!({ "group": "acme-eng-*", "roles": ["editor", "viewer"], "entitlements": ["crane"] }))
    );
    let (_, rule) = machine.send("PUT", &path, json!({ "group": "ACME-eng-*", "roles": ["viewer"] })).await;
    assert_eq!((&rule["roles"], &rule["entitlements"]), (&json!(["viewer"]), &json!([])));
    assert_eq!(machine.all(&path, 1).await.len(), 1);
    assert_eq!(fields(&machine.send("PUT", &path, json!({ "group": "x" })).await), ["roles"]);
    assert_eq!(
        fields(&machine.send("PUT", &path, json!({ "group": "x", "roles": ["king"] })).await),
        ["roles[0]"]
    );
    assert_eq!(
        fields(&machine.send("PUT", &path, json!({ "group": " ", "roles": ["viewer"] })).await),
        ["group"]
    );
    machine
        .send(
            "PUT",
            &format!("/workspaces/{}/roles/viewer", room.workspace),
            json!({ "name": "Viewer", "by_okta": false }),
        )
        .await;
    let refused = machine.send("PUT", &path, json!({ "group": "acme-eng-*", "roles": ["viewer"] })).await;
    assert_eq!(refused.0, 409, "{}", refused.1);
    assert_eq!(machine.all(&path, 1).await.len(), 1, "what was refused changed nothing");
    assert_eq!(fields(&machine.bare("DELETE", &path).await), ["group"]);
    assert_eq!(machine.bare("DELETE", &format!("{path}?group=acme-ENG-*")).await.0, 204);
    assert_eq!(machine.bare("DELETE", &format!("{path}?group=acme-ENG-*")).await.0, 404);
    assert_eq!(
        machine.told(&room.workspace).await,
        ["mapping_set", "mapping_set", "role_changed", "mapping_deleted"]
    );
}

#[rstest]
#[actix_web::test]
async fn grants_are_listed_and_ended(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let machine = Machine::new(&house).await;
    let room = house.room("Acme").await;
    let (workspace, client, now) = (room.workspace.clone(), room.client.clone(), house.state.now());
    house
        .write(move |conn| {
            grants::give_for_workspace(
                conn,
                &workspace,
                &ClientId::sent(&client),
                &UserId::from_stored("ada"),
                "scim.read",
                now,
            )
            .unwrap()
        })
        .await;
    let path = format!("/workspaces/{}/grants", room.workspace);
    let listed = machine.all(&path, 1).await;
    assert_eq!((&listed[0]["scope"], &listed[0]["approved_by"]), (&json!("scim.read"), &json!("ada")));
    let one = format!("{path}/{}", listed[0]["id"].as_str().unwrap());
    assert_eq!(machine.bare("DELETE", &one).await.0, 204);
    assert_eq!(machine.bare("DELETE", &one).await.0, 404);
    assert!(machine.all(&path, 1).await.is_empty());
    assert_eq!(machine.told(&room.workspace).await, ["grant_ended"]);
}
