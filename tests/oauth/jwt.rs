//! JWT access tokens (RFC 9068): their claims, that they end like opaque tokens at every endpoint of the service, and that no
//! other JWT is accepted as one.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rstest::rstest;
use serde_json::{Map, Value, json};
use vestibule_core::{
    ids::{self, ClientId},
    sets::ClientKind,
};
use vestibule_simulator::SubjectFormat;
use vestibule_store::{
    access::secrets,
    oauth::clients::{self, NewClient},
};
use vestibule_web::crypto::signing::{self, Algorithm};

use super::{
    SECOND,
    flow::{Party, id_token, somebody, userinfo},
    text, tokens as scim_tokens,
};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room, answer,
};

const RESOURCE: &str = "https://reports.example/api";

/// Starts a house with a room, an app whose access tokens are JWTs, and a signed-in browser.
async fn furnished(backend: Backend) -> (House, Room, Party, vestibule_simulator::Browser) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    app.set_tokens(&house, Some(300), "RS256").await;
    let browser = somebody(&house, &room).await;
    (house, room, app, browser)
}

async fn introspect(house: &House, app: &Party, token: &str) -> Value {
    let request = house.http.post(house.url("/oauth/introspect")).form(&[("token", token)]);
    answer(request.basic_auth(&app.client_id, app.secret.as_deref())).await.1
}

async fn read(house: &House, compact: &str) -> Option<Map<String, Value>> {
    signing::read(&house.state, "at+jwt", compact).await.unwrap()
}

/// Returns whether userinfo, forward auth and introspection accept the token.
async fn opens(house: &House, room: &Room, app: &Party, token: &str) -> [bool; 3] {
    [
        userinfo(house, token).await.0 == 200,
        room.check_token(token).await == 200,
        introspect(house, app, token).await["active"] == true,
    ]
}

#[rstest]
#[actix_web::test]
async fn it_says_who_for_whom_and_until_when(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, app, browser) = furnished(backend).await;
    let body = app.tokens(&house, &browser, "openid email").await;
    assert_eq!(body["expires_in"], 300);
    let access = text(&body, "access_token");
    let claims = Value::Object(read(&house, &access).await.expect("ours"));
    let identity = id_token(&house, &body).await;
    for (name, value) in [
        ("iss", json!(house.api)),
        ("aud", json!(house.api)),
        ("client_id", json!(app.client_id)),
        ("scope", json!("openid email")),
        ("team_id", json!(room.workspace)),
        ("roles", json!(["admin"])),
        ("entitlements", json!([])),
        ("epoch", json!(1)),
    ] {
        assert_eq!(claims[name], value, "{name}");
    }
    for name in ["sub", "sid", "auth_time", "iat"] {
        assert_eq!((claims[name].is_null(), &claims[name]), (false, &identity[name]), "{name}");
    }
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 300);
    let digest = URL_SAFE_NO_PAD.decode(secrets::digest(&access)).unwrap();
    let half = URL_SAFE_NO_PAD.encode(&digest[..16]);
    assert_eq!(identity["at_hash"], half, "of the JWT itself");
    let told = introspect(&house, &app, &access).await;
    assert_eq!((&told["jti"], &told["exp"]), (&claims["jti"], &claims["exp"]), "{told}");
    assert_eq!(opens(&house, &room, &app, &access).await, [true; 3]);

    // RFC 9068 §3, RFC 8707 §2.2: the token is for the requested resource and for nothing else.
    let code = app.code(&house, &browser, &[("scope", "openid"), ("resource", RESOURCE)]).await;
    let (_, body) = app.exchange(&house, &code).await;
    let access = text(&body, "access_token");
    assert_eq!(read(&house, &access).await.unwrap()["aud"], RESOURCE);
    assert_eq!(room.check_token(&access).await, 401, "it is for another server");

    // A refreshed token is a JWT too; after switching JWTs off, new tokens are opaque, and issued JWTs stay valid.
    let (_, renewed) = app.renew(&house, &text(&body, "refresh_token")).await;
    assert!(read(&house, &text(&renewed, "access_token")).await.is_some());
    app.set_tokens(&house, None, "RS256").await;
    let (_, renewed) = app.renew(&house, &text(&renewed, "refresh_token")).await;
    assert!(text(&renewed, "access_token").starts_with("vat_"), "{renewed}");
    assert_eq!(introspect(&house, &app, &access).await["active"], true);
}

