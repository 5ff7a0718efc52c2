//! Ids of another workspace in requests: they are unknown as users, members and roles, and no filter finds them.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::ids::{EntitlementId, RoleId};
use vestibule_store::rights::{entitlements, mappings, roles};

use super::{contents, group, token};
use crate::{
    isolation::Wanted,
    support::{
        Backend::{self, Postgres, Sqlite},
        House, Room, answer,
    },
};

fn patch(operations: &Value) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations })
}

async fn is_404(room: &Room, method: &str, path: &str, body: Option<Value>) {
    let (status, answered) = room.scim(method, path, body).await;
    assert_eq!(status, 404, "{method} {path}: {answered}");
}

#[rstest]
#[actix_web::test]
async fn ids_of_the_other_workspace_name_nobody(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let (x, y) = (house.room("Xavier").await, house.room("Yvonne").await);
    let yann = y.user("yann@yvonne.example").await;
    let engineering = group(&y, "Engineering", &[&yann]).await;
    let (workspace, now) = (y.workspace.clone(), house.state.now());
    house
        .write(move |conn| {
            roles::insert(
                conn,
                &roles::Role::new(&workspace, RoleId::from_stored("pilot"), "Pilot", "", now),
            )
            .unwrap();
            entitlements::create(conn, &workspace, EntitlementId::from_stored("crane"), "Crane", "", now)
                .unwrap();
        })
        .await;
    let (xena, own) = (x.user("xena@xavier.example").await, group(&x, "Own", &[]).await);
    let (before, mine) = (contents(&house, &y).await, contents(&house, &x).await);

    let person = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "eve@evil.example",
    });
    let rename = patch(&json!([{ "op": "replace", "value": { "displayName": "Evil" } }]));
    let (one, its) = (format!("/Users/{yann}"), format!("/Groups/{engineering}"));
    let whole = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Evil" });
    for (path, body) in [(&one, person.clone()), (&its, whole.clone())] {
        is_404(&x, "GET", path, None).await;
        is_404(&x, "PUT", path, Some(body)).await;
        is_404(&x, "PATCH", path, Some(rename.clone())).await;
        is_404(&x, "DELETE", path, None).await;
    }
    is_404(&x, "GET", "/Roles/pilot", None).await;
    let piloting = patch(&json!([{ "op": "add", "path": "roles", "value": ["pilot"] }]));
    let (status, body) = x.scim("PATCH", &format!("/Users/{xena}"), Some(piloting)).await;
    assert_eq!((status, &body["scimType"]), (400, &json!("invalidValue")), "{body}");
    assert!(!body["detail"].as_str().unwrap().contains("member, pilot"), "nor is it named: {body}");
    is_404(&x, "GET", "/Entitlements/crane", None).await;
    let lifting = patch(&json!([{ "op": "add", "path": "entitlements", "value": ["crane"] }]));
    let (status, body) = x.scim("PATCH", &format!("/Users/{xena}"), Some(lifting)).await;
    assert_eq!((status, &body["scimType"]), (400, &json!("invalidValue")), "{body}");
    assert!(body["detail"].as_str().unwrap().contains("the entitlements here are none"), "{body}");

    for operations in [
        json!([{ "op": "add", "path": "members", "value": [{ "value": xena }, { "value": yann }] }]),
        json!([{ "op": "replace", "path": "members", "value": [{ "value": yann }] }]),
    ] {
        let (status, body) = x.scim("PATCH", &format!("/Groups/{own}"), Some(patch(&operations))).await;
        assert_eq!(status, 400, "{body}");
    }
    let mut with_member = whole;
    with_member["members"] = json!([{ "value": yann }]);
    assert_eq!(x.scim("POST", "/Groups", Some(with_member.clone())).await.0, 400);
    assert_eq!(x.scim("PUT", &format!("/Groups/{own}"), Some(with_member)).await.0, 400);
    let remove = patch(&json!([{ "op": "remove", "path": format!("members[value eq \"{yann}\"]") }]));
    assert_eq!(x.scim("PATCH", &format!("/Groups/{own}"), Some(remove)).await.0, 204);

    for filter in [
        format!("id eq \"{yann}\""),
        "userName eq \"yann@yvonne.example\"".to_owned(),
        "emails.value eq \"yann@yvonne.example\"".to_owned(),
        "emails[value eq \"yann@yvonne.example\"]".to_owned(),
        "userName co \"yvonne\"".to_owned(),
        "not (userName co \"xavier\")".to_owned(),
        "userName co \"yvonne\" or not (emails.value co \"xavier\")".to_owned(),
    ] {
        let (status, body) = x.scim("GET", &format!("/Users?filter={filter}"), None).await;
        assert_eq!((status, &body["totalResults"]), (200, &json!(0)), "{filter}: {body}");
    }
    let (_, body) = x.scim("GET", &format!("/Groups?filter=id eq \"{engineering}\""), None).await;
    assert_eq!(body["totalResults"], 0);

    assert_eq!(contents(&house, &y).await, before);
    assert_eq!(contents(&house, &x).await, mine);
}

#[rstest]
#[actix_web::test]
async fn the_same_names_live_in_both_workspaces_without_touching(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let (x, y) = (house.room("Xavier").await, house.room("Yvonne").await);
    let (in_x, in_y) = (x.user("ada@shared.example").await, y.user("ADA@shared.example").await);
    let (group_x, group_y) =
        (group(&x, "Engineering", &[&in_x]).await, group(&y, "Engineering", &[&in_y]).await);
    // A rule of X gives the auditor role to the engineers of X, but not of Y.
    let (workspace, now) = (x.workspace.clone(), house.state.now());
    house
        .write(move |conn| {
            mappings::set(conn, &workspace, "Engineering", &RoleId::from_stored("auditor"), now).unwrap();
        })
        .await;
    for (room, user, expected) in [(&x, &in_x, "auditor"), (&y, &in_y, "member")] {
        let wanted =
            Wanted { kind: vestibule_core::sets::TokenKind::Api, user_id: Some(user), grant_id: None };
        let token = token(&house, room, wanted).await;
        let (status, body) = answer(house.http.get(house.url("/api/check")).bearer_auth(&token)).await;
        assert_eq!((status, &body["workspace"]), (200, &json!(room.workspace)));
        assert_eq!(body["roles"], json!([expected]));
    }
    let before = contents(&house, &y).await;
    let off = patch(&json!([{ "op": "replace", "value": { "active": false, "displayName": "Gone" } }]));
    assert_eq!(x.scim("PATCH", &format!("/Users/{in_x}"), Some(off)).await.0, 200);
    assert_eq!(x.scim("DELETE", &format!("/Groups/{group_x}"), None).await.0, 204);
    assert_eq!(x.scim("DELETE", &format!("/Users/{in_x}"), None).await.0, 204);
    assert_eq!(contents(&house, &y).await, before);
    assert_eq!(
        y.scim("GET", &format!("/Groups/{group_y}"), None).await.1["members"][0]["value"],
        json!(in_y)
    );
}
