//! An unauthenticated caller is refused before the body is read. A credential is checked again after the body has arrived.

use rstest::rstest;
use serde_json::json;
use vestibule_core::{
    ids::WorkspaceId,
    sets::{OperatorScopes, TokenKind},
};
use vestibule_store::access::{
    operator_keys,
    secrets::{self, Kind},
    tokens,
};

use super::Wire;
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

/// Returns a token of the right format that was never issued.
fn invented(kind: Kind, workspace: &WorkspaceId) -> String {
    secrets::issue(kind, workspace).unwrap().plain
}

/// Sends the head of a request whose body is announced as `length` bytes, and one byte of the body.
async fn begun(house: &House, method: &str, path: &str, credential: &str, length: usize) -> Wire {
    let mut wire = Wire::open(house).await;
    let mut lines = vec!["Content-Type: application/json".to_owned(), format!("Content-Length: {length}")];
    if !credential.is_empty() {
        lines.push(format!("Authorization: {credential}"));
    }
    wire.request(method, path, &lines).await;
    wire.send("{").await;
    wire
}

fn scim_path(room: &Room, path: &str) -> String {
    format!("/api/scim/v2/{}{path}", room.workspace)
}

#[rstest]
#[actix_web::test]
async fn a_scim_caller_with_an_unknown_token_is_refused_while_the_body_is_unsent(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let (room, other) = (house.room("Acme").await, house.room("Other").await);
    let unknown = invented(Kind::Provisioning, &room.workspace);
    let credentials = [
        String::new(),
        "Bearer nonsense".to_owned(),
        "Digest x".to_owned(),
        unknown.clone(),
        format!("Bearer {unknown}"),
        format!("Bearer {}", invented(Kind::Access, &room.workspace)),
        format!("Bearer {}", other.token),
    ];
    for credential in &credentials {
        let mut wire = begun(&house, "POST", &scim_path(&room, "/Users"), credential, 2_097_152).await;
        assert_eq!(wire.status().await, 401, "{credential}");
        wire.closed().await;
    }
    let one = "/Users/01890a5d-ac96-774b-bcce-b302099a8057";
    for (method, path) in [
        ("PUT", one),
        ("PATCH", one),
        ("POST", "/Groups"),
        ("PATCH", "/Groups/01890a5d-ac96-774b-bcce-b302099a8057"),
        ("POST", "/Bulk"),
        ("POST", "/.search"),
        ("POST", "/Users/.search"),
    ] {
        let credential = format!("Bearer {unknown}");
        let mut wire = begun(&house, method, &scim_path(&room, path), &credential, 2_097_152).await;
        assert_eq!(wire.status().await, 401, "{method} {path}");
    }
    // A body of unknown length is read only up to the limit.
    let mut wire = Wire::open(&house).await;
    let lines = [
        "Content-Type: application/json".to_owned(),
        "Transfer-Encoding: chunked".to_owned(),
        format!("Authorization: Bearer {unknown}"),
    ];
    wire.request("POST", &scim_path(&room, "/Users"), &lines).await;
    wire.send(format!("4e20\r\n{}\r\n", " ".repeat(20_000))).await;
    assert_eq!(wire.status().await, 401);
}

#[rstest]
#[actix_web::test]
async fn a_management_caller_with_an_unknown_key_is_refused_while_the_body_is_unsent(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let deployment = &vestibule_core::ids::DEPLOYMENT;
    let credentials = [
        String::new(),
        "Bearer nonsense".to_owned(),
        format!("Bearer {}", room.token),
        format!("Bearer {}", invented(Kind::Operator, deployment)),
    ];
    let user = format!("/api/v1/workspaces/{}/users", room.workspace);
    for credential in &credentials {
        for path in ["/api/v1/workspaces", "/api/v1/clients", user.as_str()] {
            let mut wire = begun(&house, "POST", path, credential, 60_000).await;
            assert_eq!(wire.status().await, 401, "{path} {credential}");
        }
    }
    // A read-only key is refused before its body is read, too.
    let now = house.state.now();
    let reader = house
        .write(move |conn| operator_keys::issue(conn, "Reader", OperatorScopes::Read, None, now).unwrap().1)
        .await;
    let mut wire = begun(&house, "POST", &user, &format!("Bearer {reader}"), 60_000).await;
    assert_eq!(wire.status().await, 403);
}

#[rstest]
#[actix_web::test]
async fn a_token_that_is_revoked_while_its_body_is_on_the_way_writes_nothing(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "ada@acme.example",
        "nickName": "a".repeat(30_000),
    })
    .to_string();
    let (first, rest) = body.split_at(20_000);
    let credential = format!("Bearer {}", room.token);
    let mut wire = Wire::open(&house).await;
    let lines = [
        "Content-Type: application/scim+json".to_owned(),
        format!("Content-Length: {}", body.len()),
        format!("Authorization: {credential}"),
    ];
    wire.request("POST", &scim_path(&room, "/Users"), &lines).await;
    wire.send(first).await;
    // The response to this request shows that the server has read the head of the first one.
    assert_eq!(room.scim("GET", "/Users", None).await.1["totalResults"], 0);
    let workspace = room.workspace.clone();
    let now = house.state.now();
    let other = house
        .write(move |conn| {
            for token in tokens::list_of_workspace(conn, &workspace, TokenKind::Provisioning).unwrap() {
                tokens::revoke(conn, &workspace, &token.token_id).unwrap();
            }
            let new = tokens::NewToken {
                workspace_id: &workspace,
                kind: TokenKind::Provisioning,
                name: "next",
                grant_id: None,
                user: None,
                scope: "scim.read scim.write",
                expires_at: None,
            };
            tokens::issue(conn, &new, now).unwrap().1
        })
        .await;
    wire.send(rest).await;
    assert_eq!(wire.status().await, 401);
    // A token that expires in the meantime is refused too.
    let expires_at = Some(house.state.now() + 60 * vestibule_core::time::SECOND);
    let workspace = room.workspace.clone();
    let short = house
        .write(move |conn| {
            let new = tokens::NewToken {
                workspace_id: &workspace,
                kind: TokenKind::Provisioning,
                name: "short",
                grant_id: None,
                user: None,
                scope: "scim.write",
                expires_at,
            };
            tokens::issue(conn, &new, now).unwrap().1
        })
        .await;
    let mut wire = Wire::open(&house).await;
    let lines = [lines[0].clone(), lines[1].clone(), format!("Authorization: Bearer {short}")];
    wire.request("POST", &scim_path(&room, "/Users"), &lines).await;
    wire.send(first).await;
    assert_eq!(room.scim("GET", "/Users", None).await.0, 401);
    house.clock.advance(61 * vestibule_core::time::SECOND);
    wire.send(rest).await;
    assert_eq!(wire.status().await, 401);
    let users = house.http.get(format!("{}/Users", room.scim)).bearer_auth(&other);
    assert_eq!(crate::support::answer(users).await.1["totalResults"], 0);
}
