//! The ends of access in the trail, of one workspace or of a region, ordered by time: for clients that must learn of each within
//! a second. The time is that of the request, and the commit may be later, so a client must read the last [`LATE`] microseconds
//! again.

use diesel::{
    dsl::{exists, sql},
    prelude::*,
    sql_types::Bool,
};
use vestibule_core::{
    ids::WorkspaceId,
    time::{Micros, SECOND},
};

use crate::{
    Conn, Result,
    db::schema::{events, workspaces},
    trail::events::Event,
};

/// How long after its time an end of access may become visible, in microseconds.
pub const LATE: Micros = 120 * SECOND;

/// Exactly the text of the index `events_endings`; otherwise SQLite does not use it.
const KINDS: &str =
    "kind IN ('access_ended', 'session_ended', 'signed_out', 'user_deactivated', 'user_deleted')";

/// Position in the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Time of the event.
    pub at: Micros,
    /// Workspace of the event.
    pub workspace_id: WorkspaceId,
    /// Sequence number of the event.
    pub seq: i64,
}

impl Place {
    /// The position before all events of this time.
    pub fn before(at: Micros) -> Self {
        Self { at, workspace_id: WorkspaceId::from_stored(""), seq: 0 }
    }

    /// The position of an event.
    pub fn of(event: &Event) -> Self {
        Self { at: event.at, workspace_id: event.workspace_id.clone(), seq: event.seq }
    }
}

/// The ends of access after a position, at most `limit`: of one workspace, or of all workspaces of this region.
pub fn after(
    conn: &mut Conn,
    region: &str,
    workspace_id: Option<&WorkspaceId>,
    place: &Place,
    limit: i64,
) -> Result<Vec<Event>> {
    // Checked for each row: with a list of workspaces, SQLite would read their trails instead of the index.
    let here = exists(
        workspaces::table
            .filter(workspaces::workspace_id.eq(events::workspace_id))
            .filter(workspaces::region.eq(region)),
    );
    let behind = events::at.gt(place.at).or(events::at.eq(place.at).and(
        events::workspace_id
            .gt(&place.workspace_id)
            .or(events::workspace_id.eq(&place.workspace_id).and(events::seq.gt(place.seq))),
    ));
    // `None`: every workspace. An empty text matches no workspace.
    let (any, one) = (workspace_id.is_none(), workspace_id.map_or("", WorkspaceId::as_str));
    Ok(events::table
        .filter(sql::<Bool>(KINDS))
        .filter(events::at.ge(place.at))
        .filter(behind)
        .filter(events::workspace_id.eq(one).or(any.into_sql::<Bool>()))
        .filter(here)
        .order((events::at, events::workspace_id, events::seq))
        .limit(limit)
        .select(Event::as_select())
        .load(conn)?)
}
