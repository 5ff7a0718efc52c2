//! A compact JWT taken apart, and what its header may say (RFC 7515, RFC 8725). Reading believes nothing.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use super::Judgement;
use vestibule_web::json;

/// A token with a thousand groups is about this long.
const LONGEST: usize = 128 * 1024;

/// What was read.
pub(super) struct Token<'a> {
    pub header: Map<String, Value>,
    pub claims: Map<String, Value>,
    /// Header and claims as they were signed.
    pub signed: &'a str,
    pub signature: Vec<u8>,
}

/// Why nothing was.
pub(super) enum Unreadable {
    Form(String),
    Twice(String),
}

impl<'a> Token<'a> {
    pub fn read(compact: &'a str) -> Result<Self, Unreadable> {
        let form = |why: &str| Unreadable::Form(why.to_owned());
        if compact.len() > LONGEST {
            return Err(form("it is longer than 128 KiB"));
        }
        let mut parts = compact.split('.');
        let (Some(header), Some(claims), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(form("it does not have three parts"));
        };
        let signed = compact.get(..header.len() + 1 + claims.len()).unwrap_or_default();
        let signature =
            URL_SAFE_NO_PAD.decode(signature).map_err(|_| form("its signature is no base64url"))?;
        let (header, claims) = (part(header, "header")?, part(claims, "payload")?);
        Ok(Self { header, claims, signed, signature })
    }
}

fn part(encoded: &str, name: &str) -> Result<Map<String, Value>, Unreadable> {
    let bytes = URL_SAFE_NO_PAD
        .decode(encoded)
        .map_err(|_| Unreadable::Form(format!("its {name} is no base64url")))?;
    json::object(&bytes).map_err(|error| {
        match error.strip_prefix(json::TWICE).and_then(|rest| rest.split('\n').next()) {
            Some(twice) => Unreadable::Twice(twice.chars().take(60).collect()),
            None => Unreadable::Form(format!("its {name} is no JSON object")),
        }
    })
}

/// A value of the token for a sentence: short.
pub(super) fn shown(value: &Value) -> String {
    value.to_string().chars().take(120).collect()
}

/// An ID token is a `JWT` or says nothing; other kinds of JWT of the same issuer (`at+jwt`, `logout+jwt`,
/// `global-token-revocation+jwt`) are no ID tokens.
pub(super) fn typ(token: &Token<'_>) -> Judgement {
    match token.header.get("typ") {
        None => Ok(false),
        Some(Value::String(typ)) if typ.eq_ignore_ascii_case("JWT") => Ok(true),
        Some(typ) => Err(format!("typ is {}, which is no ID token", shown(typ))),
    }
}

/// RS256 and ES256; never `none`, and nothing that a shared secret could make.
pub(super) fn alg(token: &Token<'_>) -> Judgement {
    match token.header.get("alg") {
        Some(Value::String(alg)) if ["RS256", "ES256"].contains(&alg.as_str()) => Ok(true),
        Some(alg) => Err(format!("alg is {}; RS256 and ES256 are taken", shown(alg))),
        None => Err("alg is missing".to_owned()),
    }
}

/// Vestibule understands no extension, so whatever must be understood isn't.
pub(super) fn crit(token: &Token<'_>) -> Judgement {
    match token.header.get("crit") {
        None => Ok(false),
        Some(_) => Err("it has critical extensions".to_owned()),
    }
}
