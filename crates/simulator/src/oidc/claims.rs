//! The ID token (facts §5.5): its claims in order, and the faults ([`Misbehavior`]) that change them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use josekit::JoseError;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{
    issued::{Code, TOKEN_LIFETIME},
    misbehavior::Misbehavior,
};
use crate::{
    directory::{App, Person},
    org::Org,
    support::{
        jwt::{self, Seal},
        keys::SigningKey,
        random,
    },
};

/// The ID token for `code`.
pub(super) fn id_token(
    org: &Org,
    issuer: &str,
    app: &App,
    code: &Code,
    access_token: &str,
    misbehavior: Option<Misbehavior>,
    stranger: Option<&SigningKey>,
) -> Result<String, JoseError> {
    let mut claims = base(org, issuer, app, code, access_token);
    if let (Some(person), false) = (org.person(&code.person), app.settings.id_token_without_profile) {
        claims.extend(profile(org, app, person, &code.request.scopes));
    }
    if let Some(misbehavior) = misbehavior {
        spoil(&mut claims, misbehavior, org.now());
    }
    let key = org.keys.current();
    let seal = match (misbehavior, stranger) {
        (Some(Misbehavior::AlgNone), _) => Seal::Nothing,
        (Some(Misbehavior::Hs256), _) => Seal::Hmac(&app.client_secret),
        (_, Some(stranger)) => Seal::Rsa(stranger),
        _ => Seal::Rsa(&key),
    };
    let kid = match (misbehavior, stranger) {
        (Some(Misbehavior::UnknownKid), _) => random::word(43),
        (Some(Misbehavior::EncryptionKey), Some(stranger)) => stranger.kid.clone(),
        _ => key.kid.clone(),
    };
    let mut header = Map::new();
    header.insert("kid".to_owned(), json!(kid));
    header.insert("alg".to_owned(), json!(seal.alg()));
    header.extend(lie(misbehavior, stranger));
    let twice = |wanted, text| if misbehavior == Some(wanted) { text } else { "" };
    let repeated = (
        twice(Misbehavior::TwiceInHeader, r#""alg":"none","#),
        twice(Misbehavior::TwiceInPayload, r#""sub":"00uSOMEBODYELSE00000","#),
    );
    jwt::compact_with(&header, &claims, repeated, &seal)
}

/// A false member of the header.
fn lie(misbehavior: Option<Misbehavior>, stranger: Option<&SigningKey>) -> Option<(String, Value)> {
    let (name, value) = match misbehavior? {
        Misbehavior::TypAccessToken => ("typ", json!("at+jwt")),
        Misbehavior::Critical => ("crit", json!(["exp"])),
        Misbehavior::ForeignJku => ("jku", json!("https://elsewhere.okta.example/keys")),
        Misbehavior::ForeignJwk => ("jwk", stranger?.public().clone()),
        _ => return None,
    };
    Some((name.to_owned(), value))
}

fn base(org: &Org, issuer: &str, app: &App, code: &Code, access_token: &str) -> Map<String, Value> {
    let now = org.now();
    let mut claims = Map::new();
    let mut put = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    put("sub", json!(code.person));
    put("ver", json!(1));
    put("iss", json!(issuer));
    put("aud", json!(app.client_id));
    put("iat", json!(now));
    put("exp", json!(now.saturating_add(TOKEN_LIFETIME)));
    put("jti", json!(format!("ID.{}", random::word(43))));
    put("amr", json!(["pwd"]));
    put("idp", json!(org.idp));
    if let Some(nonce) = &code.request.nonce {
        put("nonce", json!(nonce));
    }
    if let Some(session) = &app.settings.session_claim {
        put("sid", json!(session));
    }
    put("auth_time", json!(code.auth_time));
    put("at_hash", json!(half_hash(access_token)));
    claims.extend(app.settings.more_claims.clone());
    claims
}

/// Claims of the profile for these scopes: name, email and groups. Userinfo adds a few more.
pub(super) fn profile(org: &Org, app: &App, person: &Person, scopes: &[String]) -> Map<String, Value> {
    let asked = |scope: &str| scopes.iter().any(|given| given == scope);
    let mut claims = Map::new();
    if asked("profile") {
        claims.insert("name".to_owned(), json!(person.display_name()));
        claims.insert("preferred_username".to_owned(), json!(person.login));
    }
    if asked("email") {
        claims.insert("email".to_owned(), json!(person.email));
    }
    if app.settings.groups_claim {
        claims.insert("groups".to_owned(), json!(org.group_names(&person.id)));
    }
    claims
}

/// OpenID Connect Core §3.1.3.6: the left half of the SHA-256 of the token.
fn half_hash(token: &str) -> String {
    let digest = Sha256::digest(token);
    URL_SAFE_NO_PAD.encode(digest.iter().take(16).copied().collect::<Vec<_>>())
}

fn spoil(claims: &mut Map<String, Value>, misbehavior: Misbehavior, now: i64) {
    let aud = claims.get("aud").cloned().unwrap_or_default();
    let (name, value) = match misbehavior {
        Misbehavior::WrongNonce => ("nonce", json!(random::word(22))),
        Misbehavior::NoNonce => ("nonce", Value::Null),
        Misbehavior::WrongAudience => ("aud", json!(random::okta_id("0oa"))),
        Misbehavior::ManyAudiences => ("aud", json!([aud, random::okta_id("0oa")])),
        Misbehavior::WrongIssuer => ("iss", json!("https://elsewhere.okta.example")),
        Misbehavior::Expired => ("exp", json!(now.saturating_sub(3600))),
        Misbehavior::FromTheFuture => ("iat", json!(now.saturating_add(3600))),
        Misbehavior::BadAtHash => ("at_hash", json!(half_hash("another token"))),
        Misbehavior::NoAuthTime => ("auth_time", Value::Null),
        Misbehavior::NoSubject => ("sub", Value::Null),
        Misbehavior::AudienceList => ("aud", json!([aud])),
        Misbehavior::NoExpiry => ("exp", Value::Null),
        Misbehavior::NoIssuedAt => ("iat", Value::Null),
        Misbehavior::NotYetValid => ("nbf", json!(now.saturating_add(3600))),
        Misbehavior::ForeignAzp => ("azp", json!(random::okta_id("0oa"))),
        Misbehavior::BadCHash => ("c_hash", json!(half_hash("another code"))),
        Misbehavior::SessionOver => ("session_expiry", json!(now.saturating_sub(3600))),
        // Handled elsewhere.
        _ => return,
    };
    if value.is_null() {
        claims.shift_remove(name);
    } else {
        claims.insert(name.to_owned(), value);
    }
}
