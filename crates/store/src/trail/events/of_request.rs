//! The lines of a trail that one request wrote, and the line with an id. There is no index by request or id, because it would slow down every event. A binary
//! search by time finds them instead, because the numbers have no gaps and follow the order of time.

use diesel::prelude::*;
use vestibule_core::{
    ids::{self, WorkspaceId},
    time::{Micros, SECOND},
};

use super::{Event, anchor, head};
use crate::{Conn, Result, db::schema::events};

/// Largest difference in time between neighbouring lines that are out of order, in microseconds: an event has the time at which
/// its request began, and the request may wait before it writes.
const SLACK: Micros = 30 * SECOND;

/// Most lines that are searched.
const MOST: i64 = 5_000;

/// The events of the request with this id, which began at `at` and took `micros` microseconds.
pub fn of_request(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    request_id: &str,
    (at, micros): (Micros, Micros),
) -> Result<Vec<Event>> {
    let behind = behind(conn, workspace_id, at - SLACK)?;
    let near: Vec<Event> = events::table
        .filter(events::workspace_id.eq(workspace_id))
        .filter(events::seq.gt(behind))
        .filter(events::seq.le(behind.saturating_add(MOST)))
        .filter(events::at.le(at + micros + SLACK))
        .filter(events::request_id.eq(request_id))
        .order(events::seq)
        .select(Event::as_select())
        .load(conn)?;
    Ok(near)
}

/// The event with this id. The id has the time of the event.
pub fn find_by_id(conn: &mut Conn, workspace_id: &WorkspaceId, event_id: &str) -> Result<Option<Event>> {
    let Some(at) = ids::time_of(event_id) else { return Ok(None) };
    let behind = behind(conn, workspace_id, at - SLACK)?;
    Ok(events::table
        .filter(events::workspace_id.eq(workspace_id))
        .filter(events::seq.gt(behind))
        .filter(events::seq.le(behind.saturating_add(MOST)))
        .filter(events::event_id.eq(event_id))
        .select(Event::as_select())
        .first(conn)
        .optional()?)
}

/// The number of a line before all lines of this time and later.
fn behind(conn: &mut Conn, workspace_id: &WorkspaceId, from: Micros) -> Result<i64> {
    let (mut behind, mut last) = (anchor(conn, workspace_id)?.seq, head(conn, workspace_id)?.seq);
    // The first line of that time is after `behind`, and at most `last`.
    while last - behind > 1 {
        let middle = behind + (last - behind) / 2;
        let moment: Option<Micros> =
            events::table.find((workspace_id, middle)).select(events::at).first(conn).optional()?;
        match moment {
            Some(moment) if moment >= from => last = middle,
            _ => behind = middle,
        }
    }
    Ok(behind)
}
