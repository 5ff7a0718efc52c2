//! Tests of the SCIM server with the requests of Okta and Entra: effects, refusals, and effects that must never happen. This file
//! has their helper functions.

mod admission;
mod agreement;
mod another;
mod brake;
mod bulk;
mod census;
mod corrupt;
mod cursors;
mod custom;
mod discovery;
mod document;
mod encodings;
mod entitlements;
mod entra;
mod filters;
mod groups;
mod last_owner;
mod lifecycle;
mod mappings;
mod membership;
mod names;
mod okta;
mod onelogin;
mod owner_bound;
mod paging;
mod parking;
mod refusals;
mod roles;
mod search;
mod search_limits;
mod sorting;
mod spec;
mod streaming;
mod versions;
mod work;

use serde_json::{Value, json};
use vestibule_core::{ids::UserId, sets::TokenKind};
use vestibule_store::{
    access::tokens::{self, NewToken},
    people::users::{self, User},
    rights::roles as store_roles,
    trail::events,
};

use crate::support::{House, Room, answer};

pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
pub const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// A user as Okta's catalog style creates one (okta-facts §2.5, 3).
pub fn person(user_name: &str) -> Value {
    json!({
        "schemas": [USER],
        "userName": user_name,
        "name": { "givenName": "Test", "familyName": "User" },
        "emails": [{ "primary": true, "value": user_name, "type": "work" }],
        "displayName": "Test User",
        "locale": "en-US",
        "externalId": format!("00u{user_name}"),
        "groups": [],
        "password": "1mz050nq",
        "active": true,
    })
}

/// A PATCH of these operations.
pub fn patch(operations: &Value) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations })
}

/// Okta's PATCH: one operation without a path.
pub fn replace(value: &Value) -> Value {
    patch(&json!([{ "op": "replace", "value": value }]))
}

/// Checks that a response is a SCIM Error with this status and `scimType`; returns its detail.
#[track_caller]
pub fn refused(answer: &(u16, Value), status: u16, scim_type: Option<&str>) -> String {
    let (answered, body) = answer;
    assert_eq!(*answered, status, "{body}");
    assert_eq!(body["schemas"], json!([ERROR]), "{body}");
    assert_eq!(body["status"], json!(status.to_string()), "{body}");
    assert_eq!(body.get("scimType").and_then(Value::as_str), scim_type, "{body}");
    let detail = body["detail"].as_str().unwrap_or_default().to_owned();
    assert!(!detail.trim().is_empty(), "{body}");
    detail
}

/// Sends a request that must succeed; returns the body.
pub async fn done(room: &Room, method: &str, path: &str, body: Option<Value>) -> Value {
    let (status, body) = room.scim(method, path, body).await;
    assert!((200..300).contains(&status), "{method} {path}: {status} {body}");
    body
}

/// User names that a filter finds, in order.
pub async fn found(room: &Room, filter: &str) -> Vec<String> {
    let body = done(room, "GET", &format!("/Users?filter={filter}"), None).await;
    assert_eq!(body["schemas"], json!([LIST]));
    let mut names: Vec<String> =
        body["Resources"].as_array().unwrap().iter().map(|user| text(&user["userName"])).collect();
    assert_eq!(body["totalResults"], names.len(), "{filter}");
    assert_eq!(body["itemsPerPage"], names.len(), "{filter}");
    names.sort();
    names
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// Creates a group with these members; returns its id.
pub async fn group(room: &Room, name: &str, members: &[&str]) -> String {
    let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
    let body = json!({ "schemas": [GROUP], "displayName": name, "members": members });
    text(&done(room, "POST", "/Groups", Some(body)).await["id"])
}

/// The ids of a group's members, in order.
pub async fn members(room: &Room, group_id: &str) -> Vec<String> {
    let body = done(room, "GET", &format!("/Groups/{group_id}"), None).await;
    let members = body["members"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut ids: Vec<String> = members.iter().map(|member| text(&member["value"])).collect();
    ids.sort();
    ids
}

/// The row of a user.
pub async fn row(house: &House, room: &Room, user_id: &str) -> User {
    let (workspace, user_id) = (room.workspace.clone(), user_id.to_owned());
    house.write(move |conn| users::get(conn, &workspace, &UserId::from_stored(&user_id)).unwrap()).await
}

/// The kind of the lines that a worker writes at its own time; `trail::origins` tests them.
const LATER: &str = "rights_changed";

/// The events of a workspace: kind, and data without the credential, which `owner_bound` tests.
pub async fn trail(house: &House, room: &Room) -> Vec<(String, String)> {
    let workspace = room.workspace.clone();
    house
        .write(move |conn| {
            let mut events = events::list(conn, &workspace, 0, 10_000).unwrap();
            events.retain(|event| event.kind != LATER);
            events.into_iter().map(|event| (event.kind, without_credential(event.data.as_str()))).collect()
        })
        .await
}

fn without_credential(data: &str) -> String {
    let mut data: Value = serde_json::from_str(data).unwrap();
    data.as_object_mut().unwrap().remove("credential");
    data.to_string()
}

/// Number of users and events of a workspace, which a refused request must not change.
pub async fn size(house: &House, room: &Room) -> (i64, usize) {
    let workspace = room.workspace.clone();
    house
        .write(move |conn| {
            let mut events = events::list(conn, &workspace, 0, 10_000).unwrap();
            events.retain(|event| event.kind != LATER);
            (users::count(conn, &workspace).unwrap(), events.len())
        })
        .await
}

/// An API token of a user.
pub async fn api_token(house: &House, room: &Room, user_id: &str) -> String {
    let (workspace, user_id, now) = (room.workspace.clone(), user_id.to_owned(), house.state.now());
    house
        .write(move |conn| {
            let user = users::get(conn, &workspace, &UserId::from_stored(&user_id)).unwrap();
            let new = NewToken {
                workspace_id: &workspace,
                kind: TokenKind::Api,
                name: "laptop",
                grant_id: None,
                user: Some((&user.user_id, user.epoch)),
                scope: "api",
                expires_at: None,
            };
            tokens::issue(conn, &new, now).unwrap().1
        })
        .await
}

/// Sets whether Okta may give a role, as the operator does. At first Okta may give every role.
pub async fn by_okta(house: &House, room: &Room, role: &'static str, on: bool) {
    let workspace = room.workspace.clone();
    house
        .write(move |conn| {
            let mut role = store_roles::find(conn, &workspace, role).unwrap().unwrap();
            role.by_okta = on;
            store_roles::save(conn, &mut role).unwrap();
        })
        .await;
}

/// The response of `/api/check` to an API token.
pub async fn checked(house: &House, token: &str) -> Value {
    let (status, body) = answer(house.http.get(house.url("/api/check")).bearer_auth(token)).await;
    assert_eq!(status, 200, "{body}");
    body
}

/// A request with more headers.
pub async fn with_header(
    house: &House,
    room: &Room,
    method: &str,
    path: &str,
    header: (&str, &str),
    body: Option<Value>,
) -> (u16, Value) {
    let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
    let mut request = house
        .http
        .request(method, format!("{}{path}", room.scim))
        .bearer_auth(&room.token)
        .header(header.0, header.1);
    if let Some(body) = body {
        request = request.header("content-type", "application/scim+json").body(body.to_string());
    }
    answer(request).await
}
