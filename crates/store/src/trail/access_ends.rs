//! The ends of access in the trail, of one workspace or of a region's, in the order of their moments: for who must learn of
//! each within a second. A moment is the request's, and a commit may come later: whoever follows looks back over [`LATE`].

use diesel::{
    dsl::{exists, sql},
    prelude::*,
    sql_types::Bool,
};
use vestibule_core::time::{Micros, SECOND};

use crate::{
    Conn, Result,
    db::schema::{events, workspaces},
    trail::events::Event,
};

/// How long after its moment an end may become visible.
pub const LATE: Micros = 120 * SECOND;

/// As in the index `events_endings`, letter by letter: SQLite uses it for nothing else.
const KINDS: &str =
    "kind IN ('access_ended', 'session_ended', 'signed_out', 'user_deactivated', 'user_deleted')";

/// A place in the order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The moment.
    pub at: Micros,
    /// The workspace.
    pub workspace_id: String,
    /// The number in its trail.
    pub seq: i64,
}

impl Place {
    /// Before everything of a moment.
    pub fn before(at: Micros) -> Self {
        Self { at, ..Self::default() }
    }

    /// That of an event.
    pub fn of(event: &Event) -> Self {
        Self { at: event.at, workspace_id: event.workspace_id.clone(), seq: event.seq }
    }
}

/// The ends behind a place, at most `limit`: of one workspace, or of all of this region.
pub fn after(
    conn: &mut Conn,
    region: &str,
    workspace_id: Option<&str>,
    place: &Place,
    limit: i64,
) -> Result<Vec<Event>> {
    // Asked of each row: a list of workspaces would lead SQLite to walk their trails instead of the index.
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
    // None: every workspace; an empty text is none.
    let (any, one) = (workspace_id.is_none(), workspace_id.unwrap_or_default());
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
