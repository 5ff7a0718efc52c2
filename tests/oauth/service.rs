//! Clients that act for their workspace, by secret or by signed assertion; and the metadata document.

use std::rc::Rc;

use josekit::{
    jwk::{Jwk, alg::ec::EcCurve},
    jws::{ES256, JwsHeader, serialize_compact},
};
use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::{
    ids::{self, ClientId, WorkspaceId},
    sets::{ClientAuth, ClientKind},
    time::SECOND,
};
use vestibule_store::oauth::{
    client_secrets,
    clients::{self, NewClient},
};

use super::{assert_error, client, count, read, scim, text};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

#[rstest]
#[actix_web::test]
async fn a_service_signs_for_itself_and_provisions_its_workspace(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let (room, other) = (house.room("Acme").await, house.room("Other").await);
    let key = Jwk::generate_ec_key(EcCurve::P256).unwrap();
    let jwks = json!({ "keys": [Value::Object(key.to_public_key().unwrap().as_ref().clone())] }).to_string();
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    let (client_id, shared) = house
        .write(move |conn| {
            let new = NewClient {
                name: "Sync",
                auth_method: ClientAuth::PrivateKeyJwt,
                jwks: &jwks,
                scope: "scim.read api",
                ..NewClient::new(ClientKind::Service)
            };
            let one = |conn: &mut _, workspace: &WorkspaceId| {
                clients::register(conn, workspace, &new, now).unwrap().0.client_id.into_string()
            };
            (one(conn, &workspace), one(conn, &ids::DEPLOYMENT))
        })
        .await;
    let assertion_of = |client_id: &str, jti: &str, aud: &str| {
        let at = now / SECOND;
        let claims =
            json!({ "iss": client_id, "sub": client_id, "aud": aud, "exp": at + 120, "iat": at, "jti": jti });
        serialize_compact(
            claims.to_string().as_bytes(),
            &JwsHeader::new(),
            &ES256.signer_from_jwk(&key).unwrap(),
        )
        .unwrap()
    };
    let assertion = |jti: &str, aud: &str| assertion_of(&client_id, jti, aud);
    let ask = async |assertion: &str, more: &[(&str, &str)]| {
        let mut form = vec![
            ("grant_type", "client_credentials"),
            ("client_assertion_type", ASSERTION),
            ("client_assertion", assertion),
        ];
        form.extend(more);
        read(house.http.post(house.url("/oauth/token")).form(&form).send().await.unwrap()).await
    };
    let first = assertion("1", &house.api);
    let (status, body) = ask(&first, &[]).await;
    assert_eq!((status, &body["scope"]), (200, &json!("scim.read api")), "{body}");
    assert_eq!((body.get("refresh_token"), body.get("id_token")), (None, None));
    let access = text(&body, "access_token");
    assert_eq!(scim(&house, &room, &access).await, 200);
    assert_ne!(scim(&house, &other, &access).await, 200);
    assert_error(ask(&first, &[]).await, 401, "invalid_client");
    let endpoint = house.url("/oauth/token");
    assert_eq!(ask(&assertion("2", &endpoint), &[("scope", "api")]).await.1["scope"], "api");
    assert_error(ask(&assertion("3", &house.api), &[("scope", "scim.write")]).await, 400, "invalid_scope");
    assert_error(ask(&assertion("4", "https://evil.example"), &[]).await, 401, "invalid_client");
    assert_error(ask(&assertion("5", &house.api), &[("client_secret", "x")]).await, 400, "invalid_request");
    let mut forged = assertion("6", &house.api);
    forged.replace_range(forged.len() - 6.., "AAAAAA");
    assert_error(ask(&forged, &[]).await, 401, "invalid_client");

    // A client of all workspaces can authenticate, but has no workspace to act for.
    let shared = assertion_of(&shared, "1", &house.api);
    assert_error(ask(&shared, &[]).await, 400, "unauthorized_client");

    // Deleting the client ends its tokens.
    let id = client_id.clone();
    house
        .write(move |conn| {
            let client = clients::find(conn, &ClientId::sent(&id)).unwrap().unwrap();
            clients::delete(conn, &client, now).unwrap()
        })
        .await;
    assert_eq!(scim(&house, &room, &access).await, 401);
}