#[rstest]
#[actix_web::test]
async fn it_ends_like_any_other_wherever_we_are_asked(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, app, browser) = furnished(backend).await;
    let body = app.tokens(&house, &browser, "openid offline_access").await;
    let (access, refresh) = (text(&body, "access_token"), text(&body, "refresh_token"));
    let revoke = async |token: &str| {
        let request = house.http.post(house.url("/oauth/revoke")).form(&[("token", token)]);
        answer(request.basic_auth(&app.client_id, app.secret.as_deref())).await.0
    };
    // RFC 7009: revoking the access token, then revoking its grant.
    let other = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let request = house.http.post(house.url("/oauth/revoke")).form(&[("token", &access)]);
    assert_eq!(answer(request.basic_auth(&other.client_id, other.secret.as_deref())).await.0, 200);
    assert_eq!(opens(&house, &room, &app, &access).await, [true; 3], "not the other's to end");
    assert_eq!(revoke(&access).await, 200);
    assert_eq!(opens(&house, &room, &app, &access).await, [false; 3]);
    let (_, body) = app.renew(&house, &refresh).await;
    let (access, refresh) = (text(&body, "access_token"), text(&body, "refresh_token"));
    assert_eq!(opens(&house, &room, &app, &access).await, [true; 3]);
    assert_eq!(revoke(&refresh).await, 200);
    assert_eq!(opens(&house, &room, &app, &access).await, [false; 3]);

    // The token expires.
    let access = text(&app.tokens(&house, &browser, "openid").await, "access_token");
    house.clock.advance(270 * SECOND);
    assert_eq!(opens(&house, &room, &app, &access).await, [true; 3]);
    house.clock.advance(30 * SECOND);
    assert_eq!(opens(&house, &room, &app, &access).await, [false; 3]);

    // The session ends.
    let access = text(&app.tokens(&house, &browser, "openid").await, "access_token");
    let lasting = text(&app.tokens(&house, &browser, "openid offline_access").await, "access_token");
    let page = browser.get(&house.url("/account")).await.unwrap();
    browser.press(&page, "Sign out", &[]).await.unwrap();
    assert_eq!(opens(&house, &room, &app, &access).await, [false; 3]);
    assert_eq!(opens(&house, &room, &app, &lasting).await, [true; 3]);

    // The person's access ends: the next request is refused, although the signature is valid for minutes.
    let person = room.okta.people().into_iter().next().unwrap();
    room.okta.universal_logout(&room.app, &person, SubjectFormat::Email).await.unwrap();
    assert_eq!(opens(&house, &room, &app, &lasting).await, [false; 3]);
    assert!(read(&house, &lasting).await.is_some());
}

