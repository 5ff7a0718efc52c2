//! What the header of an ID token may say (RFC 7515, RFC 8725).

use serde_json::Value;
use vestibule_jose::Jws as Token;

use super::report::Judgement;

/// A value of the token for a sentence: short.
pub(super) fn shown(value: &Value) -> String {
    value.to_string().chars().take(120).collect()
}

/// An ID token is a `JWT` or says nothing; other kinds of JWT of the same issuer (`at+jwt`, `logout+jwt`,
/// `global-token-revocation+jwt`) are no ID tokens.
pub(super) fn typ(token: &Token) -> Judgement {
    match token.header().get("typ") {
        None => Ok(false),
        Some(Value::String(typ)) if typ.eq_ignore_ascii_case("JWT") => Ok(true),
        Some(typ) => Err(format!("typ is {}, which is no ID token", shown(typ))),
    }
}

/// RS256 and ES256; never `none`, and nothing that a shared secret could make.
pub(super) fn alg(token: &Token) -> Judgement {
    match (token.algorithm(), token.header().get("alg")) {
        (Ok(_), _) => Ok(true),
        (Err(_), Some(alg)) => Err(format!("alg is {}; RS256 and ES256 are taken", shown(alg))),
        (Err(_), None) => Err("alg is missing".to_owned()),
    }
}

/// Vestibule understands no extension.
pub(super) fn crit(token: &Token) -> Judgement {
    token.check_critical().map(|()| false).map_err(|error| error.to_string())
}
