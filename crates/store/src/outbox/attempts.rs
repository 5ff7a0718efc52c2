//! What attempts to deliver found: receivers that fail, and the failed attempts, for the pages. Nothing is decided by them: the queue has its
//! own state.

use diesel::prelude::*;
use vestibule_core::{
    ids::{self, DEPLOYMENT, WorkspaceId},
    time::Micros,
};

use crate::{
    Conn, Result,
    db::schema::{delivery_attempts, failing_receivers},
    on_backend,
    outbox::deliveries::Claimed,
};

/// A receiver whose last attempt failed.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = failing_receivers)]
pub struct Failing {
    workspace_id: WorkspaceId,
    /// Id of the client or the webhook.
    pub target_id: String,
    /// When the first attempt failed after the last one that did not.
    pub since: Micros,
    /// When the last attempt failed.
    pub last_at: Micros,
    /// How many attempts failed since then.
    pub attempts: i64,
    /// Status of the last answer, or why there was none.
    pub outcome: String,
}

/// An attempt that failed, or the attempt of a test.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = delivery_attempts)]
pub struct Attempt {
    /// Workspace of the data.
    pub workspace_id: WorkspaceId,
    /// Id of the webhook.
    pub target_id: String,
    /// Id of the attempt, ordered by time.
    pub attempt_id: String,
    /// Id of the delivery.
    pub delivery_id: String,
    /// When it ended.
    pub at: Micros,
    /// Whether the receiver accepted it.
    pub accepted: bool,
    /// Status of the answer, or why there was none.
    pub outcome: String,
    /// How long it took, in microseconds.
    pub micros: i64,
    /// How the answer began.
    pub body: String,
}

impl Attempt {
    /// An attempt for this delivery.
    pub fn new(
        claimed: &Claimed,
        accepted: bool,
        outcome: &str,
        micros: i64,
        body: String,
        now: Micros,
    ) -> Self {
        Self {
            workspace_id: claimed.workspace_id.clone(),
            target_id: claimed.target_id.clone(),
            attempt_id: ids::new(now),
            delivery_id: claimed.delivery_id.clone(),
            at: now,
            accepted,
            outcome: outcome.to_owned(),
            micros,
            body,
        }
    }
}

/// Records an attempt.
pub fn record(conn: &mut Conn, attempt: &Attempt) -> Result<()> {
    diesel::insert_into(delivery_attempts::table).values(attempt).execute(conn)?;
    Ok(())
}

/// Records that the receiver failed.
pub fn failed(conn: &mut Conn, target_id: &str, outcome: &str, now: Micros) -> Result<()> {
    let first = Failing {
        workspace_id: DEPLOYMENT.clone(),
        target_id: target_id.to_owned(),
        since: now,
        last_at: now,
        attempts: 1,
        outcome: outcome.to_owned(),
    };
    on_backend!(conn, |inner| {
        diesel::insert_into(failing_receivers::table)
            .values(&first)
            .on_conflict((failing_receivers::workspace_id, failing_receivers::target_id))
            .do_update()
            .set((
                failing_receivers::last_at.eq(now),
                failing_receivers::attempts.eq(failing_receivers::attempts + 1_i64),
                failing_receivers::outcome.eq(outcome),
            ))
            .execute(inner)
    })?;
    Ok(())
}

/// Records that the receiver accepted something, or is gone.
pub fn succeeded(conn: &mut Conn, target_id: &str) -> Result<()> {
    diesel::delete(failing_receivers::table.find((&*DEPLOYMENT, target_id))).execute(conn)?;
    Ok(())
}

/// Which of these receivers fail.
pub fn failing(conn: &mut Conn, target_ids: &[String]) -> Result<Vec<Failing>> {
    Ok(failing_receivers::table
        .filter(failing_receivers::workspace_id.eq(&*DEPLOYMENT))
        .filter(failing_receivers::target_id.eq_any(target_ids))
        .select(Failing::as_select())
        .load(conn)?)
}

/// The newest attempts of a webhook that are stored.
pub fn newest(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    target_id: &str,
    limit: i64,
) -> Result<Vec<Attempt>> {
    Ok(delivery_attempts::table
        .filter(delivery_attempts::workspace_id.eq(workspace_id))
        .filter(delivery_attempts::target_id.eq(target_id))
        .order(delivery_attempts::attempt_id.desc())
        .limit(limit)
        .select(Attempt::as_select())
        .load(conn)?)
}

/// The first attempt of a delivery that is stored.
pub fn of_delivery(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    target_id: &str,
    delivery_id: &str,
) -> Result<Option<Attempt>> {
    Ok(delivery_attempts::table
        .filter(delivery_attempts::workspace_id.eq(workspace_id))
        .filter(delivery_attempts::target_id.eq(target_id))
        .filter(delivery_attempts::delivery_id.eq(delivery_id))
        .order(delivery_attempts::attempt_id)
        .select(Attempt::as_select())
        .first(conn)
        .optional()?)
}

/// Deletes attempts from before this time. Returns their number.
pub fn sweep(conn: &mut Conn, before: Micros) -> Result<usize> {
    Ok(diesel::delete(delivery_attempts::table.filter(delivery_attempts::at.lt(before))).execute(conn)?)
}
