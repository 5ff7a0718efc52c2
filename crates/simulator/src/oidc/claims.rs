//! The ID token (facts §5.5): its claims in order, and the faults ([`Mischief`]) that change them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use josekit::JoseError;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{
    issued::{Code, TOKEN_LIFETIME},
    mischief::Mischief,
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
    mischief: Option<Mischief>,
    stranger: Option<&SigningKey>,
) -> Result<String, JoseError> {
    let mut claims = base(org, issuer, app, code, access_token);
    if let (Some(person), false) = (org.person(&code.person), app.settings.id_token_without_profile) {
        claims.extend(profile(org, app, person, &code.request.scopes));
    }
    if let Some(mischief) = mischief {
        spoil(&mut claims, mischief, org.now());
    }
    let key = org.keys.current();
    let seal = match (mischief, stranger) {
        (Some(Mischief::AlgNone), _) => Seal::Nothing,
        (Some(Mischief::Hs256), _) => Seal::Hmac(&app.client_secret),
        (_, Some(stranger)) => Seal::Rsa(stranger),
        _ => Seal::Rsa(&key),
    };
    let kid = match (mischief, stranger) {
        (Some(Mischief::UnknownKid), _) => random::word(43),
        (Some(Mischief::EncryptionKey), Some(stranger)) => stranger.kid.clone(),
        _ => key.kid.clone(),
    };
    let mut header = Map::new();
    header.insert("kid".to_owned(), json!(kid));
    header.insert("alg".to_owned(), json!(seal.alg()));
    header.extend(lie(mischief, stranger));
    let twice = |wanted, text| if mischief == Some(wanted) { text } else { "" };
    let repeated = (
        twice(Mischief::TwiceInHeader, r#""alg":"none","#),
        twice(Mischief::TwiceInPayload, r#""sub":"00uSOMEBODYELSE00000","#),
    );
    jwt::compact_with(&header, &claims, repeated, &seal)
}

/// A false member of the header.
fn lie(mischief: Option<Mischief>, stranger: Option<&SigningKey>) -> Option<(String, Value)> {
    let (name, value) = match mischief? {
        Mischief::TypAccessToken => ("typ", json!("at+jwt")),
        Mischief::Critical => ("crit", json!(["exp"])),
        Mischief::ForeignJku => ("jku", json!("https://elsewhere.okta.example/keys")),
        Mischief::ForeignJwk => ("jwk", stranger?.public().clone()),
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

/// Claims of the profile for these scopes: name, e-mail and groups. Userinfo adds a few more.
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

fn spoil(claims: &mut Map<String, Value>, mischief: Mischief, now: i64) {
    let aud = claims.get("aud").cloned().unwrap_or_default();
    let (name, value) = match mischief {
        Mischief::WrongNonce => ("nonce", json!(random::word(22))),
        Mischief::NoNonce => ("nonce", Value::Null),
        Mischief::WrongAudience => ("aud", json!(random::okta_id("0oa"))),
        Mischief::ManyAudiences => ("aud", json!([aud, random::okta_id("0oa")])),
        Mischief::WrongIssuer => ("iss", json!("https://elsewhere.okta.example")),
        Mischief::Expired => ("exp", json!(now.saturating_sub(3600))),
        Mischief::FromTheFuture => ("iat", json!(now.saturating_add(3600))),
        Mischief::BadAtHash => ("at_hash", json!(half_hash("another token"))),
        Mischief::NoAuthTime => ("auth_time", Value::Null),
        Mischief::NoSubject => ("sub", Value::Null),
        Mischief::AudienceList => ("aud", json!([aud])),
        Mischief::NoExpiry => ("exp", Value::Null),
        Mischief::NoIssuedAt => ("iat", Value::Null),
        Mischief::NotYetValid => ("nbf", json!(now.saturating_add(3600))),
        Mischief::ForeignAzp => ("azp", json!(random::okta_id("0oa"))),
        Mischief::BadCHash => ("c_hash", json!(half_hash("another code"))),
        Mischief::SessionOver => ("session_expiry", json!(now.saturating_sub(3600))),
        // Handled elsewhere.
        _ => return,
    };
    if value.is_null() {
        claims.shift_remove(name);
    } else {
        claims.insert(name.to_owned(), value);
    }
}
