//! Group push in both styles.

use serde_json::{Value, json};
use vestibule_simulator::{Group, Style};

use crate::users::{Scene, user};

const GROUP: &str = "PATCH /scim/v2/Groups/g1";

fn group(id: &str) -> Value {
    json!({ "id": id, "displayName": "Engineers", "members": [] })
}

async fn scene(style: Style) -> (Scene, Group) {
    let scene = Scene::with_ada(style).await;
    let group = scene.okta.add_group("Engineers");
    scene.okta.add_member(&group, &scene.ada);
    // In the group but not assigned to the app, so never pushed.
    let eve = scene.okta.add_person("eve@acme.example", "Eve", "E");
    scene.okta.add_member(&group, &eve);
    (scene, group)
}

#[tokio::test]
async fn the_catalog_style_creates_and_patches() {
    let (scene, engineers) = scene(Style::Catalog).await;
    let Scene { okta, app, ada, service } = &scene;
    service.will_find(&[]).will(201, group("g1")).will_with(204, &[], "");
    okta.push_group(app, &engineers).await.unwrap();
    let seen = service.take();
    assert_eq!(
        seen.iter().map(|seen| seen.line()).collect::<Vec<_>>(),
        [
            "GET /scim/v2/Groups?filter=displayName%20eq%20%22Engineers%22&startIndex=1&count=100",
            "POST /scim/v2/Groups",
            GROUP
        ]
    );
    let schemas = json!(["urn:ietf:params:scim:schemas:core:2.0:Group"]);
    assert_eq!(seen[1].json(), json!({ "schemas": schemas, "displayName": "Engineers", "members": [] }));
    let member = json!({ "value": "u1", "display": "ada@acme.example" });
    assert_eq!(seen[2].json()["Operations"], json!([{ "op": "add", "path": "members", "value": [member] }]));

    okta.remove_member(&engineers, ada);
    service.will_with(204, &[], "").will_with(204, &[], "");
    okta.push_membership(app, &engineers).await.unwrap();
    let seen = service.take();
    assert_eq!(
        seen[0].json()["Operations"],
        json!([{ "op": "replace", "value": { "id": "g1", "displayName": "Engineers" } }])
    );
    assert_eq!(seen[1].json()["Operations"], json!([{ "op": "remove", "path": "members[value eq \"u1\"]" }]));

    service.will_with(204, &[], "").will_with(204, &[], "").will_with(204, &[], "");
    okta.push_now(app, &engineers).await.unwrap();
    okta.rename_group(app, &engineers, "Builders").await.unwrap();
    okta.delete_group(app, &engineers).await.unwrap();
    let seen = service.take();
    assert_eq!(seen[0].json()["Operations"], json!([{ "op": "replace", "path": "members", "value": [] }]));
    assert_eq!(seen[1].json()["Operations"][0]["value"]["displayName"], "Builders");
    assert_eq!(seen[2].line(), "DELETE /scim/v2/Groups/g1");
    assert_eq!(okta.scim_group_id(app, &engineers), None);
}

#[tokio::test]
async fn the_wizard_style_puts_all_members() {
    let (scene, engineers) = scene(Style::Wizard).await;
    let Scene { okta, app, service, .. } = &scene;
    service.will_find(&[]).will(201, group("g1")).will(200, group("g1")).will(200, group("g1"));
    okta.push_group(app, &engineers).await.unwrap();
    let seen = service.take();
    let lines: Vec<_> = seen[1..].iter().map(|seen| seen.line()).collect();
    assert_eq!(lines, ["POST /scim/v2/Groups", "GET /scim/v2/Groups/g1", "PUT /scim/v2/Groups/g1"]);
    assert_eq!(seen[3].json()["members"], json!([{ "value": "u1", "display": "ada@acme.example" }]));
}

#[tokio::test]
async fn an_existing_group_is_linked_and_overwritten() {
    let (scene, engineers) = scene(Style::Catalog).await;
    scene.service.will_find(&[group("g7")]).will_with(204, &[], "");
    scene.okta.push_group(&scene.app, &engineers).await.unwrap();
    let seen = scene.service.take();
    assert_eq!(seen[1].line(), "PATCH /scim/v2/Groups/g7");
    assert_eq!(seen[1].json()["Operations"][0]["op"], "replace");
}

#[tokio::test]
async fn changes_go_in_hundreds_with_removes_first() {
    let scene = Scene::with_ada(Style::Catalog).await;
    let Scene { okta, app, ada, service } = &scene;
    let engineers = okta.add_group("Engineers");
    okta.add_member(&engineers, ada);
    service.will_find(&[]).will(201, group("g1")).will_with(204, &[], "");
    okta.push_group(app, &engineers).await.unwrap();
    okta.remove_member(&engineers, ada);
    for number in 0..120 {
        let login = format!("p{number}@acme.example");
        let person = okta.add_person(&login, "P", "P");
        let mut created = user(&format!("n{number}"));
        created["userName"] = json!(login);
        service.will_find(&[]).will(201, created);
        okta.assign(app, &person).await.unwrap();
        okta.add_member(&engineers, &person);
    }
    service.take();
    service.will_with(204, &[], "").will_with(204, &[], "").will_with(204, &[], "");
    okta.push_membership(app, &engineers).await.unwrap();
    let seen = service.take();
    assert_eq!(seen.len(), 3);
    let first = seen[1].json();
    assert_eq!(first["Operations"][0]["op"], "remove");
    assert_eq!(first["Operations"][1]["value"].as_array().unwrap().len(), 99);
    assert_eq!(seen[2].json()["Operations"][0]["value"].as_array().unwrap().len(), 21);
}
