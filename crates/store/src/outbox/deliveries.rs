//! The outbox: what happened and has to be told to somebody outside, written in the transaction that causes it (design rule
//! 10) and kept until it was told. A row refers to nothing, so it outlives whom it is about. Never sends: see the crate
//! `delivery`.

mod pauses;
mod queue;

use diesel::{dsl::count_star, prelude::*};
use vestibule_core::{ids, time::Micros};

use crate::{
    Conn, Result, Tx,
    db::{schema::deliveries, statement::Statement},
    on_backend,
    outbox::logout_receivers,
};

pub use pauses::{Rest, begin_try, end_rest, is_rest_over, leave_try, lock_rest, rest, rests};
pub use queue::{Claimed, First, claim, claim_first, delivered, failed, is_due, oldest, put_off, wake};

/// A logout token (OpenID Connect Back-Channel Logout 1.0).
pub const LOGOUT: &str = "logout";
/// An event, at a webhook.
pub const WEBHOOK: &str = "webhook";

/// Not told yet.
pub const WAITING: &str = "waiting";
/// Told, and taken.
pub const DELIVERED: &str = "delivered";
/// Given up.
pub const DEAD: &str = "dead";

/// The most rows one INSERT writes.
const BATCH: usize = 500;

/// One thing to be told to one receiver.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = deliveries)]
pub struct Delivery {
    /// Whose data it tells.
    pub workspace_id: String,
    /// Its name.
    pub delivery_id: String,
    /// [`LOGOUT`] or [`WEBHOOK`].
    pub kind: String,
    /// The client's id, or the webhook's.
    pub target_id: String,
    /// `user:{id}`, …: what is about the same is told to one receiver one after another.
    pub subject: String,
    /// Of a logout: the session that ended, as the app knows it; empty: all.
    pub sid: String,
    /// Of a webhook: the event's number; 0: a test.
    pub seq: i64,
    /// [`WAITING`], [`DELIVERED`] or [`DEAD`].
    pub state: String,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried next.
    pub due_at: Micros,
    /// What the last try met, in words; empty: not tried.
    pub outcome: String,
    /// When it was written, or let be tried anew.
    pub created_at: Micros,
    /// When it was delivered or given up.
    pub ended_at: Option<Micros>,
}

/// One that is about to be written: to whom, about what.
pub(crate) struct New<'a> {
    pub kind: &'a str,
    pub target_id: String,
    pub subject: &'a str,
    pub sid: String,
    pub seq: i64,
}

