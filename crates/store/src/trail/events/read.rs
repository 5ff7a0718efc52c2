//! Searches the trail, newest lines first. A filter with an index searches all lines; any other filter searches a limited number
//! of lines, and the result says how far.

use diesel::prelude::*;
use vestibule_core::ids::WorkspaceId;

use super::{Event, anchor, head};
use crate::{Conn, Result, db::schema::events};

/// Number of lines that a filter without an index searches.
pub const LOOKED: i64 = 10_000;

/// Filter of the lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// With this kind.
    pub kind: Option<String>,
    /// With this actor.
    pub actor: Option<String>,
    /// With this target.
    pub target: Option<String>,
    /// With this request id.
    pub request_id: Option<String>,
    /// Older than this sequence number.
    pub before: Option<i64>,
}

impl EventFilter {
    /// Whether an index serves the filter: all lines, one kind, or one target.
    fn is_indexed(&self) -> bool {
        self.actor.is_none() && self.request_id.is_none() && (self.kind.is_none() || self.target.is_none())
    }
}

/// Result of a search.
#[derive(Debug, Clone)]
pub struct EventPage {
    /// The lines, newest first.
    pub events: Vec<Event>,
    /// Sequence number of the last line that was searched, if there are older ones that were not.
    pub down_to: Option<i64>,
}

/// Searches the trail for at most `limit` lines.
pub fn search(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    wanted: &EventFilter,
    limit: i64,
) -> Result<EventPage> {
    let mut floor = None;
    if !wanted.is_indexed() {
        let newest = head(conn, workspace_id)?.seq;
        let from = wanted.before.unwrap_or(i64::MAX).min(newest.saturating_add(1));
        let down = from.saturating_sub(LOOKED);
        let begins = anchor(conn, workspace_id)?.seq + 1;
        floor = (down > begins).then_some(down);
    }
    let mut query = events::table
        .filter(events::workspace_id.eq(workspace_id))
        .order(events::seq.desc())
        .limit(limit)
        .select(Event::as_select())
        .into_boxed();
    if let Some(kind) = &wanted.kind {
        query = query.filter(events::kind.eq(kind));
    }
    if let Some(actor) = &wanted.actor {
        query = query.filter(events::actor.eq(actor));
    }
    if let Some(target) = &wanted.target {
        query = query.filter(events::target.eq(target));
    }
    if let Some(request_id) = &wanted.request_id {
        query = query.filter(events::request_id.eq(request_id));
    }
    if let Some(before) = wanted.before {
        query = query.filter(events::seq.lt(before));
    }
    if let Some(floor) = floor {
        query = query.filter(events::seq.ge(floor));
    }
    let events: Vec<Event> = query.load(conn)?;
    let full = i64::try_from(events.len()).is_ok_and(|count| count >= limit);
    Ok(EventPage { events, down_to: floor.filter(|_| !full) })
}
