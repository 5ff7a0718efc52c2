//! Signed assertions already accepted: a `jti` opens the door once (RFC 7519 §4.1.7).

use diesel::prelude::*;

use crate::{Conn, Micros, Result, on_backend, schema::assertions, secret};

/// Accepts an assertion's `jti` of an issuer; false when it was accepted before.
///
/// # Errors
/// The database's.
pub fn accept(
    conn: &mut Conn,
    workspace_id: &str,
    issuer: &str,
    jti: &str,
    expires_at: Micros,
) -> Result<bool> {
    let row = (
        assertions::workspace_id.eq(workspace_id),
        assertions::jti_digest.eq(secret::digest(&format!("{issuer}\n{jti}"))),
        assertions::expires_at.eq(expires_at),
    );
    let inserted = on_backend!(conn, |inner| {
        diesel::insert_into(assertions::table).values(row).on_conflict_do_nothing().execute(inner)
    })?;
    Ok(inserted == 1)
}
