//! The deployment's signing keys: private halves sealed, public halves as published. A key is published before it signs
//! (`signs_from`) and for a while after it did (`signs_until`), so that nobody meets a signature they can't check.

use diesel::prelude::*;

use crate::{Conn, Micros, Result, id::DEPLOYMENT, schema::signing_keys};

/// How long a key stays published after it has stopped signing: longer than what it signed, and than caches keep.
pub const PUBLISHED_AFTER: Micros = 24 * 3600 * crate::SECOND;

/// One key.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = signing_keys)]
pub struct SigningKey {
    /// The nil workspace, the deployment.
    pub workspace_id: String,
    /// `kid`.
    pub key_id: String,
    /// `RS256`, …
    pub algorithm: String,
    /// Sealed.
    pub private_key: String,
    /// The public JSON Web Key, as published.
    pub public_jwk: String,
    /// Creation.
    pub created_at: Micros,
    /// When it begins to sign.
    pub signs_from: Micros,
    /// When it stops; `None`: until there is another.
    pub signs_until: Option<Micros>,
}

/// Every key that is published: next, current, and those before for a while. The newest first.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut Conn, now: Micros) -> Result<Vec<SigningKey>> {
    let published =
        signing_keys::signs_until.is_null().or(signing_keys::signs_until.gt(now - PUBLISHED_AFTER));
    Ok(signing_keys::table
        .filter(signing_keys::workspace_id.eq(DEPLOYMENT))
        .filter(published)
        .order((signing_keys::signs_from.desc(), signing_keys::key_id))
        .select(SigningKey::as_select())
        .load(conn)?)
}

/// The key that signs by this algorithm now: of those that may, the one that began last.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut Conn, algorithm: &str, now: Micros) -> Result<Option<SigningKey>> {
    let still = signing_keys::signs_until.is_null().or(signing_keys::signs_until.gt(now));
    Ok(signing_keys::table
        .filter(signing_keys::workspace_id.eq(DEPLOYMENT))
        .filter(signing_keys::algorithm.eq(algorithm))
        .filter(signing_keys::signs_from.le(now))
        .filter(still)
        .order((signing_keys::signs_from.desc(), signing_keys::key_id))
        .select(SigningKey::as_select())
        .first(conn)
        .optional()?)
}

/// Keeps the first key of an algorithm, unless another node was quicker; the key that signs.
///
/// # Errors
/// The database's.
pub fn begin(conn: &mut Conn, key: SigningKey, now: Micros) -> Result<SigningKey> {
    // SQLite has one writer; on PostgreSQL two nodes could both find none. The number is this table's alone.
    if let Conn::Postgres(inner) = conn {
        diesel::sql_query("SELECT pg_advisory_xact_lock(7650126)").execute(inner)?;
    }
    // Whatever its moment: clocks differ, and who came first may have read a later time than we did.
    let still = signing_keys::signs_until.is_null().or(signing_keys::signs_until.gt(now));
    let there: Option<SigningKey> = signing_keys::table
        .filter(signing_keys::workspace_id.eq(DEPLOYMENT))
        .filter(signing_keys::algorithm.eq(&key.algorithm))
        .filter(still)
        .order((signing_keys::signs_from, signing_keys::key_id))
        .select(SigningKey::as_select())
        .first(conn)
        .optional()?;
    if let Some(there) = there {
        return Ok(there);
    }
    diesel::insert_into(signing_keys::table).values(&key).execute(conn)?;
    Ok(key)
}
