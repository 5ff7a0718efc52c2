//! Checks of the header of an ID token (RFC 7515, RFC 8725).

use serde_json::Value;
use vestibule_jose::Jws as Token;

use super::report::CheckResult;

/// Cuts a value of the token for an error message.
pub(super) fn clip(value: &Value) -> String {
    value.to_string().chars().take(120).collect()
}

/// `JWT` or absent. Other types are other kinds of JWT of the same issuer (`at+jwt`, `logout+jwt`, `global-token-revocation+jwt`).
pub(super) fn typ(token: &Token) -> CheckResult {
    match token.header().get("typ") {
        None => Ok(false),
        Some(Value::String(typ)) if typ.eq_ignore_ascii_case("JWT") => Ok(true),
        Some(typ) => Err(format!("typ is {}, which is no ID token", clip(typ))),
    }
}

/// RS256 or ES256; never `none` or an algorithm with a shared secret.
pub(super) fn alg(token: &Token) -> CheckResult {
    match (token.algorithm(), token.header().get("alg")) {
        (Ok(_), _) => Ok(true),
        (Err(_), Some(alg)) => Err(format!("alg is {}; RS256 and ES256 are supported", clip(alg))),
        (Err(_), None) => Err("alg is missing".to_owned()),
    }
}

/// No critical extension is supported.
pub(super) fn crit(token: &Token) -> CheckResult {
    token.check_critical().map(|()| false).map_err(|error| error.to_string())
}
