//! Introspection: the members that a client may and may not get about a token. Also the metadata document.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::{
    ids::{self, UserId},
    sets::TokenKind,
};
use vestibule_store::{
    access::tokens::{self, NewToken},
    people::users,
};

use super::{SECOND, assert_error, client, furnished, read, tokens as scim_tokens};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

/// Creates an API token of the room's first person.
async fn api_token(house: &House, room: &Room) -> (UserId, String) {
    let person = room.okta.people().into_iter().next().unwrap();
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house
        .write(move |conn| {
            let user = users::find_by_user_name(conn, &workspace, &person.login).unwrap().unwrap();
            let new = NewToken {
                workspace_id: &workspace,
                kind: TokenKind::Api,
                name: "test",
                grant_id: None,
                user: Some((&user.user_id, user.epoch)),
                scope: "api",
                expires_at: Some(now + 60 * SECOND),
            };
            (user.user_id.clone(), tokens::issue(conn, &new, now).unwrap().1)
        })
        .await
}

async fn introspect(house: &House, client: (&str, &str), token: &str) -> (u16, Value) {
    let request = house.http.post(house.url("/oauth/introspect")).form(&[("token", token)]);
    read(request.basic_auth(client.0, Some(client.1)).send().await.unwrap()).await
}

#[rstest]
#[actix_web::test]
async fn a_live_token_is_described_and_a_dead_one_is_not(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser) = furnished(backend).await;
    let (app, secret) = client(&house, &room.workspace, "app", "https://app.example/callback").await;
    let app = (app.client_id.as_str(), secret.as_str());
    let (user, api) = api_token(&house, &room).await;
    let (status, told) = introspect(&house, app, &api).await;
    assert_eq!((status, &told["active"], &told["sub"]), (200, &json!(true), &json!(user)), "{told}");
    assert_eq!(told["username"], "ada@acme.example");
    assert_eq!(told["team_id"], room.workspace.as_str());
    assert_eq!((&told["roles"], &told["entitlements"]), (&json!(["admin"]), &json!([])));
    assert!(told["exp"].is_i64() && told["iat"].is_i64(), "{told}");
    assert!(!told.to_string().contains(&api));

    let (access, refresh) = scim_tokens(&house, &room, &browser).await;
    let (_, told) = introspect(&house, app, &access).await;
    assert_eq!((&told["active"], &told["client_id"]), (&json!(true), &json!(room.client)), "{told}");
    assert_eq!(told.get("sub"), None, "a grant of the workspace has no user: {told}");

    let dead = json!({ "active": false });
    for token in ["x", "vat_", refresh.as_str(), room.client_secret.as_str()] {
        assert_eq!(introspect(&house, app, token).await, (200, dead.clone()), "{token}");
    }
    house.clock.advance(61 * SECOND);
    assert_eq!(introspect(&house, app, &api).await, (200, dead));
}

#[rstest]
#[actix_web::test]
async fn another_workspace_s_token_is_as_unknown_as_none(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, _) = furnished(backend).await;
    let other = house.room("Other").await;
    let (_, api) = api_token(&house, &room).await;
    let stranger = (other.client.as_str(), other.client_secret.as_str());
    let dead = json!({ "active": false });
    for token in [&api, &room.token] {
        assert_eq!(introspect(&house, stranger, token).await, (200, dead.clone()));
    }
    // A client of the operator serves all workspaces.
    let (app, secret) = client(&house, &ids::DEPLOYMENT, "app", "https://app.example/callback").await;
    let (_, told) = introspect(&house, (&app.client_id, &secret), &api).await;
    assert_eq!(told["team_id"], room.workspace.as_str());
}

#[rstest]
#[actix_web::test]
async fn only_a_client_may_ask(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, _) = furnished(backend).await;
    assert_error(introspect(&house, (&room.client, "wrong"), &room.token).await, 401, "invalid_client");
    let request = house.http.post(house.url("/oauth/introspect")).bearer_auth(&room.token);
    let request = request.form(&[("token", room.token.as_str())]);
    assert_error(read(request.send().await.unwrap()).await, 401, "invalid_client");
    let request =
        house.http.post(house.url("/oauth/introspect")).form(&[("token_type_hint", "access_token")]);
    let request = request.basic_auth(&room.client, Some(&room.client_secret));
    assert_error(read(request.send().await.unwrap()).await, 400, "invalid_request");
    // RFC 6749 §2.3: one method per request; only for Okta's SCIM client, the method is not registered.
    let (app, secret) = client(&house, &room.workspace, "app", "https://app.example/callback").await;
    for (id, secret, expected) in
        [(app.client_id.as_str(), &secret, 400), (&room.client, &room.client_secret, 200)]
    {
        let form = [("token", "x"), ("client_id", id), ("client_secret", secret.as_str())];
        let request = house.http.post(house.url("/oauth/introspect")).form(&form);
        assert_eq!(read(request.basic_auth(id, Some(secret)).send().await.unwrap()).await.0, expected);
    }
}
