//! Authentication: every form of credential that Okta sends, refusals, scopes, expiry, rate limit.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::{sets::TokenKind, time::SECOND};
use vestibule_store::{
    access::tokens::{self, NewToken},
    workspaces,
};

use super::{api_token, done, group, patch, person, refused, size};
use crate::{
    scim,
    support::{
        Backend::{self, Postgres, Sqlite},
        House, Room, answer,
    },
};

/// Sends `GET /Users` with these Authorization headers.
async fn asked(house: &House, room: &Room, authorization: &[&str]) -> (u16, Value) {
    let mut request = house.http.get(format!("{}/Users?startIndex=1&count=2", room.scim));
    for value in authorization {
        request = request.header("authorization", *value);
    }
    answer(request).await
}

/// Sends `GET /Users` with Basic authentication.
async fn asked_by_basic(house: &House, room: &Room, password: &str) -> (u16, Value) {
    answer(house.http.get(format!("{}/Users", room.scim)).basic_auth("okta", Some(password))).await
}

/// A token of the workspace.
async fn token(
    house: &House,
    room: &Room,
    kind: TokenKind,
    scope: &'static str,
    expires_at: Option<i64>,
) -> String {
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house
        .write(move |conn| {
            let new = NewToken {
                workspace_id: &workspace,
                kind,
                name: "test",
                grant_id: None,
                user: None,
                scope,
                expires_at,
            };
            tokens::issue(conn, &new, now).unwrap().1
        })
        .await
}

#[rstest]
#[actix_web::test]
async fn the_token_is_taken_bare_and_as_bearer_in_any_case(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let token = &room.token;
    for header in
        [token.clone(), format!("Bearer {token}"), format!("bearer {token}"), format!("BEARER   {token} ")]
    {
        assert_eq!(asked(&house, &room, &[&header]).await.0, 200, "{}", header.replace(token.as_str(), "…"));
    }
    let access =
        self::token(&house, &room, TokenKind::Access, "scim.read", Some(house.state.now() + SECOND)).await;
    assert_eq!(asked(&house, &room, &[&format!("Bearer {access}")]).await.0, 200);
}

#[rstest]
#[actix_web::test]
async fn what_is_no_credential_is_401_with_a_scim_error_that_helps(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let id = room.user("ada@acme.example").await;
    let api = api_token(&house, &room, &id).await;
    let refresh = token(&house, &room, TokenKind::Refresh, "scim.read", None).await;
    let (whole, last) = room.token.split_at(room.token.len() - 1);
    let near = format!("{whole}{}", if last == "A" { "B" } else { "A" });
    let headers: Vec<Vec<String>> = vec![
        vec![],
        vec!["non-token".to_owned()],
        vec![String::new()],
        vec!["Bearer".to_owned()],
        vec!["Bearer ".to_owned()],
        vec!["Bearer non-token".to_owned()],
        vec![format!("Digest {}", room.token)],
        vec![format!("Bearer {} {}", room.token, room.token)],
        vec![format!("Bearer Bearer {}", room.token)],
        vec![format!("Bearer {near}")],
        vec![format!("Bearer {}", room.token.to_lowercase())],
        vec![format!("Bearer {whole}")],
        vec![format!("Bearer {}x", room.token)],
        vec![format!("Bearer {}", room.client_secret)],
        vec![format!("Bearer {api}")],
        vec![format!("Bearer {refresh}")],
        vec![format!("Bearer {}", "x".repeat(4000))],
        vec!["Basic !!!".to_owned()],
        // "no colon"
        vec!["Basic bm8gY29sb24=".to_owned()],
        vec!["Bearer \u{e9}".to_owned()],
        vec![format!("Bearer {}", room.token), format!("Bearer {}", room.token)],
    ];
    for header in headers {
        let header: Vec<&str> = header.iter().map(String::as_str).collect();
        let answered = asked(&house, &room, &header).await;
        let detail = refused(&answered, 401, None);
        assert!(!detail.contains(&room.token[10..]), "a refusal never repeats a token");
    }
    let response = house.http.get(format!("{}/Users", room.scim)).send().await.unwrap();
    assert!(response.headers().contains_key("www-authenticate"));
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("application/scim+json"));
    let detail = refused(&asked(&house, &room, &[]).await, 401, None);
    assert!(detail.contains("Authorization"), "{detail}");
}

#[rstest]
#[actix_web::test]
async fn basic_opens_only_where_the_workspace_allows_it(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let (room, other) = (house.room("Acme").await, house.room("Other").await);
    let detail = refused(&asked_by_basic(&house, &room, &room.token).await, 401, None);
    assert!(detail.contains("Basic"), "{detail}");
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house.write(move |conn| workspaces::set_allow_basic(conn, &workspace, true, now).unwrap()).await;
    assert_eq!(asked_by_basic(&house, &room, &room.token).await.0, 200);
    refused(&asked_by_basic(&house, &room, "wrong").await, 401, None);
    refused(&asked_by_basic(&house, &room, &other.token).await, 401, None);
    refused(&asked_by_basic(&house, &other, &other.token).await, 401, None);
}

