//! Security event tokens (RFC 8417) as Okta's shared signals send them (okta-facts §6.3): read and judged. Pure. The checks, in
//! order, each with its name: malformed, alg; typ; iss, jti, iat, exp; aud; events; then, with the keys, signature. Whose issuer
//! it is, is the shell's.

use serde_json::Value;
use vestibule_core::time::Micros;

use crate::{
    signed::{Flaw, Signed},
    sub_id::{self, SubId},
};

/// For how long a token may be under way, in seconds: a transmitter tries again (RFC 8935 §3). None has an `exp` (SSF 1.0).
pub const OLDEST: i64 = 24 * 3600;

/// The events that end access (CAEP 1.0 §3.1, §3.3), and what the trail calls them.
const ENDING: [(&str, &str); 2] = [
    ("https://schemas.openid.net/secevent/caep/event-type/session-revoked", "session_revoked"),
    ("https://schemas.openid.net/secevent/caep/event-type/credential-change", "credential_change"),
];

/// A token whose form is right.
#[derive(Debug, Clone)]
pub struct SecurityEvent {
    /// The token.
    pub signed: Signed,
    /// Who says so.
    pub issuer: String,
    /// Its name.
    pub id: String,
    /// What happened to whom, of what ends access.
    pub ended: Vec<(&'static str, SubId)>,
}

/// Reads a token and checks all but its signature. `audiences` are this service's names.
///
/// # Errors
/// The check that it fails.
pub fn read(compact: &str, audiences: &[String], now: Micros) -> Result<SecurityEvent, Flaw> {
    let signed = Signed::read(compact)?;
    // RFC 8417 §2.3: so that no other JWT of the issuer is taken for one.
    if signed.typ() != "secevent+jwt" {
        return Err(Flaw::new("typ", "typ must be secevent+jwt"));
    }
    // RFC 8417 §2.2: iss, iat and jti are required.
    let (issuer, id) = (signed.need("iss")?, signed.need("jti")?);
    signed.check_times(OLDEST, now)?;
    // RFC 7519 §4.1.3: one of them must be us.
    let named = signed.audience()?;
    if !named.iter().any(|named| audiences.iter().any(|ours| ours == named.trim_end_matches('/'))) {
        let sentence = format!("aud is {}, and this service is {}", named.join(", "), audiences.join(" or "));
        return Err(Flaw::new("aud", sentence));
    }
    let events = signed.claims().get("events").and_then(Value::as_object).filter(|events| !events.is_empty());
    let events = events.ok_or_else(|| Flaw::new("events", "events is missing or empty"))?;
    let mut ended = Vec::new();
    // RFC 8417 §2: what else it tells is not for us.
    for (uri, name) in ENDING {
        let Some(event) = events.get(uri) else { continue };
        if !event.is_object() {
            return Err(Flaw::new("events", format!("{uri} is no object")));
        }
        // Top-level (SSF 1.0), or within the event as Okta's samples have it; whoever is named by either is meant.
        let subjects: Vec<&Value> =
            [signed.claims().get("sub_id"), event.get("subject")].into_iter().flatten().collect();
        if subjects.is_empty() {
            return Err(Flaw::new("subject", "there is neither sub_id nor a subject in the event"));
        }
        for subject in subjects {
            let meant = subject_of(subject).map_err(|sentence| Flaw::new("subject", sentence))?;
            if !ended.contains(&(name, meant.clone())) {
                ended.push((name, meant));
            }
        }
    }
    Ok(SecurityEvent { signed, issuer, id, ended })
}

/// A subject, or the user of a complex one (SSF 1.0, "Complex Subjects").
fn subject_of(subject: &Value) -> Result<SubId, String> {
    let is_complex = subject.get("format").is_none_or(|format| format == "complex");
    match subject.get("user").filter(|_| is_complex) {
        Some(user) => sub_id::identifier(user.clone()),
        None => sub_id::identifier(subject.clone()),
    }
}
