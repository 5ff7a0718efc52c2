//! DPoP (RFC 9449): tokens that are bound to a key of the client, from the token endpoint to each resource. The checks of a proof are tested
//! one by one in `crates/web/src/crypto/dpop/tests.rs`.

use std::cell::Cell;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use josekit::{
    jwk::{Jwk, alg::ec::EcCurve},
    jws::{ES256, JwsSigner},
};
use rstest::rstest;
use serde_json::{Value, json};
use vestibule_admin::{
    Actor, Refusal,
    access::clients::{self as admin_clients, ClientChange},
};
use vestibule_core::{ids::ClientId, sets::DpopMode, time::SECOND};
use vestibule_simulator::{Browser, Forgery};
use vestibule_store::{access::secrets, oauth::clients};

use super::{
    assert_error,
    flow::{Party, VERIFIER, somebody},
    id_jag::Scene,
    read, scim, text,
};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

/// A key of a client, and how many proofs it made.
struct Key {
    key: Jwk,
    made: Cell<u64>,
}

impl Key {
    fn generate() -> Self {
        Self { key: Jwk::generate_ec_key(EcCurve::P256).unwrap(), made: Cell::new(0) }
    }

    fn public(&self) -> Value {
        Value::Object(self.key.to_public_key().unwrap().as_ref().clone())
    }

    fn jkt(&self) -> String {
        let public = self.public();
        let member = |name: &str| public[name].as_str().unwrap().to_owned();
        let (x, y) = (member("x"), member("y"));
        secrets::digest(&format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#))
    }

    /// A new proof for a request.
    fn proof(&self, house: &House, method: &str, url: &str, token: Option<&str>) -> String {
        self.made.set(self.made.get() + 1);
        let mut claims = json!({
            "jti": format!("{}", self.made.get()), "htm": method, "htu": url, "iat": house.state.now() / SECOND,
        });
        if let Some(token) = token {
            claims["ath"] = json!(secrets::digest(token));
        }
        let header = json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": self.public() });
        let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let input = format!("{header}.{claims}");
        let signature = ES256.signer_from_jwk(&self.key).unwrap().sign(input.as_bytes()).unwrap();
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn of_token_request(&self, house: &House) -> String {
        self.proof(house, "POST", &format!("{}/oauth/token", house.api), None)
    }
}

async fn set(house: &House, party: &Party, dpop: DpopMode) -> Result<(), Refusal> {
    let (client_id, now) = (ClientId::sent(&party.client_id), house.state.now());
    house
        .write(move |conn| {
            let client = clients::find(conn, &client_id).unwrap().unwrap();
            let change = ClientChange { dpop: Some(dpop), ..ClientChange::default() };
            admin_clients::change(conn, &Actor::cli(now), client, change, true).map(drop)
        })
        .await
}

/// A token request with these proofs.
async fn ask(house: &House, party: &Party, form: &[(&str, &str)], proofs: &[&str]) -> (u16, Value) {
    let mut form = form.to_vec();
    form.push(("client_id", party.client_id.as_str()));
    form.extend(party.secret.as_deref().map(|secret| ("client_secret", secret)));
    let mut request = house.http.post(house.url("/oauth/token")).form(&form);
    for proof in proofs {
        request = request.header("DPoP", *proof);
    }
    read(request.send().await.unwrap()).await
}

async fn exchange(house: &House, party: &Party, code: &str, proofs: &[&str]) -> (u16, Value) {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", party.redirect_uri.as_str()),
        ("code_verifier", VERIFIER),
    ];
    ask(house, party, &form, proofs).await
}

/// The status of userinfo and of the check for a token that is sent in this way.
async fn opens(house: &House, authorization: &str, proof: impl Fn(&str) -> Option<String>) -> [u16; 2] {
    let mut statuses = [0; 2];
    for (status, path) in statuses.iter_mut().zip(["/oauth/userinfo", "/api/check"]) {
        let mut request = house.http.get(house.url(path)).header("authorization", authorization);
        if let Some(proof) = proof(&format!("{}{path}", house.api)) {
            request = request.header("DPoP", proof);
        }
        *status = request.send().await.unwrap().status().as_u16();
    }
    statuses
}

async fn app(backend: Backend, method: &'static str) -> (House, Room, Party, Browser) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let app = Party::register(&house, &room.workspace, "app", method).await;
    let browser = somebody(&house, &room).await;
    (house, room, app, browser)
}

#[rstest]
#[actix_web::test]
async fn a_bound_token_opens_nothing_without_its_key(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, _, app, browser) = app(backend, "client_secret").await;
    set(&house, &app, DpopMode::Required).await.unwrap();
    let (key, other) = (Key::generate(), Key::generate());
    let code = app.code(&house, &browser, &[("scope", "openid")]).await;
    let (status, body) = exchange(&house, &app, &code, &[&key.of_token_request(&house)]).await;
    assert_eq!((status, &body["token_type"]), (200, &json!("DPoP")), "{body}");
    let token = text(&body, "access_token");
    let (_, said) = app.ask_at(&house, "/oauth/introspect", &[("token", &token)]).await;
    assert_eq!((&said["token_type"], &said["cnf"]), (&json!("DPoP"), &json!({ "jkt": key.jkt() })));

