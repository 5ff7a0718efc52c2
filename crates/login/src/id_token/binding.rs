//! Checks that bind the token to now and to this login: times, nonce, hashes of access token and code.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use vestibule_jose::Jws as Token;

use super::report::{CheckResult, Expected, SKEW, Signature};

/// Greatest age of a token, in seconds. The nonce binds the token to the login; one older than this means a wrong clock.
const OLDEST: i64 = 24 * 3600;
/// End of the year 9999. A later time is probably in milliseconds.
const LAST_SECOND: i64 = 253_402_300_799;

pub(super) fn exp(token: &Token, _: &Signature, expected: &Expected) -> CheckResult {
    let exp = seconds(token, "exp")?.ok_or("exp is missing")?;
    if exp + SKEW <= expected.now { Err("it has expired".to_owned()) } else { Ok(true) }
}

pub(super) fn iat(token: &Token, _: &Signature, expected: &Expected) -> CheckResult {
    let iat = seconds(token, "iat")?.ok_or("iat is missing")?;
    if iat - SKEW > expected.now {
        return Err("it was issued in the future".to_owned());
    }
    if iat < expected.now - OLDEST {
        return Err("it was issued more than a day ago".to_owned());
    }
    Ok(true)
}

pub(super) fn nbf(token: &Token, _: &Signature, expected: &Expected) -> CheckResult {
    let Some(nbf) = seconds(token, "nbf")? else { return Ok(false) };
    if nbf - SKEW > expected.now { Err("it is not valid yet".to_owned()) } else { Ok(true) }
}

pub(super) fn nonce(token: &Token, _: &Signature, expected: &Expected) -> CheckResult {
    match token.claims().get("nonce") {
        Some(Value::String(nonce)) if bool::from(nonce.as_bytes().ct_eq(expected.nonce.as_bytes())) => {
            Ok(true)
        }
        Some(_) => Err("nonce is not the one that was sent".to_owned()),
        None => Err("nonce is missing".to_owned()),
    }
}

/// Optional in the code flow, because the access token comes directly from the token endpoint; if present, it must match.
pub(super) fn at_hash(token: &Token, _: &Signature, expected: &Expected) -> CheckResult {
    half_hash(token, "at_hash", &expected.access_token, "the access token")
}

pub(super) fn c_hash(token: &Token, _: &Signature, expected: &Expected) -> CheckResult {
    half_hash(token, "c_hash", &expected.code, "the code")
}

/// Compares the left half of the hash that `alg` implies, which is SHA-256 for RS256 and ES256.
fn half_hash(token: &Token, name: &str, of: &str, what: &str) -> CheckResult {
    let digest = Sha256::digest(of.as_bytes());
    let expected = URL_SAFE_NO_PAD.encode(digest.iter().take(16).copied().collect::<Vec<u8>>());
    match token.claims().get(name) {
        None => Ok(false),
        Some(Value::String(hash)) if *hash == expected => Ok(true),
        Some(_) => Err(format!("{name} does not belong to {what}")),
    }
}

/// The age of the authentication counts from the start of the login, because the person may take some minutes to return.
pub(super) fn auth_time(token: &Token, _: &Signature, expected: &Expected) -> CheckResult {
    let Some(at) = whole_seconds(token, "auth_time")? else {
        return match expected.max_age {
            Some(_) => Err("auth_time is missing although max_age was requested".to_owned()),
            None => Ok(false),
        };
    };
    if at - SKEW > expected.now {
        return Err("auth_time is in the future".to_owned());
    }
    match expected.max_age {
        Some(max_age) if at < expected.started_at.saturating_sub(max_age).saturating_sub(SKEW) => {
            Err("the person authenticated longer ago than max_age allows".to_owned())
        }
        _ => Ok(true),
    }
}

pub(super) fn session_expiry(token: &Token, _: &Signature, expected: &Expected) -> CheckResult {
    match whole_seconds(token, "session_expiry")? {
        None => Ok(false),
        Some(end) if end <= expected.now => Err("session_expiry has passed".to_owned()),
        Some(_) => Ok(true),
    }
}

/// RFC 7519 §2: a NumericDate may have a fraction, which is dropped.
fn seconds(token: &Token, name: &str) -> Result<Option<i64>, String> {
    let Some(value) = token.claims().get(name) else { return Ok(None) };
    #[expect(clippy::cast_possible_truncation, reason = "`as` saturates, and the range is checked next")]
    let whole = value.as_i64().or_else(|| value.as_f64().map(|fraction| fraction.floor() as i64));
    in_range(name, whole).map(Some)
}

fn whole_seconds(token: &Token, name: &str) -> Result<Option<i64>, String> {
    let Some(value) = token.claims().get(name) else { return Ok(None) };
    in_range(name, value.as_i64()).map(Some)
}

fn in_range(name: &str, seconds: Option<i64>) -> Result<i64, String> {
    seconds
        .filter(|seconds| (0..=LAST_SECOND).contains(seconds))
        .ok_or_else(|| format!("{name} is no time in seconds since 1970"))
}
