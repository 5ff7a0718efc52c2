//! Security event tokens (RFC 8417) as Okta's shared signals send them. Pure.
//!
//! [`read`] makes all checks except four, which the caller makes: a connection has this issuer, the signature is valid, the subjects are of
//! this issuer, and the `jti` was not used before.

use serde_json::{Map, Value};
use vestibule_core::{sets::EndReason, time::Micros};

use crate::{
    signed::{FailedCheck, Signed},
    sub_id::{self, SubId},
};

/// Greatest age of a token, in seconds, because a transmitter may retry for long (RFC 8935 §3). Such tokens have no `exp` (SSF 1.0).
pub const OLDEST: i64 = 24 * 3600;

/// Events that end access (CAEP 1.0 §3.1, §3.3), with their names in the trail.
const ENDING: [(&str, EndReason); 2] = [
    ("https://schemas.openid.net/secevent/caep/event-type/session-revoked", EndReason::SessionRevoked),
    ("https://schemas.openid.net/secevent/caep/event-type/credential-change", EndReason::CredentialChange),
];

/// A security event token whose signature is not verified yet.
#[derive(Debug, Clone)]
pub struct SecurityEvent {
    /// The token.
    pub signed: Signed,
    /// `iss`
    pub issuer: String,
    /// `jti`
    pub id: String,
    /// Events that end access, each with its subject.
    pub ended: Vec<(EndReason, SubId)>,
}

type Check = fn(&Signed, &[String], Micros) -> Result<(), FailedCheck>;

/// Name, citation and function of each check, in order.
const CHECKS: [(&str, &str, Check); 6] = [
    ("typ", "RFC 8417 §2.3", |token, _, _| check_type(token)),
    ("iss", "RFC 8417 §2.2", |token, _, _| token.required("iss").map(drop)),
    ("jti", "RFC 8417 §2.2", |token, _, _| token.required("jti").map(drop)),
    ("times", "RFC 8417 §2.2; RFC 7519 §4.1", |token, _, now| token.check_times(OLDEST, now)),
    ("aud", "RFC 7519 §4.1.3", |token, audiences, _| check_audience(token, audiences)),
    ("events", "RFC 8417 §2.2", |token, _, _| events(token).map(drop)),
];

/// Parses a token and checks everything but its signature. `audiences` are the identifiers of this service.
pub fn read(compact: &str, audiences: &[String], now: Micros) -> Result<SecurityEvent, FailedCheck> {
    let signed = Signed::read(compact)?;
    for (check, specification, function) in CHECKS {
        function(&signed, audiences, now)
            .inspect_err(|_| tracing::debug!(check, specification, "signals.check_failed"))?;
    }
    let (issuer, id) = (signed.required("iss")?, signed.required("jti")?);
    let ended = access_ends(&signed)?;
    Ok(SecurityEvent { signed, issuer, id, ended })
}

/// `typ` distinguishes it from other JWTs of the issuer.
fn check_type(token: &Signed) -> Result<(), FailedCheck> {
    if token.typ() == "secevent+jwt" {
        return Ok(());
    }
    Err(FailedCheck::new("typ", "typ must be secevent+jwt"))
}

/// One of the audiences must be this service.
fn check_audience(token: &Signed, audiences: &[String]) -> Result<(), FailedCheck> {
    let aud = token.audience()?;
    if aud.iter().any(|aud| audiences.iter().any(|ours| ours == aud.trim_end_matches('/'))) {
        return Ok(());
    }
    let description = format!("aud is {}, and this service is {}", aud.join(", "), audiences.join(" or "));
    Err(FailedCheck::new("aud", description))
}

fn events(token: &Signed) -> Result<&Map<String, Value>, FailedCheck> {
    let events = token.claims().get("events").and_then(Value::as_object).filter(|events| !events.is_empty());
    events.ok_or_else(|| FailedCheck::new("events", "events is missing or empty"))
}

/// Reads the events that end access, and their subjects. Ignores other events (RFC 8417 §2).
fn access_ends(token: &Signed) -> Result<Vec<(EndReason, SubId)>, FailedCheck> {
    let events = events(token)?;
    let mut ended = Vec::new();
    for (uri, reason) in ENDING {
        let Some(event) = events.get(uri) else { continue };
        if !event.is_object() {
            return Err(FailedCheck::new("events", format!("{uri} is not an object")));
        }
        // Top-level (SSF 1.0), or within the event as in Okta's samples. The subjects of both count.
        let subjects: Vec<&Value> =
            [token.claims().get("sub_id"), event.get("subject")].into_iter().flatten().collect();
        if subjects.is_empty() {
            return Err(FailedCheck::new("subject", "there is neither sub_id nor a subject in the event"));
        }
        for subject in subjects {
            let subject = identifier(subject).map_err(|error| FailedCheck::new("subject", error))?;
            if !ended.contains(&(reason, subject.clone())) {
                ended.push((reason, subject));
            }
        }
    }
    Ok(ended)
}

/// Reads a subject identifier, or the user of a complex subject (SSF 1.0, "Complex Subjects").
fn identifier(subject: &Value) -> Result<SubId, String> {
    let is_complex = subject.get("format").is_none_or(|format| format == "complex");
    match subject.get("user").filter(|_| is_complex) {
        Some(user) => sub_id::identifier(user.clone()),
        None => sub_id::identifier(subject.clone()),
    }
}
