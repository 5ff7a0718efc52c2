//! Signing keys of the deployment: private keys are sealed, public keys are stored as published. A key is published before it signs
//! (`signs_from`) and for some time afterwards (`signs_until`), so receivers can verify every signature.

mod due;

use diesel::prelude::*;
use serde_json::{Map, Value};
use vestibule_core::{
    ids::{DEPLOYMENT, WorkspaceId},
    sets::Algorithm,
    time::Micros,
};

use crate::{
    Conn, Result,
    db::{json::Json, schema::signing_keys},
};

pub use due::{Due, Standing, due, standing};

/// How long a key is published before it signs: much longer than the cache lifetime of the key set, for clients that cache longer.
pub const PUBLISHED_BEFORE: Micros = 24 * 3600 * vestibule_core::time::SECOND;

/// How long a key stays published after it stops signing: longer than the lifetime of its tokens and of caches.
pub const PUBLISHED_AFTER: Micros = 24 * 3600 * vestibule_core::time::SECOND;

/// A signing key.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = signing_keys)]
pub struct SigningKey {
    /// The nil workspace, the deployment.
    pub workspace_id: WorkspaceId,
    /// Key id (`kid`).
    pub key_id: String,
    /// Signature algorithm.
    pub algorithm: Algorithm,
    /// The sealed private key.
    pub private_key: String,
    /// The public JSON Web Key, as published.
    pub public_jwk: Json<Map<String, Value>>,
    /// Creation.
    pub created_at: Micros,
    /// When it starts to sign.
    pub signs_from: Micros,
    /// When it stops signing; `None`: no successor exists yet.
    pub signs_until: Option<Micros>,
}

impl SigningKey {
    /// The public JSON Web Key, as published.
    ///
    /// # Errors
    /// [`crate::Error::Corrupt`].
    pub fn public_jwk(&self) -> Result<Map<String, Value>> {
        self.public_jwk.read("signing_keys.public_jwk", &[&self.key_id])
    }
}

/// Lists all published keys (next, current and recently retired), newest first.
pub fn list(conn: &mut Conn, now: Micros) -> Result<Vec<SigningKey>> {
    let published =
        signing_keys::signs_until.is_null().or(signing_keys::signs_until.gt(now - PUBLISHED_AFTER));
    Ok(signing_keys::table
        .filter(signing_keys::workspace_id.eq(&*DEPLOYMENT))
        .filter(published)
        .order((signing_keys::signs_from.desc(), signing_keys::key_id))
        .select(SigningKey::as_select())
        .load(conn)?)
}

/// Finds the current key of this algorithm. If several may sign, it is the one that started last.
pub fn find(conn: &mut Conn, algorithm: Algorithm, now: Micros) -> Result<Option<SigningKey>> {
    let still = signing_keys::signs_until.is_null().or(signing_keys::signs_until.gt(now));
    Ok(signing_keys::table
        .filter(signing_keys::workspace_id.eq(&*DEPLOYMENT))
        .filter(signing_keys::algorithm.eq(algorithm))
        .filter(signing_keys::signs_from.le(now))
        .filter(still)
        .order((signing_keys::signs_from.desc(), signing_keys::key_id))
        .select(SigningKey::as_select())
        .first(conn)
        .optional()?)
}

/// Stores the first key of an algorithm, unless another node has stored one. Returns the key that signs.
pub fn begin(conn: &mut Conn, key: SigningKey, now: Micros) -> Result<SigningKey> {
    one_at_a_time(conn)?;
    // Ignores `signs_from`, because clocks differ: the key of another node may start after `now`.
    let still = signing_keys::signs_until.is_null().or(signing_keys::signs_until.gt(now));
    let there: Option<SigningKey> = signing_keys::table
        .filter(signing_keys::workspace_id.eq(&*DEPLOYMENT))
        .filter(signing_keys::algorithm.eq(key.algorithm))
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

/// Stores the next key, and sets the current key to stop when the next one starts. Does nothing if no key is due, because another
/// node has already stored one. Returns whether it was stored.
pub fn succeed(conn: &mut Conn, next: &SigningKey, every: Micros, now: Micros) -> Result<bool> {
    one_at_a_time(conn)?;
    if due(&list(conn, now)?, next.algorithm, now, every) != Due::Next {
        return Ok(false);
    }
    let last = signing_keys::table
        .filter(signing_keys::workspace_id.eq(&*DEPLOYMENT))
        .filter(signing_keys::algorithm.eq(next.algorithm))
        .filter(signing_keys::signs_until.is_null());
    diesel::update(last).set(signing_keys::signs_until.eq(next.signs_from)).execute(conn)?;
    diesel::insert_into(signing_keys::table).values(next).execute(conn)?;
    Ok(true)
}

/// Replaces all keys of the algorithm, for example after a leak: they no longer sign and are no longer published. Returns their
/// number.
pub fn replace(conn: &mut Conn, key: &SigningKey) -> Result<usize> {
    one_at_a_time(conn)?;
    let others = signing_keys::table
        .filter(signing_keys::workspace_id.eq(&*DEPLOYMENT))
        .filter(signing_keys::algorithm.eq(key.algorithm));
    let gone = diesel::delete(others).execute(conn)?;
    diesel::insert_into(signing_keys::table).values(key).execute(conn)?;
    Ok(gone)
}

/// Deletes keys that are no longer published.
pub(crate) fn sweep(conn: &mut Conn, now: Micros) -> Result<usize> {
    let gone = signing_keys::table
        .filter(signing_keys::workspace_id.eq(&*DEPLOYMENT))
        .filter(signing_keys::signs_until.le(now - PUBLISHED_AFTER));
    Ok(diesel::delete(gone).execute(conn)?)
}

/// Serialises changes of keys: on PostgreSQL two nodes could both find that a key is missing; SQLite has one writer. The lock
/// number is used for this table and for `saml_keys` only.
pub(crate) fn one_at_a_time(conn: &mut Conn) -> Result<()> {
    if let Conn::Postgres(inner) = conn {
        diesel::sql_query("SELECT pg_advisory_xact_lock(7650126)").execute(inner)?;
    }
    Ok(())
}
