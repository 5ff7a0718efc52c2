//! The token endpoint, the ID token, the keys, and each fault.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use josekit::{jwk::Jwk, jws::RS256, jwt};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use vestibule_simulator::{App, Browser, Misbehavior, Okta, Person, Style, read_unverified};

use crate::{CALLBACK, ada, app, org, sign_in::authorize_url};

const VERIFIER: &str = "a-verifier-of-at-least-forty-three-letters-1234";

struct Scene {
    okta: Okta,
    app: App,
    ada: Person,
    http: reqwest::Client,
}

impl Scene {
    fn new() -> Self {
        let okta = org();
        let app = app(&okta, CALLBACK, Style::Catalog);
        let ada = ada(&okta);
        okta.assign_quietly(&app, &ada);
        Self { okta, app, ada, http: client() }
    }

    /// A code for a new sign-in. No server listens at the callback, so the code is read from the redirect.
    async fn code(&self) -> String {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
        let more = [("code_challenge", challenge.as_str()), ("code_challenge_method", "S256")];
        let browser = Browser::new().unwrap();
        let url = authorize_url(&self.okta, &self.app.client_id, CALLBACK, &more);
        let form = browser.get(&url).await.unwrap().form_with_field("identifier").unwrap();
        let fields = [
            ("transaction", form.value("transaction").unwrap()),
            ("identifier", &self.ada.login),
            ("password", &self.ada.password),
        ];
        let answer = self.http.post(self.url("/signin")).form(&fields).send().await.unwrap();
        let target = url::Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
        target.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned()
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.okta.issuer())
    }

    async fn redeem(&self, code: &str, verifier: &str, secret: &str) -> (u16, Value) {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", verifier),
        ];
        let request = self.http.post(self.url("/oauth2/v1/token"));
        let answer =
            request.basic_auth(&self.app.client_id, Some(secret)).form(&fields).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    async fn tokens(&self) -> Value {
        let code = self.code().await;
        let (status, body) = self.redeem(&code, VERIFIER, &self.app.client_secret).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    async fn keys(&self) -> Vec<Value> {
        let answer = self.http.get(self.url("/oauth2/v1/keys")).send().await.unwrap();
        assert!(answer.headers()["cache-control"].to_str().unwrap().contains("max-age="));
        answer.json::<Value>().await.unwrap()["keys"].as_array().unwrap().clone()
    }

    async fn verifies(&self, token: &str) -> bool {
        let (header, _) = read_unverified(token).unwrap();
        let keys = self.keys().await;
        let Some(key) = keys.iter().find(|key| key["kid"] == header["kid"]) else { return false };
        let verifier =
            RS256.verifier_from_jwk(&Jwk::from_map(key.as_object().unwrap().clone()).unwrap()).unwrap();
        jwt::decode_with_verifier(token, &verifier).is_ok()
    }
}

#[expect(clippy::disallowed_methods, reason = "a test's own client")]
fn client() -> reqwest::Client {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

#[tokio::test]
async fn an_id_token_has_oktas_claims() {
    let scene = Scene::new();
    let tokens = scene.tokens().await;
    let (header, claims) = read_unverified(tokens["id_token"].as_str().unwrap()).unwrap();
    assert_eq!(header["alg"], "RS256");
    let names: Vec<_> = claims.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "sub",
        "ver",
        "iss",
        "aud",
        "iat",
        "exp",
        "jti",
        "amr",
        "idp",
        "nonce",
        "auth_time",
        "at_hash",
        "name",
        "preferred_username",
        "email",
    ];
    assert_eq!(names, expected);
    assert_eq!(claims["sub"], scene.ada.id);
    assert_eq!(claims["iss"], scene.okta.issuer());
    assert_eq!(claims["aud"], scene.app.client_id);
    assert_eq!(claims["nonce"], "nonce-1");
    assert!(claims["jti"].as_str().unwrap().starts_with("ID."));
    assert!(claims["idp"].as_str().unwrap().starts_with("00o"));
    let access_token = tokens["access_token"].as_str().unwrap();
    assert_eq!(claims["at_hash"], URL_SAFE_NO_PAD.encode(&Sha256::digest(access_token)[..16]));
    assert!(scene.verifies(tokens["id_token"].as_str().unwrap()).await);

    let request = scene.http.get(scene.url("/oauth2/v1/userinfo")).bearer_auth(access_token);
    let info: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!((&info["sub"], &info["given_name"]), (&json!(scene.ada.id), &json!("Ada")));
    let refused = scene.http.get(scene.url("/oauth2/v1/userinfo")).bearer_auth("x").send().await.unwrap();
    assert_eq!(refused.status(), 401);
}

