//! Deliveries to apps and webhooks, written in the transaction that causes them (design rule 10) and stored until they are sent. A row
//! has no foreign key, so it stays when its user is deleted. Never sends: see the crate `delivery`.

mod pauses;
mod queue;

use diesel::{dsl::count_star, prelude::*};
use vestibule_core::{
    ids::{self, SessionId, UserId, WorkspaceId},
    sets::{DeliveryKind, DeliveryState},
    time::{Micros, SECOND},
};

use crate::{
    Conn, Result, Tx,
    db::{schema::deliveries, statement::Statement},
    on_backend,
    outbox::{attempts, logout_receivers},
};

pub use pauses::{Pause, begin_trial, end_pause, is_pause_over, leave_trial, lock_pause, pauses, rest};
pub use queue::{Claimed, First, claim, claim_first, delivered, failed, is_due, oldest, put_off, wake};

/// How long a claimed delivery is reserved for its node: longer than an attempt takes.
pub const LEASE: Micros = 20 * SECOND;

/// Most rows of one INSERT.
const BATCH: usize = 500;

/// One message to one receiver.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = deliveries)]
pub struct Delivery {
    /// Workspace of the data.
    pub workspace_id: WorkspaceId,
    /// Id of the delivery.
    pub delivery_id: String,
    /// Kind of the message.
    pub kind: DeliveryKind,
    /// Id of the client or the webhook.
    pub target_id: String,
    /// `user:{id}`, …: deliveries about one subject to one receiver are sent one after another.
    pub subject: String,
    /// For a logout: the session id (`sid`) that the app knows; empty: all sessions.
    pub sid: String,
    /// For a webhook: sequence number of the event; 0: a test.
    pub seq: i64,
    /// State of the delivery.
    pub state: DeliveryState,
    /// Number of attempts.
    pub attempts: i64,
    /// Time of the next attempt.
    pub due_at: Micros,
    /// Result of the last attempt in words; empty: no attempt yet.
    pub outcome: String,
    /// When the delivery was written or replayed.
    pub created_at: Micros,
    /// When it was delivered or became dead.
    pub ended_at: Option<Micros>,
}

/// A delivery to write.
pub(crate) struct New<'a> {
    pub kind: DeliveryKind,
    pub target_id: String,
    pub subject: &'a str,
    pub sid: String,
    pub seq: i64,
}

pub(crate) fn write(
    conn: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    new: Vec<New<'_>>,
    now: Micros,
) -> Result<()> {
    if new.is_empty() {
        return Ok(());
    }
    let rows: Vec<Delivery> = new
        .into_iter()
        .map(|new| Delivery {
            workspace_id: workspace_id.clone(),
            delivery_id: ids::new(now),
            kind: new.kind,
            target_id: new.target_id,
            subject: new.subject.to_owned(),
            sid: new.sid,
            seq: new.seq,
            state: DeliveryState::Waiting,
            attempts: 0,
            due_at: now,
            outcome: String::new(),
            created_at: now,
            ended_at: None,
        })
        .collect();
    for rows in rows.chunks(BATCH) {
        on_backend!(&mut **conn, |inner| diesel::insert_into(deliveries::table).values(rows).execute(inner))?;
    }
    conn.effects().deliveries = true;
    Ok(())
}

/// Writes a logout delivery for each app with a logout address that the user has ever signed in to, because all access of the user
/// ended.
pub(crate) fn queue_logouts_of_user(
    conn: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    user_id: &UserId,
    now: Micros,
) -> Result<()> {
    let apps = logout_receivers::of_user(conn, workspace_id, user_id)?;
    let subject = format!("user:{user_id}");
    let new = |target_id| New {
        kind: DeliveryKind::Logout,
        target_id,
        subject: &subject,
        sid: String::new(),
        seq: 0,
    };
    write(conn, workspace_id, apps.into_iter().map(new).collect(), now)
}

/// Writes a logout delivery for each app with a logout address that was signed in to in this session. Called after the session can
/// issue nothing any more.
pub(crate) fn queue_logouts_of_session(
    conn: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    session_id: &SessionId,
    user_id: &UserId,
    now: Micros,
) -> Result<()> {
    let told = logout_receivers::of_session(conn, workspace_id, session_id)?;
    let subject = format!("user:{user_id}");
    let new =
        |(target_id, sid)| New { kind: DeliveryKind::Logout, target_id, subject: &subject, sid, seq: 0 };
    write(conn, workspace_id, told.into_iter().map(new).collect(), now)
}

/// Filter of a list of deliveries.
#[derive(Debug, Clone, Default)]
pub struct DeliveryFilter<'a> {
    /// Of this workspace.
    pub workspace_id: Option<&'a WorkspaceId>,
    /// In this state.
    pub state: Option<DeliveryState>,
    /// To this client or webhook.
    pub target_id: Option<&'a str>,
    /// With this id.
    pub delivery_id: Option<&'a str>,
    /// Older than this delivery.
    pub before: Option<&'a str>,
}

