//! Pauses of receivers that do not answer. A pause is longer after each failure in a row; after it, one node sends one delivery as a
//! test. Pauses are rows, because all nodes share them and because deliveries to such a receiver are postponed in the database.

use diesel::prelude::*;
use vestibule_core::{
    ids::{DEPLOYMENT, WorkspaceId},
    time::Micros,
};

use crate::{Conn, Result, db::schema::resting_receivers, on_backend};

/// The pause of a receiver that did not answer.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = resting_receivers)]
pub struct Pause {
    workspace_id: WorkspaceId,
    /// Id of the client or the webhook.
    pub target_id: String,
    /// Number of failures in a row.
    pub failures: i64,
    /// End of the pause: nothing is sent before.
    pub rest_until: Micros,
    /// Until when one node tests the receiver; in the past: no node does.
    pub try_until: Micros,
}

impl Pause {
    /// Whether the receiver may be tested now.
    pub fn is_over(&self, now: Micros) -> bool {
        self.rest_until <= now && self.try_until <= now
    }
}

/// All pauses, in the order in which they are locked.
pub fn pauses(conn: &mut Conn) -> Result<Vec<Pause>> {
    Ok(resting_receivers::table
        .filter(resting_receivers::workspace_id.eq(&*DEPLOYMENT))
        .order(resting_receivers::target_id)
        .select(Pause::as_select())
        .load(conn)?)
}

/// Whether any receiver may be tested now.
pub fn is_pause_over(conn: &mut Conn, now: Micros) -> Result<bool> {
    Ok(pauses(conn)?.iter().any(|rest| rest.is_over(now)))
}

/// Reserves the test of a receiver for this node until `try_until`. Returns whether it is reserved.
pub fn begin_trial(conn: &mut Conn, target_id: &str, try_until: Micros, now: Micros) -> Result<bool> {
    let taken = diesel::update(resting_receivers::table.find((&*DEPLOYMENT, target_id)))
        .filter(resting_receivers::rest_until.le(now))
        .filter(resting_receivers::try_until.le(now))
        .set(resting_receivers::try_until.eq(try_until))
        .execute(conn)?;
    Ok(taken == 1)
}

/// Lets any node test the receiver from this time on.
pub fn leave_trial(conn: &mut Conn, target_id: &str, until: Micros) -> Result<()> {
    diesel::update(resting_receivers::table.find((&*DEPLOYMENT, target_id)))
        .set(resting_receivers::try_until.eq(until))
        .execute(conn)?;
    Ok(())
}

/// Locks the pause until the end of the transaction; `None` if the receiver answers again. Postponing deliveries needs this lock, or
/// they could be postponed just after the receiver answered.
pub fn lock_pause(conn: &mut Conn, target_id: &str) -> Result<Option<Pause>> {
    let query = resting_receivers::table.find((&*DEPLOYMENT, target_id));
    Ok(match conn {
        Conn::Postgres(inner) => query.select(Pause::as_select()).for_update().first(inner).optional()?,
        Conn::Sqlite(inner) => query.select(Pause::as_select()).first(inner).optional()?,
    })
}

/// Begins or prolongs the pause of a receiver that did not answer. `wait` returns the length for a number of failures in a row.
/// Deliveries that were sent at the same time count as one failure.
pub fn rest(conn: &mut Conn, target_id: &str, wait: impl Fn(i64) -> Micros, now: Micros) -> Result<()> {
    let Some(rest) = lock_pause(conn, target_id)? else {
        let first = Pause {
            workspace_id: DEPLOYMENT.clone(),
            target_id: target_id.to_owned(),
            failures: 1,
            rest_until: now + wait(1),
            try_until: 0,
        };
        // Another node may have inserted the pause.
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
    diesel::update(resting_receivers::table.find((&*DEPLOYMENT, target_id)))
        .set((
            resting_receivers::failures.eq(failures),
            resting_receivers::rest_until.eq(now + wait(failures)),
            resting_receivers::try_until.eq(0),
        ))
        .execute(conn)?;
    Ok(())
}

/// Ends the pause, because the receiver answers or nothing waits for it. Returns whether there was one.
pub fn end_pause(conn: &mut Conn, target_id: &str) -> Result<bool> {
    Ok(diesel::delete(resting_receivers::table.find((&*DEPLOYMENT, target_id))).execute(conn)? == 1)
}
