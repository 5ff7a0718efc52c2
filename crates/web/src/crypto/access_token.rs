//! Reads a presented access token, opaque or a JWT (RFC 9068), into what to look up. The signature of a JWT proves that this
//! deployment issued it, not that it is still valid: its row is read for each use (design rule 1).

use serde_json::{Map, Value};
use vestibule_core::{
    ids::WorkspaceId,
    time::{Micros, SECOND},
};
use vestibule_store::{
    Conn, Error,
    access::{
        secrets::{self, Presented},
        tokens,
    },
    oauth::keys,
};

use crate::crypto::signing;

/// `typ` of a JWT access token (RFC 9068 §2.1). It keeps an ID token or a logout token from being accepted as one.
pub const TYPE: &str = "at+jwt";

/// What to look up for a presented token; `None` when this deployment did not issue it. `issuer` is that of this deployment.
pub fn presented(conn: &mut Conn, issuer: &str, text: &str, now: Micros) -> Result<Option<Presented>, Error> {
    // A JSON object in base64url begins so. Other texts cost no read of the keys.
    if !text.starts_with("ey") {
        return Ok(secrets::parse(text));
    }
    let keys = keys::list(conn, now)?;
    let claims = signing::verified(&keys, TYPE, text)?;
    Ok(claims.and_then(|claims| named(&claims, issuer, now)))
}

/// RFC 9068 §4: checks `iss` and `exp` of a token whose `typ` and signature are checked already. The row of the token has the audience
/// (`aud`).
fn named(claims: &Map<String, Value>, issuer: &str, now: Micros) -> Option<Presented> {
    let says = |name: &str| claims.get(name).and_then(Value::as_str);
    if says("iss") != Some(issuer) || claims.get("exp").and_then(Value::as_i64)? <= now / SECOND {
        return None;
    }
    Some(tokens::named(WorkspaceId::from_stored(says("team_id")?), says("jti")?))
}
