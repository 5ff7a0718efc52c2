//! Tests of two workspaces in one service. Credentials of one must not open, find or change anything of the other, and ids of the
//! other are unknown.

mod doors;
mod ids;
mod sign_in;

use serde_json::Value;
use vestibule_core::{
    ids::{GrantId, UserId},
    sets::TokenKind,
};
use vestibule_store::{
    access::tokens::{self, NewToken},
    people::users,
    providers::connections,
    rights::roles,
    trail::events,
};

use crate::support::{House, Room};

/// The properties of a token to create.
struct Wanted<'a> {
    kind: TokenKind,
    user_id: Option<&'a str>,
    grant_id: Option<&'a GrantId>,
}

/// Creates a token of a workspace with all scopes.
async fn token(house: &House, room: &Room, wanted: Wanted<'_>) -> String {
    let (workspace, now, kind) = (room.workspace.clone(), house.state.now(), wanted.kind);
    let (user_id, grant_id) = (wanted.user_id.map(UserId::from_stored), wanted.grant_id.cloned());
    house
        .write(move |conn| {
            let user = user_id.map(|user_id| users::get(conn, &workspace, &user_id).unwrap());
            let new = NewToken {
                workspace_id: &workspace,
                kind,
                name: "test",
                grant_id: grant_id.as_ref(),
                user: user.as_ref().map(|user| (&user.user_id, user.epoch)),
                scope: "scim.read scim.write entitlements.read api",
                expires_at: Some(now + 3_600_000_000),
            };
            tokens::issue(conn, &new, now).unwrap().1
        })
        .await
}

/// Everything about a workspace that a stranger must not be able to change.
async fn contents(house: &House, room: &Room) -> Vec<String> {
    let mut contents: Vec<String> = Vec::new();
    for path in ["/Users", "/Groups", "/Roles", "/Entitlements"] {
        let (status, body) = room.scim("GET", path, None).await;
        assert_eq!(status, 200, "{body}");
        contents.push(body.to_string());
    }
    let workspace = room.workspace.clone();
    let stored = house.write(move |conn| {
        let told = events::list(conn, &workspace, 0, 10_000).unwrap().into_iter().map(|event| event.kind);
        // A refused Universal Logout is recorded in the workspace that it named.
        let told: Vec<String> = told.filter(|kind| kind != "universal_logout_refused").collect();
        let connection = connections::find_first(conn, &workspace).unwrap();
        let roles = roles::list(conn, &workspace).unwrap();
        format!("{told:?} {connection:?} {roles:?}")
    });
    contents.push(stored.await);
    contents
}

/// The user of an Okta person.
fn id_of(room: &Room, person: &vestibule_simulator::Person) -> String {
    room.okta.scim_id(&room.app, person).unwrap()
}

/// A group over SCIM; its id.
async fn group(room: &Room, name: &str, members: &[&str]) -> String {
    let members: Vec<Value> = members.iter().map(|id| serde_json::json!({ "value": id })).collect();
    let body = serde_json::json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name, "members": members,
    });
    let (status, body) = room.scim("POST", "/Groups", Some(body)).await;
    assert_eq!(status, 201, "{body}");
    body["id"].as_str().unwrap().to_owned()
}