#[rstest]
#[actix_web::test]
async fn nothing_else_is_taken_for_one(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, app, browser) = furnished(backend).await;
    let body = app.tokens(&house, &browser, "openid").await;
    let access = text(&body, "access_token");
    assert_eq!(opens(&house, &room, &app, &access).await, [true; 3]);
    let claims = read(&house, &access).await.unwrap();
    let sign = async |algorithm: Algorithm, typ: &str, changes: &[(&str, Value)]| {
        let mut claims = claims.clone();
        for (name, value) in changes {
            claims.insert((*name).to_owned(), value.clone());
        }
        signing::sign(&house.state, algorithm, typ, &claims).await.unwrap()
    };
    let parts: Vec<&str> = access.split('.').collect();
    let headed = |header: Value, signature: &str| {
        format!("{}.{}.{signature}", URL_SAFE_NO_PAD.encode(header.to_string()), parts[1])
    };
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[0]).unwrap()).unwrap();
    assert_eq!((&header["typ"], &header["alg"]), (&json!("at+jwt"), &json!("RS256")));
    let kid = header["kid"].clone();
    // Signs with the public key as an HMAC secret (RFC 8725 §2.1).
    let (_, set) = house.get("/.well-known/jwks.json").await;
    let hmac = {
        let key = josekit::jwk::Jwk::from_bytes(set["keys"][0].to_string()).unwrap();
        let secret = key.parameter("n").map(Value::to_string).unwrap_or_else(|| set.to_string());
        let mut header = josekit::jws::JwsHeader::new();
        header.set_token_type("at+jwt");
        header.set_key_id(kid.as_str().unwrap());
        let signer = josekit::jws::HS256.signer_from_bytes(secret.as_bytes()).unwrap();
        josekit::jws::serialize_compact(
            Value::Object(claims.clone()).to_string().as_bytes(),
            &header,
            &signer,
        )
        .unwrap()
    };
    for (what, token) in [
        ("an ID token", text(&body, "id_token")),
        ("another typ", sign(Algorithm::Rs256, "JWT", &[]).await),
        ("a logout token", sign(Algorithm::Rs256, "logout+jwt", &[]).await),
        ("another issuer", sign(Algorithm::Rs256, "at+jwt", &[("iss", json!("https://evil.example"))]).await),
        ("one that has run out", sign(Algorithm::Rs256, "at+jwt", &[("exp", json!(1))]).await),
        ("one without end", sign(Algorithm::Rs256, "at+jwt", &[("exp", Value::Null)]).await),
        ("one never given", sign(Algorithm::Rs256, "at+jwt", &[("jti", json!(ids::new(1)))]).await),
        ("another workspace", sign(Algorithm::Rs256, "at+jwt", &[("team_id", json!(ids::new(1)))]).await),
        ("alg none", headed(json!({ "alg": "none", "typ": "at+jwt", "kid": kid }), "")),
        ("alg none, signed", headed(json!({ "alg": "none", "typ": "at+jwt", "kid": kid }), parts[2])),
        ("alg HS256", headed(json!({ "alg": "HS256", "typ": "at+jwt", "kid": kid }), parts[2])),
        ("HMAC by the public key", hmac),
        ("alg ES256", headed(json!({ "alg": "ES256", "typ": "at+jwt", "kid": kid }), parts[2])),
        ("no kid", headed(json!({ "alg": "RS256", "typ": "at+jwt" }), parts[2])),
        ("its client_id alone", claims["jti"].as_str().unwrap().to_owned()),
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        ("nonsense", "eyJ.eyJ.x".to_owned()),
    ] {
        assert_eq!(opens(&house, &room, &app, &token).await, [false; 3], "{what}");
    }
    // A token that our other key signed is accepted, because its row decides.
    assert_eq!(opens(&house, &room, &app, &sign(Algorithm::Es256, "at+jwt", &[]).await).await, [true; 3]);

    // It is no ID token: with it as a hint, the sign-out needs a confirmation.
    let page = browser.get(&house.url(&format!("/oauth/logout?id_token_hint={access}"))).await.unwrap();
    assert!(page.form_with_button("Sign out").is_ok(), "{}", page.text());
    assert_eq!(room.check(&browser).await, 200);
}

#[rstest]
#[actix_web::test]
async fn only_apps_are_given_one(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let browser = somebody(&house, &room).await;
    let tool = Party::register(&house, &ids::DEPLOYMENT, "mcp", "none").await;
    tool.set_tokens(&house, Some(300), "RS256").await;
    let code = tool.approved(&house, &browser, &[]).await;
    let (status, body) = tool.exchange(&house, &code).await;
    assert_eq!((status, &body["expires_in"]), (200, &json!(3600)), "{body}");
    assert!(text(&body, "access_token").starts_with("vat_"));
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    let new = NewClient {
        name: "Sync",
        scope: "api",
        jwt_seconds: Some(300),
        ..NewClient::new(ClientKind::Service)
    };
    let (service, secret) =
        house.write(move |conn| clients::register(conn, &workspace, &new, now).unwrap()).await;
    let service = Party { client_id: service.client_id.into_string(), secret, redirect_uri: String::new() };
    let (status, body) = service.ask(&house, &[("grant_type", "client_credentials")]).await;
    assert_eq!((status, &body["expires_in"]), (200, &json!(3600)), "{body}");
    assert!(text(&body, "access_token").starts_with("vat_"));
    // Okta's SCIM client still gets opaque tokens.
    let id = room.client.clone();
    house
        .write(move |conn| {
            let scim = clients::find(conn, &ClientId::sent(&id)).unwrap().unwrap();
            clients::set_tokens(conn, &scim, Some(300), Algorithm::Rs256).unwrap();
        })
        .await;
    assert!(scim_tokens(&house, &room, &browser).await.0.starts_with("vat_"));
}