#[rstest]
#[actix_web::test]
async fn a_token_ends_when_it_expires_or_is_revoked(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let short =
        token(&house, &room, TokenKind::Provisioning, "scim.read", Some(house.state.now() + 60 * SECOND))
            .await;
    assert_eq!(asked(&house, &room, &[&short]).await.0, 200);
    house.clock.advance(61 * SECOND);
    refused(&asked(&house, &room, &[&short]).await, 401, None);
    assert_eq!(asked(&house, &room, &[&room.token]).await.0, 200, "the other one lives on");
    let workspace = room.workspace.clone();
    house
        .write(move |conn| {
            for token in tokens::list_of_workspace(conn, &workspace, TokenKind::Provisioning).unwrap() {
                tokens::revoke(conn, &workspace, &token.token_id).unwrap();
            }
        })
        .await;
    refused(&asked(&house, &room, &[&room.token]).await, 401, None);
}

#[rstest]
#[actix_web::test]
async fn each_method_needs_its_scope(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let id = room.user("ada@acme.example").await;
    let group = group(&room, "Engineering", &[]).await;
    let before = size(&house, &room).await;
    let mut tokens = Vec::new();
    for scope in ["scim.read", "scim.write", "entitlements.read", "", "api scim.readx"] {
        tokens.push((scope, token(&house, &room, TokenKind::Provisioning, scope, None).await));
    }
    let rename = patch(&json!([{ "op": "replace", "path": "displayName", "value": "X" }]));
    let whole = json!({ "schemas": [scim::GROUP], "displayName": "X" });
    let (user, one) = (format!("/Users/{id}"), format!("/Groups/{group}"));
    for (method, path, needed, body) in [
        ("GET", "/Users", "scim.read", None),
        ("GET", &user, "scim.read", None),
        ("GET", "/Groups", "scim.read", None),
        ("GET", &one, "scim.read", None),
        ("GET", "/Schemas", "scim.read", None),
        ("GET", "/ResourceTypes", "scim.read", None),
        ("GET", "/ServiceProviderConfig", "scim.read", None),
        ("GET", "/Roles", "entitlements.read", None),
        ("GET", "/Roles/admin", "entitlements.read", None),
        ("GET", "/Entitlements", "entitlements.read", None),
        ("POST", "/Users", "scim.write", Some(person("b@acme.example"))),
        ("PUT", &user, "scim.write", Some(person("ada@acme.example"))),
        ("PATCH", &user, "scim.write", Some(rename.clone())),
        ("DELETE", &user, "scim.write", None),
        ("POST", "/Groups", "scim.write", Some(whole.clone())),
        ("PUT", &one, "scim.write", Some(whole)),
        ("PATCH", &one, "scim.write", Some(rename)),
        ("DELETE", &one, "scim.write", None),
    ] {
        for (scope, token) in &tokens {
            if *scope == needed {
                continue;
            }
            let url = format!("{}{path}", room.scim);
            let request = house.http.request(method.parse().unwrap(), url).bearer_auth(token);
            let request = request.header("content-type", "application/scim+json");
            let request = request.body(body.as_ref().map(Value::to_string).unwrap_or_default());
            let detail = refused(&answer(request).await, 403, None);
            assert!(detail.contains(needed), "{method} {path} with {scope:?}: {detail}");
        }
        if method == "GET" {
            let (_, token) = tokens.iter().find(|(scope, _)| *scope == needed).unwrap();
            let url = format!("{}{path}", room.scim);
            assert_eq!(answer(house.http.get(url).bearer_auth(token)).await.0, 200, "{path}");
        }
    }
    assert_eq!(size(&house, &room).await, before);
}

#[rstest]
#[actix_web::test]
async fn a_workspace_that_asks_too_often_is_told_when_to_come_again_and_no_other_is(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let settings = [
        ("RATE_LIMITS__ENABLED", "true"),
        ("RATE_LIMITS__SCIM_PER_SECOND", "1"),
        ("RATE_LIMITS__SCIM_BURST", "3"),
    ];
    let house = House::start_with(backend, &settings).await;
    let (room, other) = (house.room("Acme").await, house.room("Other").await);
    let mut limited = None;
    for _ in 0..40 {
        let request = house.http.get(format!("{}/Users", room.scim)).bearer_auth(&room.token);
        let response = request.send().await.unwrap();
        if response.status() == 429 {
            limited = Some(response);
            break;
        }
        assert_eq!(response.status(), 200);
    }
    let response = limited.expect("forty requests in a burst of three");
    // Okta reads only whole seconds (okta-facts §2.6).
    let seconds: u64 = response.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=3).contains(&seconds));
    let body: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    refused(&(429, body), 429, None);
    assert_eq!(done(&other, "GET", "/Users", None).await["totalResults"], 0);
    // Requests without a valid credential do not count against the workspace's limit.
    for _ in 0..10 {
        refused(&asked(&house, &other, &["Bearer nonsense"]).await, 401, None);
    }
    assert_eq!(done(&other, "GET", "/Users", None).await["totalResults"], 0);
}