#[rstest]
#[actix_web::test]
async fn okta_s_scim_client_may_act_for_its_own_workspace_only(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ask = async |client: &str, secret: &str, path: &str| {
        let request = house.http.post(house.url(path)).form(&[("grant_type", "client_credentials")]);
        read(request.basic_auth(client, Some(secret)).send().await.unwrap()).await
    };
    for path in ["/oauth/token", "/api/okta/scim/oauth/token"] {
        let (status, body) = ask(&room.client, &room.client_secret, path).await;
        assert_eq!(status, 200, "{body}");
        assert_eq!(scim(&house, &room, &text(&body, "access_token")).await, 200);
    }
    let (shared, secret) = client(&house, &ids::DEPLOYMENT, "scim", "https://a.example/cb").await;
    assert_error(ask(&shared.client_id, &secret, "/oauth/token").await, 400, "unauthorized_client");
    assert_eq!(count(&house, &room, "grant_given").await, 1, "one standing grant");
}

#[rstest]
#[actix_web::test]
async fn the_metadata_names_what_is_there_at_both_addresses(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let (status, told) = house.get("/.well-known/oauth-authorization-server").await;
    assert_eq!((status, &told["issuer"]), (200, &json!(house.api)));
    assert_eq!(house.get("/.well-known/openid-configuration").await, (200, told.clone()));
    let members = told.as_object().unwrap().iter();
    let endpoints: Vec<_> =
        members.filter(|(name, _)| name.ends_with("_endpoint") || *name == "jwks_uri").collect();
    assert_eq!(endpoints.len(), 8, "{endpoints:?}");
    for (name, url) in endpoints {
        let path = url.as_str().unwrap().strip_prefix(house.api.as_str()).unwrap();
        assert_ne!(house.get(path).await.0, 404, "{name}");
    }
    assert_eq!(told["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(told["authorization_response_iss_parameter_supported"], true);
    assert_eq!(told["client_id_metadata_document_supported"], true);
    assert_eq!(
        told["scopes_supported"],
        json!(["openid", "profile", "email", "roles", "offline_access", "mcp"])
    );
    let methods = json!(["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]);
    assert_eq!(told["token_endpoint_auth_methods_supported"], methods);
}

#[rstest]
#[actix_web::test]
async fn scripts_of_other_sites_call_what_looks_at_no_cookie(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    for (path, open) in [
        ("/oauth/token", true),
        ("/oauth/userinfo", true),
        ("/.well-known/openid-configuration", true),
        ("/.well-known/jwks.json", true),
        ("/oauth/authorize", false),
        ("/oauth/logout", false),
        ("/oauth/introspect", false),
        ("/api/check", false),
        ("/account", false),
    ] {
        for method in ["OPTIONS", "GET", "POST"] {
            let request = house.http.request(method.parse().unwrap(), house.url(path));
            let answer = request.header("origin", "https://spa.example").send().await.unwrap();
            let allowed =
                answer.headers().get("access-control-allow-origin").map(|value| value.to_str().unwrap());
            assert_eq!(allowed, open.then_some("*"), "{method} {path}");
            assert!(!answer.headers().contains_key("access-control-allow-credentials"), "{method} {path}");
        }
    }
}

#[rstest]
#[actix_web::test]
async fn two_secrets_live_at_most_even_when_issued_at_once(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = Rc::new(House::start(backend).await);
    let room = house.room("Acme").await;
    let (one, _) = client(&house, &room.workspace, "app", "https://app.example/cb").await;
    let issuing: Vec<_> = (0..4)
        .map(|_| {
            let (house, one) = (house.clone(), one.clone());
            actix_web::rt::spawn(async move {
                let now = house.state.now();
                house.state.write(move |conn| client_secrets::issue(conn, &one, now)).await.is_ok()
            })
        })
        .collect();
    let mut issued = 0;
    for one in issuing {
        issued += usize::from(one.await.unwrap());
    }
    assert_eq!(issued, 1);
    assert_eq!(house.write(move |conn| client_secrets::list(conn, &one).unwrap().len()).await, 2);
}