#[tokio::test]
async fn a_code_is_good_once_for_its_client_and_verifier() {
    let scene = Scene::new();
    let secret = scene.app.client_secret.clone();
    let code = scene.code().await;
    assert_eq!(scene.redeem(&code, VERIFIER, "wrong").await.0, 401);
    assert_eq!(scene.redeem(&code, VERIFIER, &secret).await.0, 200);
    let (status, body) = scene.redeem(&code, VERIFIER, &secret).await;
    assert_eq!((status, &body["error"]), (400, &json!("invalid_grant")));

    let code = scene.code().await;
    let (status, body) = scene.redeem(&code, "another", &secret).await;
    assert_eq!((status, &body["error_description"]), (400, &json!("PKCE verification failed.")));

    let code = scene.code().await;
    scene.okta.move_clock(300);
    assert_eq!(scene.redeem(&code, VERIFIER, &secret).await.0, 400);
}

#[tokio::test]
async fn the_client_may_put_its_secret_into_the_body() {
    let scene = Scene::new();
    let code = scene.code().await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
        ("client_id", &scene.app.client_id),
        ("client_secret", &scene.app.client_secret),
    ];
    let answer = scene.http.post(scene.url("/oauth2/v1/token")).form(&fields).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn keys_rotate_and_are_forgotten() {
    let scene = Scene::new();
    let old = scene.tokens().await["id_token"].as_str().unwrap().to_owned();
    let kid = scene.okta.rotate_keys().unwrap();
    assert_eq!(scene.keys().await.len(), 2);
    let new = scene.tokens().await["id_token"].as_str().unwrap().to_owned();
    assert_eq!(read_unverified(&new).unwrap().0["kid"], kid);
    assert!(scene.verifies(&old).await && scene.verifies(&new).await);
    scene.okta.forget_old_keys();
    assert!(!scene.verifies(&old).await && scene.verifies(&new).await);
    assert!(scene.keys().await[0].get("d").is_none());
}

#[tokio::test]
async fn each_misbehavior_spoils_one_token() {
    let scene = Scene::new();
    type Spoiled = fn(&Value, &Value) -> bool;
    let table: [(Misbehavior, bool, Spoiled); 23] = [
        (Misbehavior::WrongNonce, true, |_, claims| claims["nonce"] != "nonce-1"),
        (Misbehavior::NoNonce, true, |_, claims| claims.get("nonce").is_none()),
        (Misbehavior::WrongAudience, true, |_, claims| claims["aud"].as_str().unwrap().starts_with("0oa")),
        (Misbehavior::ManyAudiences, true, |_, claims| claims["aud"].is_array()),
        (Misbehavior::WrongIssuer, true, |_, claims| claims["iss"] == "https://elsewhere.okta.example"),
        (Misbehavior::Expired, true, |_, claims| claims["exp"].as_i64() < claims["iat"].as_i64()),
        (Misbehavior::NoSubject, true, |_, claims| claims.get("sub").is_none()),
        (Misbehavior::TypAccessToken, true, |header, _| header["typ"] == "at+jwt"),
        (Misbehavior::Critical, false, |header, _| header["crit"].is_array()),
        (Misbehavior::AudienceList, true, |_, claims| claims["aud"].as_array().unwrap().len() == 1),
        (Misbehavior::NoExpiry, true, |_, claims| claims.get("exp").is_none()),
        (Misbehavior::NoIssuedAt, true, |_, claims| claims.get("iat").is_none()),
        (Misbehavior::NotYetValid, true, |_, claims| claims["nbf"].as_i64() > claims["iat"].as_i64()),
        (Misbehavior::ForeignAzp, true, |_, claims| claims["azp"] != claims["aud"]),
        (Misbehavior::BadCHash, true, |_, claims| claims["c_hash"].is_string()),
        (Misbehavior::SessionOver, true, |_, claims| {
            claims["session_expiry"].as_i64() < claims["iat"].as_i64()
        }),
        (Misbehavior::TwiceInPayload, true, |_, claims| claims["sub"].is_string()),
        (Misbehavior::ForeignJwk, false, |header, _| header["jwk"]["kty"] == "RSA"),
        (Misbehavior::ForeignJku, false, |header, _| header["jku"].is_string()),
        (Misbehavior::AlgNone, false, |header, _| header["alg"] == "none"),
        (Misbehavior::Hs256, false, |header, _| header["alg"] == "HS256"),
        (Misbehavior::UnknownKid, false, |header, _| header["alg"] == "RS256"),
        (Misbehavior::ForeignKey, false, |header, _| header["alg"] == "RS256"),
    ];
    for (misbehavior, verifies, spoiled) in table {
        scene.okta.tamper(misbehavior);
        let tokens = scene.tokens().await;
        let token = tokens["id_token"].as_str().unwrap();
        let (header, claims) = read_unverified(token).unwrap();
        assert!(spoiled(&header, &claims), "{misbehavior:?}: {header} {claims}");
        assert_eq!(scene.verifies(token).await, verifies, "{misbehavior:?}");
    }
    let honest = scene.tokens().await;
    assert_eq!(read_unverified(honest["id_token"].as_str().unwrap()).unwrap().1["nonce"], "nonce-1");
}

