//! That the token is of now and of this trip: times, nonce, the hashes of access token and code.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use vestibule_jose::Jws as Token;

use super::report::{Expected, Judgement, SKEW, Signature};

/// The nonce ties the token to this trip already; a token older than this comes from a clock that is not to be trusted.
const OLDEST: i64 = 24 * 3600;
/// The end of the year 9999: a time beyond is a mistake of units.
const LAST_SECOND: i64 = 253_402_300_799;

pub(super) fn exp(token: &Token, _: &Signature, expected: &Expected) -> Judgement {
    let exp = seconds(token, "exp")?.ok_or("exp is missing")?;
    if exp + SKEW <= expected.now { Err("it has expired".to_owned()) } else { Ok(true) }
}

pub(super) fn iat(token: &Token, _: &Signature, expected: &Expected) -> Judgement {
    let iat = seconds(token, "iat")?.ok_or("iat is missing")?;
    if iat - SKEW > expected.now {
        return Err("it was issued in the future".to_owned());
    }
    if iat < expected.now - OLDEST {
        return Err("it was issued more than a day ago".to_owned());
    }
    Ok(true)
}

pub(super) fn nbf(token: &Token, _: &Signature, expected: &Expected) -> Judgement {
    let Some(nbf) = seconds(token, "nbf")? else { return Ok(false) };
    if nbf - SKEW > expected.now { Err("it is not valid yet".to_owned()) } else { Ok(true) }
}

pub(super) fn nonce(token: &Token, _: &Signature, expected: &Expected) -> Judgement {
    match token.claims().get("nonce") {
        Some(Value::String(nonce)) if bool::from(nonce.as_bytes().ct_eq(expected.nonce.as_bytes())) => {
            Ok(true)
        }
        Some(_) => Err("nonce is not the one that was sent".to_owned()),
        None => Err("nonce is missing".to_owned()),
    }
}

/// Optional in the code flow, where the token endpoint speaks for the access token; when there, it must be right.
pub(super) fn at_hash(token: &Token, _: &Signature, expected: &Expected) -> Judgement {
    hash(token, "at_hash", &expected.access_token, "the access token")
}

pub(super) fn c_hash(token: &Token, _: &Signature, expected: &Expected) -> Judgement {
    hash(token, "c_hash", &expected.code, "the code")
}

/// The left half of the hash that `alg` names, which is SHA-256 for both that are taken.
fn hash(token: &Token, name: &str, of: &str, what: &str) -> Judgement {
    let digest = Sha256::digest(of.as_bytes());
    let right = URL_SAFE_NO_PAD.encode(digest.iter().take(16).copied().collect::<Vec<u8>>());
    match token.claims().get(name) {
        None => Ok(false),
        Some(Value::String(hash)) if *hash == right => Ok(true),
        Some(_) => Err(format!("{name} does not belong to {what}")),
    }
}

/// How old an authentication may be is counted from when it was asked for: the person may take their time after that.
pub(super) fn auth_time(token: &Token, _: &Signature, expected: &Expected) -> Judgement {
    let Some(at) = whole_seconds(token, "auth_time")? else {
        return match expected.max_age {
            Some(_) => Err("auth_time is missing although max_age was asked for".to_owned()),
            None => Ok(false),
        };
    };
    if at - SKEW > expected.now {
        return Err("auth_time lies in the future".to_owned());
    }
    match expected.max_age {
        Some(max_age) if at < expected.asked_at.saturating_sub(max_age).saturating_sub(SKEW) => {
            Err("the person authenticated longer ago than was asked for".to_owned())
        }
        _ => Ok(true),
    }
}

pub(super) fn session_expiry(token: &Token, _: &Signature, expected: &Expected) -> Judgement {
    match whole_seconds(token, "session_expiry")? {
        None => Ok(false),
        Some(end) if end <= expected.now => Err("session_expiry has passed".to_owned()),
        Some(_) => Ok(true),
    }
}

/// RFC 7519 §2: a NumericDate may have a fraction, which is cut off.
fn seconds(token: &Token, name: &str) -> Result<Option<i64>, String> {
    let Some(value) = token.claims().get(name) else { return Ok(None) };
    #[expect(clippy::cast_possible_truncation, reason = "`as` saturates, and the range is looked at next")]
    let whole = value.as_i64().or_else(|| value.as_f64().map(|fraction| fraction.floor() as i64));
    sane(name, whole).map(Some)
}

fn whole_seconds(token: &Token, name: &str) -> Result<Option<i64>, String> {
    let Some(value) = token.claims().get(name) else { return Ok(None) };
    sane(name, value.as_i64()).map(Some)
}

fn sane(name: &str, seconds: Option<i64>) -> Result<i64, String> {
    seconds
        .filter(|seconds| (0..=LAST_SECOND).contains(seconds))
        .ok_or_else(|| format!("{name} is no time in seconds since 1970"))
}