    let by_dpop = format!("DPoP {token}");
    let proof = |url: &str| Some(key.proof(&house, "GET", url, Some(&token)));
    assert_eq!(opens(&house, &by_dpop, proof).await, [200, 200]);
    assert_eq!(opens(&house, &format!("Bearer {token}"), |_| None).await, [401, 401]);
    assert_eq!(opens(&house, &format!("Bearer {token}"), proof).await, [401, 401]);
    assert_eq!(opens(&house, &by_dpop, |_| None).await, [401, 401], "no proof");
    let refused: [&dyn Fn(&str) -> String; 4] = [
        &|url| other.proof(&house, "GET", url, Some(&token)),
        &|url| key.proof(&house, "GET", url, None),
        &|url| key.proof(&house, "GET", url, Some("another")),
        &|url| key.proof(&house, "POST", url, Some(&token)),
    ];
    for (row, proof) in refused.iter().enumerate() {
        assert_eq!(opens(&house, &by_dpop, |url| Some(proof(url))).await, [401, 401], "{row}");
    }
    // A proof counts once.
    let url = format!("{}/oauth/userinfo", house.api);
    let once = key.proof(&house, "GET", &url, Some(&token));
    for expected in [200, 401] {
        let request = house.http.get(&url).header("authorization", &by_dpop).header("DPoP", &once);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), expected);
        if expected == 401 {
            let challenge = response.headers()["www-authenticate"].to_str().unwrap().to_owned();
            assert!(challenge.starts_with("DPoP error=\"invalid_dpop_proof\""), "{challenge}");
        }
    }
    // A bearer token is no bound one.
    set(&house, &app, DpopMode::Off).await.unwrap();
    let token = text(&app.tokens(&house, &browser, "openid").await, "access_token");
    let proof = |url: &str| Some(key.proof(&house, "GET", url, Some(&token)));
    assert_eq!(opens(&house, &format!("DPoP {token}"), proof).await, [401, 401]);
    assert_eq!(opens(&house, &format!("Bearer {token}"), |_| None).await, [200, 200]);
}

