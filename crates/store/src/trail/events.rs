//! The governance trail: actor, kind, target and time of each event. Written in the transaction that causes the event (design
//! rule 10) and numbered per workspace without gaps. The row of the counter is locked until that transaction ends, so events are
//! written at its end, all in one INSERT (`append`). Each line has a hash that includes the hash of the line before (`chain`). The
//! same transaction writes the deliveries to webhooks.

pub(crate) mod append;
pub(crate) mod cause;
mod chain;
pub mod kinds;
mod of_request;
mod read;
mod retain;
pub(crate) mod target;
mod verify;

use diesel::prelude::*;
use serde::Serialize;
use serde_json::{Map, Value};
use vestibule_core::{
    ids::{self, WorkspaceId},
    sets::EventKind,
    time::Micros,
};

use crate::{
    Conn, Result, Tx,
    db::{
        json::Json,
        schema::{event_heads, events},
    },
    effects::PendingEvent,
};

pub use cause::{Cause, Credential};
pub use kinds::EventData;
pub use of_request::{find_by_id, of_request};
pub use read::{EventFilter, EventPage, search};
pub use retain::remove_before;
pub use target::{Target, Targets};
pub use verify::{Fault, Verified, verify};

/// One line of the trail.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = events)]
pub struct Event {
    /// Workspace of the trail.
    pub workspace_id: WorkspaceId,
    /// Sequence number in this workspace, from 1.
    pub seq: i64,
    /// Id of the event; also the reference on a refusal page.
    pub event_id: String,
    /// `user_created`, `user_deactivated`, `signed_in`, `access_ended`, …
    pub kind: String,
    /// Actor.
    pub actor: String,
    /// Target: `user:{id}`, `group:{id}`, …
    pub target: String,
    /// Id of the request.
    pub request_id: String,
    /// Data of the kind, a JSON object. Never a secret.
    pub data: Json<Map<String, Value>>,
    /// Time of the event.
    pub at: Micros,
    /// Hash of this line and the hash before it; empty: written before chains existed.
    pub hash: String,
}

impl Event {
    /// The data as JSON. If the stored text is not a JSON object, because somebody damaged the row, it is a string with that text: the
    /// lines after it still reach their readers, and nobody takes the line for an empty one.
    pub fn data_or_text(&self) -> Value {
        match serde_json::from_str(self.data.as_str()) {
            Ok(Value::Object(members)) => Value::Object(members),
            _ => Value::String(self.data.as_str().to_owned()),
        }
    }
}

/// A place in a chain: its end, or the line after which it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Sequence number of the line; 0: none.
    pub seq: i64,
    /// Hash of the line; empty: none.
    pub hash: String,
}

/// Data of an event, and the credential of its request.
#[derive(Serialize)]
struct WithCredential<'a, D> {
    #[serde(flatten)]
    data: &'a D,
    credential: &'a Credential,
}

/// Records an event: it is written at the end of the transaction, after everything else. Returns its id. A silent transaction
/// ([`Tx::be_silent`]) writes none.
///
/// # Errors
/// When the data can't be serialised. A missing workspace ([`crate::Error::NotFound`]) is found only at the end of the transaction.
pub fn record<D: EventData>(
    conn: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    cause: &Cause,
    target: Target<'_>,
    data: &D,
    now: Micros,
) -> Result<String> {
    let text = match &cause.credential {
        Some(credential) => serde_json::to_string(&WithCredential { data, credential }),
        None => serde_json::to_string(data),
    };
    let event_id = ids::new(now);
    if conn.is_silent() {
        return Ok(event_id);
    }
    let event = PendingEvent {
        workspace_id: workspace_id.clone(),
        event_id: event_id.clone(),
        kind: D::KIND,
        actor: cause.actor.clone(),
        target: target.to_string(),
        request_id: cause.request_id.clone(),
        data: text.map_err(|error| diesel::result::Error::SerializationError(Box::new(error)))?,
        at: now,
    };
    conn.at_the_end(append::write).events.push(event);
    Ok(event_id)
}

/// The last line of a trail.
pub fn head(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Link> {
    let (seq, hash) =
        event_heads::table.find(workspace_id).select((event_heads::seq, event_heads::hash)).first(conn)?;
    Ok(Link { seq, hash })
}

/// The line after which the chain begins.
pub fn anchor(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Link> {
    let (seq, hash) = event_heads::table
        .find(workspace_id)
        .select((event_heads::anchor_seq, event_heads::anchor_hash))
        .first(conn)?;
    Ok(Link { seq, hash })
}

/// One line of the trail.
pub fn find(conn: &mut Conn, workspace_id: &WorkspaceId, seq: i64) -> Result<Option<Event>> {
    Ok(events::table.find((workspace_id, seq)).select(Event::as_select()).first(conn).optional()?)
}

/// The trail after a sequence number, in order, at most `limit` lines.
pub fn list(conn: &mut Conn, workspace_id: &WorkspaceId, after: i64, limit: i64) -> Result<Vec<Event>> {
    Ok(events::table
        .filter(events::workspace_id.eq(workspace_id))
        .filter(events::seq.gt(after))
        .order(events::seq)
        .limit(limit)
        .select(Event::as_select())
        .load(conn)?)
}

/// Sequence numbers and kinds of these lines.
pub fn kinds(conn: &mut Conn, workspace_id: &WorkspaceId, seqs: &[i64]) -> Result<Vec<(i64, String)>> {
    Ok(events::table
        .filter(events::workspace_id.eq(workspace_id))
        .filter(events::seq.eq_any(seqs))
        .select((events::seq, events::kind))
        .load(conn)?)
}

/// The newest events about a target, newest first, at most `limit`.
pub fn of_target(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    target: Target<'_>,
    limit: i64,
) -> Result<Vec<Event>> {
    Ok(events::table
        .filter(events::workspace_id.eq(workspace_id))
        .filter(events::target.eq(target.to_string()))
        .order(events::seq.desc())
        .limit(limit)
        .select(Event::as_select())
        .load(conn)?)
}

/// The newest event of a kind.
pub fn newest(conn: &mut Conn, workspace_id: &WorkspaceId, kind: EventKind) -> Result<Option<Event>> {
    Ok(newest_of(conn, workspace_id, kind, 1)?.pop())
}

/// The newest events of a kind, newest first, at most `limit`.
pub fn newest_of(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    kind: EventKind,
    limit: i64,
) -> Result<Vec<Event>> {
    Ok(events::table
        .filter(events::workspace_id.eq(workspace_id))
        .filter(events::kind.eq(kind.as_str()))
        .order(events::seq.desc())
        .limit(limit)
        .select(Event::as_select())
        .load(conn)?)
}
