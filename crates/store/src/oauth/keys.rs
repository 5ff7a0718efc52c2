//! The deployment's signing keys: private halves sealed, public halves as published. A key is published before it signs
//! (`signs_from`) and for a while after it did (`signs_until`), so that nobody meets a signature they can't check.

mod due;

use diesel::prelude::*;
use vestibule_core::{ids::DEPLOYMENT, sets::Algorithm, time::Micros};

use crate::{Conn, Result, db::schema::signing_keys};

pub use due::{Due, Standing, due, standing};

/// How long a key is published before it signs: far longer than our own key set may be cached, for those who keep it longer.
pub const PUBLISHED_BEFORE: Micros = 24 * 3600 * vestibule_core::time::SECOND;

/// How long a key stays published after it has stopped signing: longer than what it signed, and than caches keep.
pub const PUBLISHED_AFTER: Micros = 24 * 3600 * vestibule_core::time::SECOND;

/// One key.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = signing_keys)]
pub struct SigningKey {
    /// The nil workspace, the deployment.
    pub workspace_id: String,
    /// `kid`.
    pub key_id: String,
    /// Signature algorithm.
    pub algorithm: Algorithm,
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
pub fn find(conn: &mut Conn, algorithm: Algorithm, now: Micros) -> Result<Option<SigningKey>> {
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
pub fn begin(conn: &mut Conn, key: SigningKey, now: Micros) -> Result<SigningKey> {
    one_at_a_time(conn)?;
    // Whatever its moment: clocks differ, and who came first may have read a later time than we did.
    let still = signing_keys::signs_until.is_null().or(signing_keys::signs_until.gt(now));
    let there: Option<SigningKey> = signing_keys::table
        .filter(signing_keys::workspace_id.eq(DEPLOYMENT))
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

/// Puts the next key behind the one that signs, which stops when this one begins; unless that is not due, because another node
/// was quicker. Whether it was done.
pub fn succeed(conn: &mut Conn, next: &SigningKey, every: Micros, now: Micros) -> Result<bool> {
    one_at_a_time(conn)?;
    if due(&list(conn, now)?, next.algorithm, now, every) != Due::Next {
        return Ok(false);
    }
    let last = signing_keys::table
        .filter(signing_keys::workspace_id.eq(DEPLOYMENT))
        .filter(signing_keys::algorithm.eq(next.algorithm))
        .filter(signing_keys::signs_until.is_null());
    diesel::update(last).set(signing_keys::signs_until.eq(next.signs_from)).execute(conn)?;
    diesel::insert_into(signing_keys::table).values(next).execute(conn)?;
    Ok(true)
}

/// Puts a key in the place of every other of its algorithm, for one that leaked: from now on those neither sign nor are
/// published. How many those were.
pub fn replace(conn: &mut Conn, key: &SigningKey) -> Result<usize> {
    one_at_a_time(conn)?;
    let others = signing_keys::table
        .filter(signing_keys::workspace_id.eq(DEPLOYMENT))
        .filter(signing_keys::algorithm.eq(key.algorithm));
    let gone = diesel::delete(others).execute(conn)?;
    diesel::insert_into(signing_keys::table).values(key).execute(conn)?;
    Ok(gone)
}

/// Deletes the keys that are not published any more.
pub(crate) fn sweep(conn: &mut Conn, now: Micros) -> Result<usize> {
    let gone = signing_keys::table
        .filter(signing_keys::workspace_id.eq(DEPLOYMENT))
        .filter(signing_keys::signs_until.le(now - PUBLISHED_AFTER));
    Ok(diesel::delete(gone).execute(conn)?)
}

/// SQLite has one writer; on PostgreSQL two nodes could both see that a key is missing. The number is this table's alone.
fn one_at_a_time(conn: &mut Conn) -> Result<()> {
    if let Conn::Postgres(inner) = conn {
        diesel::sql_query("SELECT pg_advisory_xact_lock(7650126)").execute(inner)?;
    }
    Ok(())
}