#[rstest]
#[actix_web::test]
async fn the_switch_says_whether_a_proof_counts(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, app, browser) = app(backend, "client_secret").await;
    let key = Key::generate();
    let wrong = key.proof(&house, "GET", &format!("{}/oauth/token", house.api), None);
    let used = key.of_token_request(&house);
    let code = async || app.code(&house, &browser, &[("scope", "openid")]).await;
    for (mode, proofs, expected) in [
        (DpopMode::Off, vec![], Ok("Bearer")),
        (DpopMode::Off, vec![wrong.as_str()], Ok("Bearer")),
        (DpopMode::Optional, vec![], Ok("Bearer")),
        (DpopMode::Optional, vec![&used], Ok("DPoP")),
        (DpopMode::Optional, vec![&used], Err("invalid_dpop_proof")),
        (DpopMode::Optional, vec![&wrong], Err("invalid_dpop_proof")),
        (DpopMode::Required, vec![], Err("invalid_dpop_proof")),
        (DpopMode::Required, vec!["nonsense"], Err("invalid_dpop_proof")),
        (DpopMode::Required, vec![&wrong, &used], Err("invalid_dpop_proof")),
    ] {
        set(&house, &app, mode).await.unwrap();
        let answer = exchange(&house, &app, &code().await, &proofs).await;
        match expected {
            Ok(kind) => {
                assert_eq!((answer.0, &answer.1["token_type"]), (200, &json!(kind)), "{mode} {answer:?}");
            }
            Err(error) => assert_error(answer, 400, error),
        }
    }
    let algorithms = async || {
        let (_, document) = house.get("/.well-known/oauth-authorization-server").await;
        document["dpop_signing_alg_values_supported"].clone()
    };
    assert_eq!(algorithms().await, json!(["RS256", "ES256"]));
    set(&house, &app, DpopMode::Off).await.unwrap();
    assert_eq!(algorithms().await, Value::Null);
    let okta = Party::register(&house, &room.workspace, "scim", "client_secret").await;
    assert!(matches!(set(&house, &okta, DpopMode::Required).await, Err(Refusal::Field(..))));
}

#[rstest]
#[actix_web::test]
async fn refresh_tokens_of_public_clients_are_bound(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, _, app, browser) = app(backend, "none").await;
    set(&house, &app, DpopMode::Optional).await.unwrap();
    let (key, other) = (Key::generate(), Key::generate());
    let code = app.code(&house, &browser, &[("scope", "openid")]).await;
    let (_, body) = exchange(&house, &app, &code, &[&key.of_token_request(&house)]).await;
    let refresh = text(&body, "refresh_token");
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
    assert_error(ask(&house, &app, &form, &[]).await, 400, "invalid_grant");
    assert_error(ask(&house, &app, &form, &[&other.of_token_request(&house)]).await, 400, "invalid_grant");
    let (status, body) = ask(&house, &app, &form, &[&key.of_token_request(&house)]).await;
    assert_eq!((status, &body["token_type"]), (200, &json!("DPoP")), "{body}");
    // A thief without the key does not end the grant by using the old one.
    house.clock.advance(3600 * SECOND);
    assert_error(ask(&house, &app, &form, &[&other.of_token_request(&house)]).await, 400, "invalid_grant");
    let next = text(&body, "refresh_token");
    let form = [("grant_type", "refresh_token"), ("refresh_token", next.as_str())];
    assert_eq!(ask(&house, &app, &form, &[&key.of_token_request(&house)]).await.0, 200);
}

#[rstest]
#[actix_web::test]
async fn a_code_may_be_bound_at_the_start(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, _, app, browser) = app(backend, "client_secret").await;
    set(&house, &app, DpopMode::Optional).await.unwrap();
    let (key, other) = (Key::generate(), Key::generate());
    let jkt = key.jkt();
    let code = async || app.code(&house, &browser, &[("scope", "openid"), ("dpop_jkt", &jkt)]).await;
    for proofs in [vec![], vec![other.of_token_request(&house)]] {
        let proofs: Vec<&str> = proofs.iter().map(String::as_str).collect();
        assert_error(exchange(&house, &app, &code().await, &proofs).await, 400, "invalid_grant");
    }
    let (status, body) = exchange(&house, &app, &code().await, &[&key.of_token_request(&house)]).await;
    assert_eq!(status, 200, "{body}");
    let page = app.visit(&house, &browser, &[("scope", "openid"), ("dpop_jkt", "short")]).await;
    assert_eq!(page.query("error").as_deref(), Some("invalid_request"));
}

