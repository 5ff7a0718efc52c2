//! Clients that authenticate with keys at their `jwks_uri`, at each endpoint with client authentication; and how rarely the keys
//! are fetched.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use josekit::{
    jwk::{Jwk, alg::ec::EcCurve},
    jws::{ES256, JwsHeader, serialize_compact},
};
use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::{
    ids::WorkspaceId,
    sets::{ClientAuth, ClientKind},
};
use vestibule_store::{
    access::secrets,
    oauth::clients::{self, NewClient},
};

use super::{
    SECOND, assert_error,
    flow::{Party, somebody},
    mcp, read, text,
};
use crate::{
    house::execute,
    support::{
        Backend::{self, Postgres, Sqlite},
        House,
    },
};

const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A server that publishes a client's key set.
struct Published {
    url: String,
    set: Arc<Mutex<Value>>,
    asked: Arc<AtomicUsize>,
}

impl Published {
    fn start(set: Value) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/jwks.json", listener.local_addr().unwrap());
        let (set, asked) = (Arc::new(Mutex::new(set)), Arc::new(AtomicUsize::new(0)));
        let published = Self { url, set: set.clone(), asked: asked.clone() };
        let server = actix_web::HttpServer::new(move || {
            let (set, asked) = (set.clone(), asked.clone());
            let serve = move || {
                asked.fetch_add(1, Ordering::SeqCst);
                let said = set.lock().unwrap().clone();
                async move { actix_web::HttpResponse::Ok().json(said) }
            };
            actix_web::App::new().route("/jwks.json", actix_web::web::get().to(serve))
        });
        actix_web::rt::spawn(server.workers(1).listen(listener).unwrap().run());
        published
    }

    fn say(&self, set: Value) {
        *self.set.lock().unwrap() = set;
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn new_key(kid: &str) -> Jwk {
    let mut key = Jwk::generate_ec_key(EcCurve::P256).unwrap();
    key.set_key_id(kid);
    key
}

fn set(keys: &[&Jwk]) -> Value {
    let public = |key: &&Jwk| Value::Object(key.to_public_key().unwrap().as_ref().clone());
    json!({ "keys": keys.iter().map(public).collect::<Vec<_>>() })
}

/// Returns an assertion of this client.
fn assertion(house: &House, client_id: &str, key: &Jwk, audience: &str) -> String {
    let now = house.state.now() / SECOND;
    let jti = secrets::nonce().unwrap();
    let claims = json!({ "iss": client_id, "sub": client_id, "aud": audience, "exp": now + 120, "iat": now, "jti": jti });
    let mut header = JwsHeader::new();
    header.set_key_id(key.key_id().unwrap());
    serialize_compact(claims.to_string().as_bytes(), &header, &ES256.signer_from_jwk(key).unwrap()).unwrap()
}

async fn ask(house: &House, path: &str, assertion: &str, more: &[(&str, &str)]) -> reqwest::Response {
    let mut form = vec![("client_assertion_type", ASSERTION), ("client_assertion", assertion)];
    form.extend(more);
    house.http.post(house.url(path)).form(&form).send().await.unwrap()
}

/// Requests a token by the client credentials grant.
async fn token(house: &House, assertion: &str) -> (u16, Value) {
    read(ask(house, "/oauth/token", assertion, &[("grant_type", "client_credentials")]).await).await
}

async fn service(house: &House, workspace: &WorkspaceId, jwks: &str) -> String {
    let (workspace, jwks, now) = (workspace.to_owned(), jwks.to_owned(), house.state.now());
    house
        .write(move |conn| {
            let new = NewClient {
                name: "Sync",
                auth_method: ClientAuth::PrivateKeyJwt,
                jwks: &jwks,
                scope: "api",
                ..NewClient::new(ClientKind::Service)
            };
            clients::register(conn, &workspace, &new, now).unwrap().0.client_id.into_string()
        })
        .await
}

#[rstest]
#[actix_web::test]
async fn corrupt_keys_are_not_the_fault_of_the_client(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let key = new_key("1");
    let jwks = set(&[&key]).to_string();
    let id = service(&house, &room.workspace, &jwks).await;
    let with = || assertion(&house, &id, &key, &house.api);
    assert_eq!(token(&house, &with()).await.0, 200);
    for broken in ["not even JSON", "1"] {
        let corrupt = format!("UPDATE clients SET jwks = '{broken}' WHERE client_id = '{id}'");
        execute(house.state.database(), &corrupt);
        let (status, body) = token(&house, &with()).await;
        assert_eq!((status, &body["error"]), (503, &json!("temporarily_unavailable")), "{body}");
    }
    let mended = format!("UPDATE clients SET jwks = '{jwks}' WHERE client_id = '{id}'");
    execute(house.state.database(), &mended);
    assert_eq!(token(&house, &with()).await.0, 200);
}

#[rstest]
#[actix_web::test]
async fn a_client_s_keys_are_fetched_kept_and_asked_for_seldom(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (first, second) = (new_key("1"), new_key("2"));
    let published = Published::start(set(&[&first]));
    let id = service(&house, &room.workspace, &published.url).await;
    let with = |key: &Jwk| assertion(&house, &id, key, &house.api);
    for _ in 0..3 {
        assert_eq!(token(&house, &with(&first)).await.0, 200);
    }
    assert_eq!(published.asked(), 1, "kept");
    // Assertions with another fault than the signature cause no fetch of the keys.
    for nonsense in ["x", "a.b.c", &assertion(&house, &id, &second, "https://evil.example")] {
        assert_eq!(token(&house, nonsense).await.0, 401);
    }
    assert_eq!(published.asked(), 1);
    // An unknown key causes one fetch at once, and the next fetch only after a pause.
    published.say(set(&[&first, &second]));
    assert_eq!(token(&house, &with(&second)).await.0, 200);
    assert_eq!(published.asked(), 2);
    for _ in 0..3 {
        assert_error(token(&house, &with(&new_key("3"))).await, 401, "invalid_client");
    }
    assert_eq!(published.asked(), 2);
    house.clock.advance(31 * SECOND);
    assert_error(token(&house, &with(&new_key("3"))).await, 401, "invalid_client");
    assert_eq!(published.asked(), 3);
    // A key that the client removed is refused after ten minutes.
    published.say(set(&[&second]));
    house.clock.advance(600 * SECOND);
    assert_error(token(&house, &with(&first)).await, 401, "invalid_client");
    assert_eq!(token(&house, &with(&second)).await.0, 200);

    // A `jwks_uri` without valid keys authenticates no client and is not fetched again during a pause.
    for wrong in
        [json!({ "keys": [] }), json!([]), json!({ "keys": [Value::Object(first.as_ref().clone())] })]
    {
        let published = Published::start(wrong);
        let id = service(&house, &room.workspace, &published.url).await;
        for _ in 0..3 {
            let refused = token(&house, &assertion(&house, &id, &first, &house.api)).await;
            assert!(
                refused.1["error_description"].as_str().unwrap().contains("jwks_uri gives no keys"),
                "{}",
                refused.1
            );
            assert_error(refused, 401, "invalid_client");
        }
        assert_eq!(published.asked(), 1);
        published.say(set(&[&first]));
        house.clock.advance(31 * SECOND);
        assert_eq!(token(&house, &assertion(&house, &id, &first, &house.api)).await.0, 200);
    }
}

#[rstest]
#[actix_web::test]
async fn it_proves_itself_so_wherever_it_is_asked_who_it_is(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let key = new_key("1");
    let published = Published::start(set(&[&key]));
    for jwks in [published.url.clone(), set(&[&key]).to_string()] {
        let id = service(&house, &room.workspace, &jwks).await;
        let (_, body) = token(&house, &assertion(&house, &id, &key, &house.url("/oauth/token"))).await;
        let access = text(&body, "access_token");
        let introspect = async |assertion: &str| {
            read(ask(&house, "/oauth/introspect", assertion, &[("token", &access)]).await).await
        };
        // RFC 7662 §2.1: an assertion is for one endpoint or for the issuer, and valid once.
        let used = assertion(&house, &id, &key, &house.url("/oauth/introspect"));
        let (status, told) = introspect(&used).await;
        assert_eq!((status, &told["active"], &told["client_id"]), (200, &json!(true), &json!(id)), "{told}");
        assert_error(introspect(&used).await, 401, "invalid_client");
        assert_eq!(introspect(&assertion(&house, &id, &key, &house.api)).await.0, 200);
        for audience in ["/oauth/token", "/oauth/revoke", "/oauth/introspect/"] {
            let refused = introspect(&assertion(&house, &id, &key, &house.url(audience))).await;
            assert_error(refused, 401, "invalid_client");
        }
        assert_error(
            introspect(&assertion(&house, &id, &new_key("1"), &house.api)).await,
            401,
            "invalid_client",
        );

        // RFC 7009 §2.1.
        let revoke = async |assertion: &str| {
            ask(&house, "/oauth/revoke", assertion, &[("token", &access)]).await.status().as_u16()
        };
        assert_eq!(revoke(&assertion(&house, &id, &key, &house.url("/oauth/introspect"))).await, 401);
        assert_eq!(introspect(&assertion(&house, &id, &key, &house.api)).await.1["active"], true);
        assert_eq!(revoke(&assertion(&house, &id, &key, &house.url("/oauth/revoke"))).await, 200);
        assert_eq!(introspect(&assertion(&house, &id, &key, &house.api)).await.1, json!({ "active": false }));
    }
    let (_, told) = house.get("/.well-known/openid-configuration").await;
    for endpoint in ["token", "revocation", "introspection"] {
        let methods = &told[format!("{endpoint}_endpoint_auth_methods_supported")];
        assert!(methods.as_array().unwrap().contains(&json!("private_key_jwt")), "{endpoint} {methods}");
        assert_eq!(
            told[format!("{endpoint}_endpoint_auth_signing_alg_values_supported")],
            json!(["RS256", "ES256"])
        );
    }
    // Introspection needs client authentication.
    assert!(
        !told["introspection_endpoint_auth_methods_supported"].as_array().unwrap().contains(&json!("none"))
    );
}

#[rstest]
#[actix_web::test]
async fn an_mcp_client_names_the_address_of_its_keys(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start_with(backend, &[("OAUTH__REGISTRATION", "true")]).await;
    let room = house.room("Acme").await;
    let browser = somebody(&house, &room).await;
    let key = new_key("1");
    let published = Published::start(set(&[&key]));
    let redirect_uri = house.url("/callback");
    // RFC 7591 §2.
    let (status, body) = mcp::register(&house, json!({
        "client_name": "Inspector", "redirect_uris": [redirect_uri], "token_endpoint_auth_method": "private_key_jwt",
        "jwks_uri": published.url, "id_token_signed_response_alg": "ES256",
    })).await;
    assert_eq!(
        (status, &body["jwks_uri"], body.get("client_secret")),
        (201, &json!(published.url), None),
        "{body}"
    );
    assert_eq!(
        (&body["token_endpoint_auth_method"], &body["id_token_signed_response_alg"]),
        (&json!("private_key_jwt"), &json!("ES256"))
    );
    let registered = text(&body, "client_id");
    // A client id metadata document can name the keys too.
    let (uri, keys) = (redirect_uri.clone(), published.url.clone());
    let described = mcp::publish(move |url| {
        json!({
            "client_id": url, "client_name": "Claude", "redirect_uris": [uri], "token_endpoint_auth_method": "private_key_jwt",
            "jwks_uri": keys,
        })
    });
    for client_id in [registered, described] {
        let tool = Party { client_id: client_id.clone(), secret: None, redirect_uri: redirect_uri.clone() };
        let code = tool.approved(&house, &browser, &[]).await;
        assert_error(tool.exchange(&house, &code).await, 401, "invalid_client");
        let proof = assertion(&house, &client_id, &key, &house.api);
        let more = [("client_assertion_type", ASSERTION), ("client_assertion", proof.as_str())];
        let (status, body) = tool.exchange_with(&house, &code, &more).await;
        assert_eq!(status, 200, "{body}");
    }
    for wrong in [
        json!({ "token_endpoint_auth_method": "private_key_jwt" }),
        json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "http://evil.example/jwks.json" }),
        json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": published.url, "jwks": set(&[&key]) }),
        json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": [] } }),
        json!({ "id_token_signed_response_alg": "none" }),
        json!({ "id_token_signed_response_alg": "HS256" }),
        json!({ "id_token_signed_response_alg": 1 }),
    ] {
        let mut said = wrong.clone();
        said["redirect_uris"] = json!([redirect_uri]);
        assert_error(mcp::register(&house, said).await, 400, "invalid_client_metadata");
    }
}
