//! Credentials of one workspace at every SCIM endpoint of the other, and at the endpoints for clients and tokens.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::{
    ids::{ClientId, UserId},
    sets::TokenKind,
};
use vestibule_store::oauth::{clients, grants};

use super::{Wanted, contents, group, id_of, token};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room, answer,
};

/// Every SCIM endpoint of a workspace, with a valid body.
fn doors(user: &str, group: &str) -> Vec<(&'static str, String, Option<Value>)> {
    let person = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "eve@evil.example", "active": false,
    });
    let whole = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Evil", "members": [],
    });
    let patch = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "value": { "displayName": "Evil" } }],
    });
    let (one, its) = (format!("/Users/{user}"), format!("/Groups/{group}"));
    vec![
        ("GET", "/Users".to_owned(), None),
        ("GET", "/Users?filter=userName%20pr".to_owned(), None),
        ("POST", "/Users".to_owned(), Some(person.clone())),
        ("GET", one.clone(), None),
        ("PUT", one.clone(), Some(person)),
        ("PATCH", one.clone(), Some(patch.clone())),
        ("DELETE", one, None),
        ("GET", "/Groups".to_owned(), None),
        ("POST", "/Groups".to_owned(), Some(whole.clone())),
        ("GET", its.clone(), None),
        ("PUT", its.clone(), Some(whole)),
        ("PATCH", its.clone(), Some(patch)),
        ("DELETE", its, None),
        ("GET", "/Roles".to_owned(), None),
        ("GET", "/Roles/admin".to_owned(), None),
        ("GET", "/Entitlements".to_owned(), None),
        ("GET", "/Entitlements/crane".to_owned(), None),
        ("GET", "/ServiceProviderConfig".to_owned(), None),
        ("GET", "/Schemas".to_owned(), None),
        ("GET", "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User".to_owned(), None),
        ("GET", "/ResourceTypes".to_owned(), None),
        ("GET", "/ResourceTypes/User".to_owned(), None),
    ]
}

#[rstest]
#[actix_web::test]
async fn no_credential_of_one_workspace_opens_a_scim_door_of_the_other(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let (x, y) = (house.room("Xavier").await, house.room("Yvonne").await);
    let administrator = x.administrator(&house, "Xenia").await;
    let (browser, _) = x.sign_in(&administrator).await;
    let cookie = browser.cookie(&house.api, "vestibule_session").unwrap();
    let xenia = id_of(&x, &administrator);
    let (user, group) = (y.user("yann@yvonne.example").await, group(&y, "Engineering", &[]).await);
    let of = |kind, user_id| token(&house, &x, Wanted { kind, user_id, grant_id: None });
    let credentials = [
        ("provisioning token", format!("Bearer {}", x.token)),
        ("bare provisioning token", x.token.clone()),
        ("access token", format!("Bearer {}", of(TokenKind::Access, None).await)),
        ("access token of a person", format!("Bearer {}", of(TokenKind::Access, Some(&xenia)).await)),
        ("refresh token", format!("Bearer {}", of(TokenKind::Refresh, None).await)),
        ("API token", format!("Bearer {}", of(TokenKind::Api, Some(&xenia)).await)),
        ("session as a token", format!("Bearer {cookie}")),
        ("client secret", format!("Bearer {}", x.client_secret)),
    ];
    let before = contents(&house, &y).await;
    for (method, path, body) in doors(&user, &group) {
        let request = || {
            let request = house.http.request(method.parse().unwrap(), format!("{}{path}", y.scim));
            let request = request.header("content-type", "application/scim+json");
            request.body(body.as_ref().map(Value::to_string).unwrap_or_default())
        };
        for (name, credential) in &credentials {
            let (status, answered) = answer(request().header("authorization", credential)).await;
            assert_eq!(status, 401, "{name} at {method} {path}: {answered}");
            assert!(!answered.to_string().contains("Yvonne"), "{answered}");
        }
        let with_cookie = request().header("cookie", format!("vestibule_session={cookie}"));
        let (status, answered) = answer(with_cookie).await;
        assert_eq!(status, 401, "session at {method} {path}: {answered}");
    }
    assert_eq!(contents(&house, &y).await, before);
    assert_eq!(y.scim("GET", "/Users", None).await.1["totalResults"], 1, "its own token opens them");
}

