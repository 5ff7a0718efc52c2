//! Receivers that do not answer. Each rests for a while, longer after each failure in a row, and is then sent one delivery by one of
//! the nodes. The table is shared by all nodes and outlives them: what waits for such a receiver is put off in bulk in the
//! database, so the reason for it has to be there as well.

use diesel::prelude::*;
use vestibule_core::{ids::DEPLOYMENT, time::Micros};

use crate::{Conn, Result, db::schema::resting_receivers, on_backend};

/// A receiver that did not answer the last time.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = resting_receivers)]
pub struct Rest {
    workspace_id: String,
    /// The client's id, or the webhook's.
    pub target_id: String,
    /// How often it did not answer, in a row.
    pub failures: i64,
    /// Until when nothing is sent to it.
    pub rest_until: Micros,
    /// Until when a node has a try for itself; in the past: none has.
    pub try_until: Micros,
}

impl Rest {
    /// Whether it may be tried now.
    pub fn is_over(&self, now: Micros) -> bool {
        self.rest_until <= now && self.try_until <= now
    }
}

/// All of them, in the order in which they are locked.
pub fn rests(conn: &mut Conn) -> Result<Vec<Rest>> {
    Ok(resting_receivers::table
        .filter(resting_receivers::workspace_id.eq(DEPLOYMENT))
        .order(resting_receivers::target_id)
        .select(Rest::as_select())
        .load(conn)?)
}

/// Whether any may be tried now.
pub fn is_rest_over(conn: &mut Conn, now: Micros) -> Result<bool> {
    Ok(rests(conn)?.iter().any(|rest| rest.is_over(now)))
}

/// Takes the one try that a receiver gets after a rest, until `try_until`; whether this node has it.
pub fn begin_try(conn: &mut Conn, target_id: &str, try_until: Micros, now: Micros) -> Result<bool> {
    let taken = diesel::update(resting_receivers::table.find((DEPLOYMENT, target_id)))
        .filter(resting_receivers::rest_until.le(now))
        .filter(resting_receivers::try_until.le(now))
        .set(resting_receivers::try_until.eq(try_until))
        .execute(conn)?;
    Ok(taken == 1)
}

/// Leaves the try to whoever comes at that moment.
pub fn leave_try(conn: &mut Conn, target_id: &str, until: Micros) -> Result<()> {
    diesel::update(resting_receivers::table.find((DEPLOYMENT, target_id)))
        .set(resting_receivers::try_until.eq(until))
        .execute(conn)?;
    Ok(())
}

/// Locks it until the end of the transaction; nothing if it answers again. What puts deliveries off must hold this lock, or they would
/// be put off just after the receiver was found well.
pub fn lock_rest(conn: &mut Conn, target_id: &str) -> Result<Option<Rest>> {
    let query = resting_receivers::table.find((DEPLOYMENT, target_id));
    Ok(match conn {
        Conn::Postgres(inner) => query.select(Rest::as_select()).for_update().first(inner).optional()?,
        Conn::Sqlite(inner) => query.select(Rest::as_select()).first(inner).optional()?,
    })
}

/// It did not answer. It rests for as long as `wait` says of that many failures in a row; what was under way together fails
/// together, and counts once.
pub fn rest(conn: &mut Conn, target_id: &str, wait: impl Fn(i64) -> Micros, now: Micros) -> Result<()> {
    let Some(rest) = lock_rest(conn, target_id)? else {
        let first = Rest {
            workspace_id: DEPLOYMENT.to_owned(),
            target_id: target_id.to_owned(),
            failures: 1,
            rest_until: now + wait(1),
            try_until: 0,
        };
        // Another node may have met the same.
        on_backend!(conn, |inner| diesel::insert_into(resting_receivers::table)
            .values(&first)
            .on_conflict_do_nothing()
            .execute(inner))?;
        return Ok(());
    };
    if rest.rest_until > now {
        return Ok(());
    }
    let failures = rest.failures + 1;
    diesel::update(resting_receivers::table.find((DEPLOYMENT, target_id)))
        .set((
            resting_receivers::failures.eq(failures),
            resting_receivers::rest_until.eq(now + wait(failures)),
            resting_receivers::try_until.eq(0),
        ))
        .execute(conn)?;
    Ok(())
}

/// It answers, or nothing waits for it; whether it was resting.
pub fn end_rest(conn: &mut Conn, target_id: &str) -> Result<bool> {
    Ok(diesel::delete(resting_receivers::table.find((DEPLOYMENT, target_id))).execute(conn)? == 1)
}
