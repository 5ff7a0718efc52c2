//! Logout tokens of a provider (OpenID Connect Back-Channel Logout 1.0 §2.4), read and judged. Pure. The checks of §2.6, each with
//! its name: malformed, alg; typ; iss, jti, iat, exp; aud; events; nonce; sub; then, with the keys, signature. Whose issuer and
//! client it is, is the shell's.

use serde_json::Value;
use vestibule_core::time::{Micros, SECOND};

use crate::signed::{Flaw, Signed};

/// No honest token is older or lives longer, in seconds (§2.4 advises two minutes).
pub const OLDEST: i64 = 3600;

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// A token whose form is right.
#[derive(Debug, Clone)]
pub struct LogoutToken {
    /// The token.
    pub signed: Signed,
    /// The provider.
    pub issuer: String,
    /// For which clients.
    pub audience: Vec<String>,
    /// Its name.
    pub id: String,
    /// Who signed out there.
    pub subject: Option<String>,
    /// Of which session there; none: of all.
    pub session_id: Option<String>,
}

/// Reads a token and checks all but its signature.
///
/// # Errors
/// The check that it fails.
pub fn read(compact: &str, now: Micros) -> Result<LogoutToken, Flaw> {
    let signed = Signed::read(compact)?;
    // §2.4: `logout+jwt` is recommended, and older providers say JWT or nothing. What tells it from an ID token is `events`.
    if !["logout+jwt", "jwt", ""].contains(&signed.typ().as_str()) {
        return Err(Flaw::new("typ", "typ must be logout+jwt"));
    }
    let (issuer, id) = (signed.need("iss")?, signed.need("jti")?);
    signed.check_times(OLDEST, now)?;
    let expires = signed.moment("exp")?.ok_or_else(|| Flaw::new("exp", "exp is missing"))?;
    if expires > (now / SECOND).saturating_add(OLDEST) {
        return Err(Flaw::new("exp", "the token lives longer than an hour"));
    }
    let audience = signed.audience()?;
    // §2.6 (5)
    let event = signed.claims().get("events").and_then(|events| events.get(EVENT));
    if !event.is_some_and(Value::is_object) {
        return Err(Flaw::new("events", "events does not say backchannel-logout"));
    }
    // §2.6 (6): an ID token must not pass for one.
    if signed.claims().contains_key("nonce") {
        return Err(Flaw::new("nonce", "a logout token has no nonce"));
    }
    // §2.6 (4)
    let (subject, session_id) = (signed.text("sub"), signed.text("sid"));
    if subject.is_none() && session_id.is_none() {
        return Err(Flaw::new("sub", "there is neither sub nor sid: nobody is named"));
    }
    Ok(LogoutToken { signed, issuer, audience, id, subject, session_id })
}
