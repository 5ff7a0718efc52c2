//! Responses to requests with an idempotency key, so that a repeated request gets the same response and has no second effect.
//! Written in the transaction of the request; of two simultaneous requests, the second waits for the first.

use diesel::prelude::*;
use vestibule_core::{
    ids,
    time::{Micros, SECOND},
};

use crate::{Conn, Result, db::schema::idempotent_requests, on_backend};

/// How long a response is stored.
pub const KEPT: Micros = 24 * 3600 * SECOND;

/// A stored response.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = idempotent_requests)]
pub struct Answered {
    /// Digest of the request.
    pub request_digest: String,
    /// Status of the response.
    pub status: i64,
    /// Body of the response, as the caller of [`finish`] wrote it.
    pub body: String,
}

/// Begins a request of an operator key under an idempotency key. Returns the stored response, or `None` for a new request, for
/// which the same transaction must call [`finish`]. Waits for another transaction with the same key.
pub fn begin(
    conn: &mut Conn,
    key_id: &str,
    request_key: &str,
    request_digest: &str,
    now: Micros,
) -> Result<Option<Answered>> {
    let row = idempotent_requests::table.find((&*ids::DEPLOYMENT, key_id, request_key));
    diesel::delete(row.filter(idempotent_requests::created_at.le(now - KEPT))).execute(conn)?;
    let new = (
        idempotent_requests::workspace_id.eq(&*ids::DEPLOYMENT),
        idempotent_requests::key_id.eq(key_id),
        idempotent_requests::request_key.eq(request_key),
        idempotent_requests::request_digest.eq(request_digest),
        idempotent_requests::status.eq(0),
        idempotent_requests::body.eq(""),
        idempotent_requests::created_at.eq(now),
    );
    let inserted = on_backend!(conn, |inner| {
        diesel::insert_into(idempotent_requests::table).values(new).on_conflict_do_nothing().execute(inner)
    })?;
    if inserted == 1 {
        return Ok(None);
    }
    let row = idempotent_requests::table.find((&*ids::DEPLOYMENT, key_id, request_key));
    Ok(Some(row.select(Answered::as_select()).first(conn)?))
}

/// Stores the response to a request.
pub fn finish(conn: &mut Conn, key_id: &str, request_key: &str, status: u16, body: &str) -> Result<()> {
    diesel::update(idempotent_requests::table.find((&*ids::DEPLOYMENT, key_id, request_key)))
        .set((idempotent_requests::status.eq(i64::from(status)), idempotent_requests::body.eq(body)))
        .execute(conn)?;
    Ok(())
}

/// Deletes responses that have expired. Returns their number.
pub(crate) fn sweep(conn: &mut Conn, now: Micros) -> Result<usize> {
    let old = idempotent_requests::table.filter(idempotent_requests::created_at.le(now - KEPT));
    Ok(diesel::delete(old).execute(conn)?)
}