#[rstest]
#[actix_web::test]
async fn behind_a_proxy_a_proof_names_the_products_own_url(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, _, app, browser) = app(backend, "client_secret").await;
    set(&house, &app, DpopMode::Required).await.unwrap();
    let key = Key::generate();
    let code = app.code(&house, &browser, &[("scope", "openid")]).await;
    let (_, body) = exchange(&house, &app, &code, &[&key.of_token_request(&house)]).await;
    let token = text(&body, "access_token");
    let check = async |uri: &str, proof: &str| {
        let request =
            house.http.get(house.url("/api/check")).header("authorization", format!("DPoP {token}"));
        let request = request.header("X-Forwarded-Method", "PUT").header("X-Forwarded-Proto", "https");
        let request = request.header("X-Forwarded-Host", "app.example").header("X-Forwarded-Uri", uri);
        request.header("DPoP", proof).send().await.unwrap().status().as_u16()
    };
    let proof = || key.proof(&house, "PUT", "https://app.example/files", Some(&token));
    assert_eq!(check("/files?x=1", &proof()).await, 200);
    assert_eq!(check("/other", &proof()).await, 401);
    let of_check = key.proof(&house, "GET", &format!("{}/api/check", house.api), Some(&token));
    assert_eq!(check("/files", &of_check).await, 401);
}

#[rstest]
#[actix_web::test]
async fn machines_jwts_and_agents_have_bound_tokens_too(#[values(Sqlite, Postgres)] backend: Backend) {
    let scene = Scene::set(backend).await;
    let (house, room, key) = (&scene.house, &scene.room, Key::generate());
    // An agent, by an assertion of Okta.
    set(house, &scene.agent, DpopMode::Required).await.unwrap();
    let assertion = scene.assertion(&Forgery::new());
    let grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    let form = [("grant_type", grant), ("assertion", assertion.as_str())];
    assert_error(ask(house, &scene.agent, &form, &[]).await, 400, "invalid_dpop_proof");
    let (status, body) = ask(house, &scene.agent, &form, &[&key.of_token_request(house)]).await;
    assert_eq!((status, &body["token_type"]), (200, &json!("DPoP")), "{body}");
    assert_eq!(scene.introspect(&text(&body, "access_token")).await["cnf"]["jkt"], key.jkt().as_str());
    // A machine, whose bound token is none for provisioning.
    let service = Party::register(house, &room.workspace, "service", "client_secret").await;
    let client_id = ClientId::sent(&service.client_id);
    house
        .write(move |conn| {
            let client = clients::find(conn, &client_id).unwrap().unwrap();
            clients::set_scope(conn, &client, "scim.read").unwrap();
        })
        .await;
    set(house, &service, DpopMode::Optional).await.unwrap();
    let form = [("grant_type", "client_credentials")];
    let (_, bearer) = ask(house, &service, &form, &[]).await;
    assert_eq!(scim(house, room, &text(&bearer, "access_token")).await, 200);
    let (_, bound) = ask(house, &service, &form, &[&key.of_token_request(house)]).await;
    assert_eq!(bound["token_type"], "DPoP");
    assert_eq!(scim(house, room, &text(&bound, "access_token")).await, 401);
    // A JWT.
    let app = Party::register(house, &room.workspace, "app", "client_secret").await;
    app.set_tokens(house, Some(60), "RS256").await;
    set(house, &app, DpopMode::Required).await.unwrap();
    let browser = somebody(house, room).await;
    let code = app.code(house, &browser, &[("scope", "openid")]).await;
    let (_, body) = exchange(house, &app, &code, &[&key.of_token_request(house)]).await;
    let compact = text(&body, "access_token");
    let claims =
        vestibule_web::crypto::signing::read(&house.state, "at+jwt", &compact).await.unwrap().unwrap();
    assert_eq!(claims["cnf"], json!({ "jkt": key.jkt() }));
    let proof = |url: &str| Some(key.proof(house, "GET", url, Some(&compact)));
    assert_eq!(opens(house, &format!("DPoP {compact}"), proof).await, [200, 200]);
    assert_eq!(opens(house, &format!("Bearer {compact}"), |_| None).await, [401, 401]);
}