/// Introspects a token as a client.
async fn introspected(house: &House, (client, secret): &(String, String), token: &str) -> (u16, Value) {
    let form = [("token", token), ("client_id", client), ("client_secret", secret)];
    answer(house.http.post(house.url("/oauth/introspect")).form(&form)).await
}

/// Creates a client of this kind in a workspace and returns id and secret.
async fn client(house: &House, room: &Room, kind: &'static str) -> (String, String) {
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house
        .write(move |conn| {
            let uri = "https://app.example/callback".to_owned();
            let (client, secret) =
                clients::create(conn, &workspace, kind.parse().unwrap(), "The app", &[uri], now).unwrap();
            (client.client_id.into_string(), secret)
        })
        .await
}

#[rstest]
#[actix_web::test]
async fn a_client_learns_nothing_about_the_tokens_of_the_other_workspace(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let (x, y) = (house.room("Xavier").await, house.room("Yvonne").await);
    let (app_x, app_y) = (client(&house, &x, "app").await, client(&house, &y, "app").await);
    for (stranger, own, room) in [(&app_x, &app_y, &y), (&app_y, &app_x, &x)] {
        let user = room.user("somebody@other.example").await;
        let tokens = [
            room.token.clone(),
            token(&house, room, Wanted { kind: TokenKind::Api, user_id: Some(&user), grant_id: None }).await,
            token(&house, room, Wanted { kind: TokenKind::Access, user_id: Some(&user), grant_id: None })
                .await,
            token(&house, room, Wanted { kind: TokenKind::Access, user_id: None, grant_id: None }).await,
        ];
        for token in &tokens {
            assert_eq!(introspected(&house, stranger, token).await, (200, json!({ "active": false })));
            assert_eq!(introspected(&house, own, token).await.1["active"], json!(true));
        }
    }
    let mixed = (app_x.0, app_y.1);
    assert_eq!(introspected(&house, &mixed, &y.token).await.0, 401);
}

/// Refreshes a token as a room's client.
async fn refreshed(house: &House, asking: &Room, token: &str) -> (u16, Value) {
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", token),
        ("client_id", asking.client.as_str()),
        ("client_secret", asking.client_secret.as_str()),
    ];
    answer(house.http.post(house.url("/api/okta/scim/oauth/token")).form(&form)).await
}

#[rstest]
#[actix_web::test]
async fn a_client_can_not_spend_a_refresh_token_of_the_other_workspace(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let (x, y) = (house.room("Xavier").await, house.room("Yvonne").await);
    let (workspace, client, now) = (y.workspace.clone(), y.client.clone(), house.state.now());
    let grant = house
        .write(move |conn| {
            grants::give_for_workspace(
                conn,
                &workspace,
                &ClientId::sent(&client),
                &UserId::from_stored("somebody"),
                "scim.read",
                now,
            )
            .unwrap()
        })
        .await;
    let refresh = token(
        &house,
        &y,
        Wanted { kind: TokenKind::Refresh, user_id: None, grant_id: Some(&grant.grant_id) },
    )
    .await;
    for _ in 0..3 {
        let (status, body) = refreshed(&house, &x, &refresh).await;
        assert_eq!((status, &body["error"]), (400, &json!("invalid_grant")), "{body}");
    }
    let (status, body) = refreshed(&house, &y, &refresh).await;
    assert_eq!(status, 200, "the stranger's attempts ended nothing: {body}");
    let (status, _) = answer(
        house.http.get(format!("{}/Users", x.scim)).bearer_auth(body["access_token"].as_str().unwrap()),
    )
    .await;
    assert_eq!(status, 401, "and what it gives is for its own workspace");
}
