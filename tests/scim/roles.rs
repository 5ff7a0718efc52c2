//! Roles over SCIM: which may be assigned, in which forms, and that a client gets only the roles that a client assigned.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::ids::RoleId;
use vestibule_store::{
    rights::{mappings, roles},
    workspaces,
};

use super::{api_token, by_okta, checked, done, group, patch, person, refused, replace, row, text};
use crate::{
    scim,
    support::{
        Backend::{self, Postgres, Sqlite},
        House, Room,
    },
};

/// The role ids in a user's document, in order.
fn shown(user: &Value) -> Vec<String> {
    let roles = user["roles"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut ids: Vec<String> = roles.iter().map(|role| text(&role["value"])).collect();
    ids.sort();
    ids
}

async fn after(room: &Room, path: &str, operations: &Value) -> Vec<String> {
    let answered = done(room, "PATCH", path, Some(patch(operations))).await;
    assert_eq!(done(room, "GET", path, None).await, answered);
    shown(&answered)
}

#[rstest]
#[actix_web::test]
async fn roles_are_set_by_post_put_and_patch_in_every_shape_clients_send(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let mut sent = person("ada@acme.example");
    sent["roles"] = json!([{ "value": "admin", "display": "Boss", "type": "x", "primary": true }]);
    let created = done(&room, "POST", "/Users", Some(sent.clone())).await;
    assert_eq!(
        created["roles"],
        json!([{ "value": "admin", "display": "Boss", "type": "x", "primary": true }])
    );
    let path = format!("/Users/{}", text(&created["id"]));
    let listed = done(&room, "GET", "/Users", None).await;
    assert_eq!(listed["Resources"][0]["roles"], created["roles"], "imports read assignments from the list");

    for (operations, expected) in [
        (
            json!([{ "op": "add", "path": "roles", "value": [{ "value": "auditor" }] }]),
            vec!["admin", "auditor"],
        ),
        (json!([{ "op": "add", "path": "roles", "value": ["auditor"] }]), vec!["admin", "auditor"]),
        (json!([{ "op": "remove", "path": "roles[value eq \"admin\"]" }]), vec!["auditor"]),
        (json!([{ "op": "remove", "path": "roles[value eq \"owner\"]" }]), vec!["auditor"]),
        (
            json!([{ "op": "replace", "path": "roles", "value": ["member", "editor"] }]),
            vec!["editor", "member"],
        ),
        (json!([{ "op": "remove", "path": "roles", "value": [{ "value": "editor" }] }]), vec!["member"]),
        (json!([{ "op": "replace", "value": { "roles": [{ "value": "admin" }] } }]), vec!["admin"]),
        (json!([{ "op": "replace", "path": "roles", "value": "Auditor" }]), vec!["auditor"]),
        (json!([{ "op": "replace", "path": "roles", "value": { "value": "MEMBER" } }]), vec!["member"]),
        (json!([{ "op": "remove", "path": "roles" }]), vec![]),
        (json!([{ "op": "replace", "value": { "roles": "admin" } }]), vec!["admin"]),
        (json!([{ "op": "replace", "value": { "roles": [] } }]), vec![]),
    ] {
        assert_eq!(after(&room, &path, &operations).await, expected, "{operations}");
    }
    sent["roles"] = json!(["auditor", "admin"]);
    assert_eq!(shown(&done(&room, "PUT", &path, Some(sent.clone())).await), ["admin", "auditor"]);
    sent["roles"] = json!([]);
    assert_eq!(shown(&done(&room, "PUT", &path, Some(sent.clone())).await), Vec::<String>::new());
    let stored = row(&house, &room, &text(&created["id"])).await;
    assert!(!stored.attributes.as_str().contains("roles"), "roles are rows, not part of the document");
}

#[rstest]
#[actix_web::test]
async fn a_role_that_does_not_exist_is_refused_with_the_names_of_those_that_do(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let id = room.user("ada@acme.example").await;
    let before = scim::size(&house, &room).await;
    let mut sent = person("grace@acme.example");
    sent["roles"] = json!(["admin", "superuser"]);
    let mut put = person("ada@acme.example");
    put["roles"] = json!([{ "value": "superuser" }]);
    let answers = [
        room.scim("POST", "/Users", Some(sent)).await,
        room.scim("PUT", &format!("/Users/{id}"), Some(put)).await,
        room.scim("PATCH", &format!("/Users/{id}"), Some(replace(&json!({ "roles": ["superuser"] })))).await,
    ];
    for answer in &answers {
        let detail = refused(answer, 400, Some("invalidValue"));
        for name in ["superuser", "admin", "auditor", "editor", "member", "viewer"] {
            assert!(detail.contains(name), "{detail}");
        }
    }
    assert_eq!(scim::size(&house, &room).await, before);
}

#[rstest]
#[actix_web::test]
async fn a_role_through_a_group_holds_and_is_not_shown_as_assigned(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let id = room.user("ada@acme.example").await;
    let token = api_token(&house, &room, &id).await;
    assert_eq!(checked(&house, &token).await["roles"], json!(["member"]), "the workspace's default");
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house
        .write(move |conn| {
            mappings::set(conn, &workspace, "engineering", &RoleId::from_stored("auditor"), now).unwrap();
        })
        .await;
    let group_id = group(&room, "Engineering", &[&id]).await;
    assert_eq!(checked(&house, &token).await["roles"], json!(["auditor"]));
    let user = done(&room, "GET", &format!("/Users/{id}"), None).await;
    assert_eq!(user.get("roles"), None);
    done(&room, "PATCH", &format!("/Users/{id}"), Some(replace(&json!({ "roles": ["admin"] })))).await;
    assert_eq!(checked(&house, &token).await["roles"], json!(["admin", "auditor"]));
    // The client removes its own role; the role of the group stays.
    done(&room, "PATCH", &format!("/Users/{id}"), Some(replace(&json!({ "roles": [] })))).await;
    assert_eq!(checked(&house, &token).await["roles"], json!(["auditor"]));
    let out = patch(&json!([{ "op": "remove", "path": format!("members[value eq \"{id}\"]") }]));
    done(&room, "PATCH", &format!("/Groups/{group_id}"), Some(out)).await;
    assert_eq!(checked(&house, &token).await["roles"], json!(["member"]));
}

#[rstest]
#[actix_web::test]
async fn roles_are_listed_in_oktas_shape_page_by_page(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house
        .write(move |conn| {
            roles::insert(
                conn,
                &roles::Role::new(&workspace, RoleId::from_stored("pilot"), "Pilot", "Flies", now),
            )
            .unwrap();
            workspaces::create(conn, None, "Another", "us", now).unwrap();
        })
        .await;
    assert_eq!(done(&room, "GET", "/Roles", None).await["totalResults"], 7, "six to begin with, and pilot");
    by_okta(&house, &room, "owner", false).await;
    let all = done(&room, "GET", "/Roles?startIndex=1&count=100", None).await;
    assert_eq!((&all["totalResults"], &all["itemsPerPage"]), (&json!(6), &json!(6)));
    let ids: Vec<&Value> = all["Resources"].as_array().unwrap().iter().map(|role| &role["id"]).collect();
    assert_eq!(
        json!(ids),
        json!(["admin", "auditor", "editor", "member", "pilot", "viewer"]),
        "none that Okta may not assign"
    );
    let one = done(&room, "GET", "/Roles?count=1&startIndex=1", None).await;
    assert_eq!((&one["totalResults"], &one["itemsPerPage"]), (&json!(6), &json!(1)));
    assert_eq!(one["schemas"], json!([scim::LIST]));
    let last = done(&room, "GET", "/Roles?count=1&startIndex=5", None).await;
    assert_eq!((&last["startIndex"], &last["itemsPerPage"]), (&json!(5), &json!(1)));
    let pilot = &last["Resources"][0];
    assert_eq!(pilot["schemas"], json!(["urn:okta:scim:schemas:core:1.0:Role"]));
    assert_eq!((&pilot["displayName"], &pilot["description"]), (&json!("Pilot"), &json!("Flies")));
    assert_eq!(&done(&room, "GET", "/Roles/pilot", None).await, pilot);
    let flying = done(&room, "GET", "/Roles?filter=description co \"FL\" or id eq \"owner\"", None).await;
    assert_eq!((&flying["totalResults"], &flying["Resources"][0]), (&json!(1), pilot));
    refused(&room.scim("GET", "/Roles?filter=nosuch eq 1", None).await, 400, Some("invalidFilter"));
    for hidden in ["nosuch", "owner", "Pilot"] {
        refused(&room.scim("GET", &format!("/Roles/{hidden}"), None).await, 404, None);
    }
    for (method, path) in [("POST", "/Roles"), ("PUT", "/Roles/pilot"), ("DELETE", "/Roles/pilot")] {
        refused(&room.scim(method, path, Some(json!({}))).await, 405, None);
    }
}