pub(crate) fn write(conn: &mut Tx<'_>, workspace_id: &str, new: Vec<New<'_>>, now: Micros) -> Result<()> {
    if new.is_empty() {
        return Ok(());
    }
    let rows: Vec<Delivery> = new
        .into_iter()
        .map(|new| Delivery {
            workspace_id: workspace_id.to_owned(),
            delivery_id: ids::new(now),
            kind: new.kind.to_owned(),
            target_id: new.target_id,
            subject: new.subject.to_owned(),
            sid: new.sid,
            seq: new.seq,
            state: WAITING.to_owned(),
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

/// To each app that this user has ever signed in to and that wants to know: all their access ended. The cost is that of the
/// apps that want to know, not of the user's sessions.
pub(crate) fn tell_all_ended(
    conn: &mut Tx<'_>,
    workspace_id: &str,
    user_id: &str,
    now: Micros,
) -> Result<()> {
    let apps = logout_receivers::of_user(conn, workspace_id, user_id)?;
    let subject = format!("user:{user_id}");
    let new = |target_id| New { kind: LOGOUT, target_id, subject: &subject, sid: String::new(), seq: 0 };
    write(conn, workspace_id, apps.into_iter().map(new).collect(), now)
}

/// To each app that was signed in to in this session and that wants to know: it ended. Called once nothing can be given
/// under the session any more.
pub(crate) fn tell_session_ended(
    conn: &mut Tx<'_>,
    workspace_id: &str,
    session_id: &str,
    user_id: &str,
    now: Micros,
) -> Result<()> {
    let told = logout_receivers::of_session(conn, workspace_id, session_id)?;
    let subject = format!("user:{user_id}");
    let new = |(target_id, sid)| New { kind: LOGOUT, target_id, subject: &subject, sid, seq: 0 };
    write(conn, workspace_id, told.into_iter().map(new).collect(), now)
}

/// Which deliveries are listed.
#[derive(Debug, Clone, Default)]
pub struct Which<'a> {
    /// Those of one workspace.
    pub workspace_id: Option<&'a str>,
    /// In this state.
    pub state: Option<&'a str>,
    /// To this client or webhook.
    pub target_id: Option<&'a str>,
    /// This one.
    pub delivery_id: Option<&'a str>,
    /// Those older than this one.
    pub before: Option<&'a str>,
}

macro_rules! meant {
    ($query:expr, $which:expr) => {{
        let mut query = $query;
        if let Some(workspace_id) = $which.workspace_id {
            query = query.filter(deliveries::workspace_id.eq(workspace_id));
        }
        if let Some(state) = $which.state {
            query = query.filter(deliveries::state.eq(state));
        }
        if let Some(target_id) = $which.target_id {
            query = query.filter(deliveries::target_id.eq(target_id));
        }
        if let Some(delivery_id) = $which.delivery_id {
            query = query.filter(deliveries::delivery_id.eq(delivery_id));
        }
        if let Some(before) = $which.before {
            query = query.filter(deliveries::delivery_id.lt(before));
        }
        query
    }};
}

/// Deliveries, the newest first. The operator's view: over all workspaces unless one is named.
pub fn list(conn: &mut Conn, which: &Which<'_>, limit: i64) -> Result<Vec<Delivery>> {
    Ok(meant!(deliveries::table.into_boxed(), which)
        .order(deliveries::delivery_id.desc())
        .limit(limit)
        .select(Delivery::as_select())
        .load(conn)?)
}

/// How many of a workspace's deliveries wait, or were given up, for each of these receivers: receiver, state, how many.
pub fn tally(
    conn: &mut Conn,
    workspace_id: &str,
    target_ids: &[String],
) -> Result<Vec<(String, String, i64)>> {
    Ok(deliveries::table
        .filter(deliveries::workspace_id.eq(workspace_id))
        .filter(deliveries::target_id.eq_any(target_ids))
        .filter(deliveries::state.eq_any([WAITING, DEAD]))
        .group_by((deliveries::target_id, deliveries::state))
        .select((deliveries::target_id, deliveries::state, count_star()))
        .load(conn)?)
}

/// A receiver's newest deliveries, whatever became of them: state by state, as the index has them.
pub fn newest(conn: &mut Conn, workspace_id: &str, target_id: &str, limit: usize) -> Result<Vec<Delivery>> {
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut all = Vec::new();
    for state in [WAITING, DELIVERED, DEAD] {
        let (workspace_id, target_id) = (Some(workspace_id), Some(target_id));
        let which = Which { workspace_id, target_id, state: Some(state), ..Which::default() };
        all.extend(list(conn, &which, most)?);
    }
    all.sort_by(|one, other| other.delivery_id.cmp(&one.delivery_id));
    all.truncate(limit);
    Ok(all)
}

/// Lets deliveries that ended be tried again, as if they were new: a dead one, or one the receiver has lost. Returns how many.
pub fn replay(conn: &mut Tx<'_>, which: &Which<'_>, now: Micros) -> Result<usize> {
    let chosen: Vec<(String, String)> = meant!(deliveries::table.into_boxed(), which)
        .filter(deliveries::state.ne(WAITING))
        .select((deliveries::workspace_id, deliveries::delivery_id))
        .load(&mut **conn)?;
    let mut again = 0;
    for (workspace_id, delivery_id) in &chosen {
        again += diesel::update(deliveries::table.find((workspace_id, delivery_id)))
            .set((
                deliveries::state.eq(WAITING),
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

/// Takes away what waits for a receiver that is gone.
pub(crate) fn forget(conn: &mut Conn, target_id: &str) -> Result<usize> {
    end_rest(conn, target_id)?;
    // The state stands in the text: the index holds what waits alone.
    Ok(Statement::<()>::new("DELETE FROM deliveries WHERE state = 'waiting' AND target_id = ")
        .text(target_id)
        .execute(conn)?)
}

/// Deletes what was delivered, or given up, before these moments; how many.
pub fn sweep(conn: &mut Conn, delivered_before: Micros, dead_before: Micros) -> Result<usize> {
    let mut gone = 0;
    for (state, before) in [(DELIVERED, delivered_before), (DEAD, dead_before)] {
        let old = deliveries::table
            .filter(deliveries::state.eq(state))
            .filter(deliveries::ended_at.is_not_null())
            .filter(deliveries::ended_at.lt(before));
        gone += diesel::delete(old).execute(conn)?;
    }
    Ok(gone)
}
