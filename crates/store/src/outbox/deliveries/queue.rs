//! The queue of the outbox. A node claims due deliveries for a short time and writes the outcome. A claim only moves `due_at`: if the
//! node dies, the row is due again. Of one subject and one target only the first waiting delivery is claimed, so they are sent in
//! order.

use diesel::{
    prelude::*,
    sql_types::{BigInt, Integer, Nullable, Text},
};
use vestibule_core::{
    ids::WorkspaceId,
    sets::{DeliveryKind, DeliveryState},
    time::Micros,
};

use crate::{
    Conn, Result,
    db::{schema::deliveries, statement::Statement},
};

/// A delivery that this node may send now.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Claimed {
    /// Workspace of the data.
    pub workspace_id: WorkspaceId,
    /// Id of the delivery.
    pub delivery_id: String,
    /// Kind of the message.
    pub kind: DeliveryKind,
    /// Id of the client or the webhook.
    pub target_id: String,
    /// `user:{id}`, …
    pub subject: String,
    /// For a logout: the session that ended; empty: all sessions.
    pub sid: String,
    /// For a webhook: sequence number of the event; 0: a test.
    pub seq: i64,
    /// Number of this attempt, from 1.
    pub attempts: i64,
    /// When the delivery was written or replayed.
    pub created_at: Micros,
}

type Columns = (Text, Text, Text, Text, Text, Text, BigInt, BigInt, BigInt);

/// The columns of [`Claimed`], returned by each claim.
const RETURNING: &str =
    " RETURNING workspace_id, delivery_id, kind, target_id, subject, sid, seq, attempts, created_at";

/// Whether a delivery is due. The only query of an idle node.
pub fn is_due(conn: &mut Conn, now: Micros) -> Result<bool> {
    let found: Option<i32> =
        Statement::<Integer>::new("SELECT 1 FROM deliveries WHERE state = 'waiting' AND due_at <= ")
            .whole(now)
            .sql(" LIMIT 1")
            .get_result(conn)
            .optional()?;
    Ok(found.is_some())
}

/// Claims at most `limit` due deliveries until `lease_end`, except those for the targets in `but`.
pub fn claim(
    conn: &mut Conn,
    but: &[String],
    limit: i64,
    lease_end: Micros,
    now: Micros,
) -> Result<Vec<Claimed>> {
    let mut statement = Statement::<Columns>::new("UPDATE deliveries SET attempts = attempts + 1, due_at = ")
        .whole(lease_end)
        .sql(
            " WHERE (workspace_id, delivery_id) IN (SELECT d.workspace_id, d.delivery_id FROM deliveries AS d \
             WHERE d.state = 'waiting' AND d.due_at <= ",
        )
        .whole(now);
    for target_id in but {
        statement = statement.sql(" AND d.target_id <> ").text(target_id);
    }
    let statement = statement
        .sql(
            " AND NOT EXISTS (SELECT 1 FROM deliveries AS e WHERE e.workspace_id = d.workspace_id \
             AND e.target_id = d.target_id AND e.subject = d.subject AND e.state = 'waiting' \
             AND (e.seq, e.delivery_id) < (d.seq, d.delivery_id)) ORDER BY d.due_at LIMIT ",
        )
        .whole(limit);
    // On PostgreSQL other nodes claim at the same time. SQLite has one writer and needs no lock.
    let statement = match conn {
        Conn::Postgres(_) => statement.sql(" FOR UPDATE SKIP LOCKED"),
        Conn::Sqlite(_) => statement,
    };
    Ok(statement.sql(")").sql(RETURNING).load(conn)?)
}

/// Writes that the receiver accepted the delivery.
pub fn delivered(conn: &mut Conn, claimed: &Claimed, outcome: &str, now: Micros) -> Result<()> {
    end(conn, claimed, DeliveryState::Delivered, outcome, now)
}

/// Writes that the delivery failed: retried at `again`, or dead if `None`.
pub fn failed(
    conn: &mut Conn,
    claimed: &Claimed,
    outcome: &str,
    again: Option<Micros>,
    now: Micros,
) -> Result<()> {
    let Some(again) = again else { return end(conn, claimed, DeliveryState::Dead, outcome, now) };
    diesel::update(deliveries::table.find((&claimed.workspace_id, &claimed.delivery_id)))
        .filter(deliveries::state.eq(DeliveryState::Waiting))
        .set((deliveries::due_at.eq(again), deliveries::outcome.eq(outcome)))
        .execute(conn)?;
    Ok(())
}