#[tokio::test]
async fn the_other_misbehavior_goes_round_the_token() {
    let scene = Scene::new();
    scene.okta.tamper(Misbehavior::BadAtHash);
    let tokens = scene.tokens().await;
    let digest = Sha256::digest(tokens["access_token"].as_str().unwrap());
    let claims = read_unverified(tokens["id_token"].as_str().unwrap()).unwrap().1;
    assert_ne!(claims["at_hash"], URL_SAFE_NO_PAD.encode(&digest[..16]));

    scene.okta.tamper(Misbehavior::NoIdToken);
    assert!(scene.tokens().await.get("id_token").is_none());

    scene.okta.tamper(Misbehavior::WrongUserinfoSub);
    let tokens = scene.tokens().await;
    let token = tokens["access_token"].as_str().unwrap();
    let request = scene.http.get(scene.url("/oauth2/v1/userinfo")).bearer_auth(token);
    assert_ne!(request.send().await.unwrap().json::<Value>().await.unwrap()["sub"], scene.ada.id);

    scene.okta.tamper(Misbehavior::ServerError);
    let code = scene.code().await;
    assert_eq!(scene.redeem(&code, VERIFIER, &scene.app.client_secret).await.0, 500);
}

#[tokio::test]
async fn signing_out_needs_a_hint_and_a_registered_way_back() {
    let scene = Scene::new();
    let back = "http://127.0.0.1:9/bye";
    let mut settings = scene.app.settings.clone();
    settings.post_logout_redirect_uris.push(back.to_owned());
    scene.okta.update_app(&scene.app, settings);
    let tokens = scene.tokens().await;
    let hint = ("id_token_hint", tokens["id_token"].as_str().unwrap());
    let get = async |query: &[(&str, &str)]| {
        scene.http.get(scene.url("/oauth2/v1/logout")).query(query).send().await.unwrap()
    };
    assert_eq!(get(&[]).await.status(), 400);
    assert_eq!(get(&[hint]).await.status(), 200);
    assert_eq!(get(&[hint, ("post_logout_redirect_uri", "http://127.0.0.1:9/else")]).await.status(), 400);
    let answer = get(&[hint, ("post_logout_redirect_uri", back), ("state", "s")]).await;
    assert_eq!(answer.headers()["location"], "http://127.0.0.1:9/bye?state=s");
    let cleared = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(cleared.contains("Max-Age=0"), "{cleared}");
}

#[tokio::test]
async fn discovery_says_what_oktas_says() {
    let scene = Scene::new();
    for path in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"] {
        let found: Value = scene.http.get(scene.url(path)).send().await.unwrap().json().await.unwrap();
        assert_eq!(found["issuer"], scene.okta.issuer());
        assert_eq!(found["code_challenge_methods_supported"], json!(["S256"]));
        assert!(found.get("authorization_response_iss_parameter_supported").is_none());
    }
}
