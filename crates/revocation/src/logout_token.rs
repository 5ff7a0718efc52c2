//! Logout tokens of a provider (OpenID Connect Back-Channel Logout 1.0 §2.4). Pure.
//!
//! [`read`] makes the checks of §2.6 except three, which the caller makes: a connection has this issuer and client, the signature is valid,
//! and the `jti` was not used before.

use serde_json::Value;
use vestibule_core::time::{Micros, SECOND};

use crate::signed::{FailedCheck, Signed};

/// Greatest age and longest lifetime of a token, in seconds (§2.4 recommends two minutes).
pub const OLDEST: i64 = 3600;

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// A logout token whose signature is not verified yet.
#[derive(Debug, Clone)]
pub struct LogoutToken {
    /// The token.
    pub signed: Signed,
    /// `iss`
    pub issuer: String,
    /// `aud`, the client ids.
    pub audience: Vec<String>,
    /// `jti`
    pub id: String,
    /// `sub`, the person who signed out.
    pub subject: Option<String>,
    /// `sid`, the provider's session; `None` means all.
    pub session_id: Option<String>,
}

type Check = fn(&Signed, Micros) -> Result<(), FailedCheck>;

/// Name, citation and function of each check, in order. Sections are of OpenID Connect Back-Channel Logout 1.0.
const CHECKS: [(&str, &str, Check); 8] = [
    ("typ", "§2.4", |token, _| check_type(token)),
    ("iss", "§2.4", |token, _| token.required("iss").map(drop)),
    ("jti", "§2.4", |token, _| token.required("jti").map(drop)),
    ("times", "§2.6 (3); OpenID Connect Core §3.1.3.7", check_times),
    ("aud", "§2.6 (3)", |token, _| token.audience().map(drop)),
    ("events", "§2.6 (5)", |token, _| check_events(token)),
    ("nonce", "§2.6 (6)", |token, _| check_no_nonce(token)),
    ("sub", "§2.6 (4)", |token, _| check_subject(token)),
];

/// Parses a token and checks everything but its signature.
pub fn read(compact: &str, now: Micros) -> Result<LogoutToken, FailedCheck> {
    let signed = Signed::read(compact)?;
    for (check, specification, function) in CHECKS {
        function(&signed, now)
            .inspect_err(|_| tracing::debug!(check, specification, "backchannel_logout.check_failed"))?;
    }
    Ok(LogoutToken {
        issuer: signed.required("iss")?,
        audience: signed.audience()?,
        id: signed.required("jti")?,
        subject: signed.text("sub"),
        session_id: signed.text("sid"),
        signed,
    })
}

/// §2.4 recommends `logout+jwt`; older providers send `JWT` or nothing. What distinguishes it from an ID token is `events`.
fn check_type(token: &Signed) -> Result<(), FailedCheck> {
    match token.typ().as_str() {
        "logout+jwt" | "jwt" | "" => Ok(()),
        _ => Err(FailedCheck::new("typ", "typ must be logout+jwt")),
    }
}

fn check_times(token: &Signed, now: Micros) -> Result<(), FailedCheck> {
    token.check_times(OLDEST, now)?;
    let expires = token.time("exp")?.ok_or_else(|| FailedCheck::new("exp", "exp is missing"))?;
    if expires > (now / SECOND).saturating_add(OLDEST) {
        return Err(FailedCheck::new("exp", "the token is valid for more than an hour"));
    }
    Ok(())
}

fn check_events(token: &Signed) -> Result<(), FailedCheck> {
    let event = token.claims().get("events").and_then(|events| events.get(EVENT));
    if event.is_some_and(Value::is_object) {
        return Ok(());
    }
    Err(FailedCheck::new("events", "events lacks the back-channel logout event"))
}

/// An ID token must not pass for a logout token.
fn check_no_nonce(token: &Signed) -> Result<(), FailedCheck> {
    match token.claims().get("nonce") {
        Some(_) => Err(FailedCheck::new("nonce", "a logout token has no nonce")),
        None => Ok(()),
    }
}

fn check_subject(token: &Signed) -> Result<(), FailedCheck> {
    match (token.text("sub"), token.text("sid")) {
        (None, None) => Err(FailedCheck::new("sub", "sub and sid are missing")),
        _ => Ok(()),
    }
}