fn end(conn: &mut Conn, claimed: &Claimed, state: DeliveryState, outcome: &str, now: Micros) -> Result<()> {
    diesel::update(deliveries::table.find((&claimed.workspace_id, &claimed.delivery_id)))
        .filter(deliveries::state.eq(DeliveryState::Waiting))
        .set((
            deliveries::state.eq(state),
            deliveries::outcome.eq(outcome),
            deliveries::ended_at.eq(Some(now)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Postpones at most `limit` due deliveries to a target that does not answer, so queries for due deliveries skip them.
pub fn put_off(conn: &mut Conn, target_id: &str, until: Micros, limit: i64, now: Micros) -> Result<usize> {
    move_to(conn, target_id, until, |of_target| {
        of_target.sql(" AND d.due_at <= ").whole(now).sql(" ORDER BY d.due_at LIMIT ").whole(limit)
    })
}

/// Makes all waiting deliveries to a target due, because it answers again, except those that a node may be sending. `lease_end` is the
/// end of a claim made now.
pub fn wake(conn: &mut Conn, target_id: &str, lease_end: Micros, now: Micros) -> Result<usize> {
    move_to(conn, target_id, now, |of_target| of_target.sql(" AND d.due_at > ").whole(lease_end))
}

/// The first waiting delivery to a target, claimed to test whether the target answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum First {
    /// No delivery waits.
    Nothing,
    /// A node may be sending it, or it becomes due at this time.
    DueAt(Micros),
    /// Claimed by this node until the end of the lease.
    Claimed(Box<Claimed>),
}

/// Claims the first waiting delivery to a target, even if it is postponed. The one with the lowest sequence number is also the first of
/// its subject.
pub fn claim_first(conn: &mut Conn, target_id: &str, lease_end: Micros, now: Micros) -> Result<First> {
    let first: Option<(WorkspaceId, String, Micros)> = Statement::<(Text, Text, BigInt)>::new(
        "SELECT workspace_id, delivery_id, due_at FROM deliveries WHERE state = 'waiting' AND target_id = ",
    )
    .text(target_id)
    .sql(" ORDER BY seq, delivery_id LIMIT 1")
    .get_result(conn)
    .optional()?;
    let Some((workspace_id, delivery_id, due_at)) = first else { return Ok(First::Nothing) };
    if now < due_at && due_at <= lease_end {
        return Ok(First::DueAt(due_at));
    }
    let claimed = Statement::<Columns>::new("UPDATE deliveries SET attempts = attempts + 1, due_at = ")
        .whole(lease_end)
        .sql(" WHERE workspace_id = ")
        .text(&workspace_id)
        .sql(" AND delivery_id = ")
        .text(&delivery_id)
        .sql(" AND state = 'waiting' AND due_at = ")
        .whole(due_at)
        .sql(RETURNING)
        .get_result(conn)
        .optional()?;
    // Claimed by another node in the meantime.
    Ok(claimed.map_or(First::DueAt(lease_end), |claimed| First::Claimed(Box::new(claimed))))
}

/// Sets `due_at` of the chosen deliveries to a target, except those that another node has locked.
fn move_to(
    conn: &mut Conn,
    target_id: &str,
    due_at: Micros,
    chosen: impl FnOnce(Statement<()>) -> Statement<()>,
) -> Result<usize> {
    let of_target = Statement::<()>::new("UPDATE deliveries SET due_at = ")
        .whole(due_at)
        .sql(
            " WHERE (workspace_id, delivery_id) IN (SELECT d.workspace_id, d.delivery_id FROM deliveries AS d \
             WHERE d.state = 'waiting' AND d.target_id = ",
        )
        .text(target_id);
    let statement = match conn {
        Conn::Postgres(_) => chosen(of_target).sql(" FOR UPDATE SKIP LOCKED)"),
        Conn::Sqlite(_) => chosen(of_target).sql(")"),
    };
    Ok(statement.execute(conn)?)
}

/// Number of waiting deliveries, and creation time of the oldest.
pub fn oldest(conn: &mut Conn) -> Result<(i64, Option<Micros>)> {
    Ok(Statement::<(BigInt, Nullable<BigInt>)>::new(
        "SELECT COUNT(*), MIN(created_at) FROM deliveries WHERE state = 'waiting'",
    )
    .get_result(conn)?)
}
