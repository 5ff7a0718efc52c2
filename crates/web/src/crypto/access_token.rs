//! An access token as somebody presents it: opaque, or a JWT of ours (RFC 9068). Either way it becomes what to look up: a JWT's
//! signature says that it is ours, never that it lives. That is the row's to say, asked anew each time (design rule 1).

use serde_json::Value;
use vestibule_core::time::{Micros, SECOND};
use vestibule_store::{
    Conn, Error,
    access::{
        secrets::{self, Presented},
        tokens,
    },
    oauth::keys::{self, SigningKey},
};

use crate::crypto::signing;

/// RFC 9068 §2.1: what keeps an ID token or a logout token from being taken for an access token.
pub const TYPE: &str = "at+jwt";

/// What to look up for a presented token; `None` when it is none of ours. `issuer` is this deployment's.
pub fn presented(conn: &mut Conn, issuer: &str, text: &str, now: Micros) -> Result<Option<Presented>, Error> {
    // A JSON object in base64url begins so; what does not costs no look at the keys.
    if !text.starts_with("ey") {
        return Ok(secrets::parse(text));
    }
    Ok(named(&keys::list(conn, now)?, issuer, text, now))
}

/// RFC 9068 §4, as far as the token itself says: `typ` and signature, `iss`, `exp`. For whom it is (`aud`) is in the row.
fn named(keys: &[SigningKey], issuer: &str, text: &str, now: Micros) -> Option<Presented> {
    let claims = signing::verified(keys, TYPE, text)?;
    let says = |name: &str| claims.get(name).and_then(Value::as_str);
    if says("iss") != Some(issuer) || claims.get("exp").and_then(Value::as_i64)? <= now / SECOND {
        return None;
    }
    Some(tokens::named(says("team_id")?, says("jti")?))
}