macro_rules! filtered {
    ($query:expr, $filter:expr) => {{
        let mut query = $query;
        if let Some(workspace_id) = $filter.workspace_id {
            query = query.filter(deliveries::workspace_id.eq(workspace_id));
        }
        if let Some(state) = $filter.state {
            query = query.filter(deliveries::state.eq(state));
        }
        if let Some(target_id) = $filter.target_id {
            query = query.filter(deliveries::target_id.eq(target_id));
        }
        if let Some(delivery_id) = $filter.delivery_id {
            query = query.filter(deliveries::delivery_id.eq(delivery_id));
        }
        if let Some(before) = $filter.before {
            query = query.filter(deliveries::delivery_id.lt(before));
        }
        query
    }};
}

/// Lists deliveries, newest first, of all workspaces unless the filter names one.
pub fn list(conn: &mut Conn, filter: &DeliveryFilter<'_>, limit: i64) -> Result<Vec<Delivery>> {
    Ok(filtered!(deliveries::table.into_boxed(), filter)
        .order(deliveries::delivery_id.desc())
        .limit(limit)
        .select(Delivery::as_select())
        .load(conn)?)
}

/// Counts waiting and dead deliveries of a workspace for each of these receivers: receiver, state, number.
pub fn tally(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    target_ids: &[String],
) -> Result<Vec<(String, DeliveryState, i64)>> {
    Ok(deliveries::table
        .filter(deliveries::workspace_id.eq(workspace_id))
        .filter(deliveries::target_id.eq_any(target_ids))
        .filter(deliveries::state.eq_any([DeliveryState::Waiting, DeliveryState::Dead]))
        .group_by((deliveries::target_id, deliveries::state))
        .select((deliveries::target_id, deliveries::state, count_star()))
        .load(conn)?)
}

/// The newest deliveries to a receiver in any state. One query for each state, because the index has the state before the id.
pub fn newest(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    target_id: &str,
    limit: usize,
) -> Result<Vec<Delivery>> {
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut all = Vec::new();
    for state in DeliveryState::ALL {
        let (workspace_id, target_id) = (Some(workspace_id), Some(target_id));
        let filter =
            DeliveryFilter { workspace_id, target_id, state: Some(state), ..DeliveryFilter::default() };
        all.extend(list(conn, &filter, most)?);
    }
    all.sort_by(|one, other| other.delivery_id.cmp(&one.delivery_id));
    all.truncate(limit);
    Ok(all)
}

/// Sends deliveries again that are dead or delivered, as if they were new. Returns their number.
pub fn replay(conn: &mut Tx<'_>, filter: &DeliveryFilter<'_>, now: Micros) -> Result<usize> {
    let chosen: Vec<(WorkspaceId, String)> = filtered!(deliveries::table.into_boxed(), filter)
        .filter(deliveries::state.ne(DeliveryState::Waiting))
        .select((deliveries::workspace_id, deliveries::delivery_id))
        .load(&mut **conn)?;
    let mut again = 0;
    for (workspace_id, delivery_id) in &chosen {
        again += diesel::update(deliveries::table.find((workspace_id, delivery_id)))
            .set((
                deliveries::state.eq(DeliveryState::Waiting),
                deliveries::attempts.eq(0),
                deliveries::due_at.eq(now),
                deliveries::created_at.eq(now),
                deliveries::ended_at.eq(None::<Micros>),
            ))
            .execute(&mut **conn)?;
    }
    if again > 0 {
        conn.effects().deliveries = true;
    }
    Ok(again)
}

/// Lets everything that waits for a receiver be sent at once, also while it is paused because it did not answer.
pub fn retry_now(conn: &mut Tx<'_>, target_id: &str, now: Micros) -> Result<usize> {
    end_pause(conn, target_id)?;
    let moved = wake(conn, target_id, now + LEASE, now)?;
    conn.effects().deliveries = true;
    Ok(moved)
}

/// Deletes the waiting deliveries to a receiver that was removed.
pub(crate) fn forget(conn: &mut Conn, target_id: &str) -> Result<usize> {
    end_pause(conn, target_id)?;
    attempts::succeeded(conn, target_id)?;
    // The state is part of the text, because the index contains waiting rows only.
    Ok(Statement::<()>::new("DELETE FROM deliveries WHERE state = 'waiting' AND target_id = ")
        .text(target_id)
        .execute(conn)?)
}

/// Deletes deliveries that were delivered or became dead before these times. Returns their number.
pub fn sweep(conn: &mut Conn, delivered_before: Micros, dead_before: Micros) -> Result<usize> {
    let mut gone = 0;
    for (state, before) in [(DeliveryState::Delivered, delivered_before), (DeliveryState::Dead, dead_before)]
    {
        let old = deliveries::table
            .filter(deliveries::state.eq(state))
            .filter(deliveries::ended_at.is_not_null())
            .filter(deliveries::ended_at.lt(before));
        gone += diesel::delete(old).execute(conn)?;
    }
    Ok(gone)
}
