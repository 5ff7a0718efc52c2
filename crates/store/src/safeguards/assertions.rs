//! Signed assertions that were accepted: each `jti` is accepted once (RFC 7519 §4.1.7).

use diesel::prelude::*;
use vestibule_core::{ids::WorkspaceId, time::Micros};

use crate::{Conn, Result, access::secrets, db::schema::assertions, on_backend};

/// Records the `jti` of an issuer's assertion. Returns false if it was recorded before.
pub fn accept(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    issuer: &str,
    jti: &str,
    expires_at: Micros,
) -> Result<bool> {
    let row = (
        assertions::workspace_id.eq(workspace_id),
        assertions::jti_digest.eq(secrets::digest(&format!("{issuer}\n{jti}"))),
        assertions::expires_at.eq(expires_at),
    );
    let inserted = on_backend!(conn, |inner| {
        diesel::insert_into(assertions::table).values(row).on_conflict_do_nothing().execute(inner)
    })?;
    Ok(inserted == 1)
}
