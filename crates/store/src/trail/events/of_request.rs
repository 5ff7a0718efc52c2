//! The lines of a trail that one request wrote. There is no index by request, because every event would pay for it: the moment
//! of the request is looked for by halves instead, numbers being gapless and in the order of time.

use diesel::prelude::*;
use vestibule_core::time::{Micros, SECOND};

use super::{Event, anchor, head};
use crate::{Conn, Result, db::schema::events};

/// How far from its neighbours a line's moment may be: a request acts at the moment it began, and waits for its turn to write.
const SLACK: Micros = 30 * SECOND;

/// More lines are not looked through.
const MOST: i64 = 5_000;

/// What the request of this id wrote, which began at `at` and took so long.
pub fn of_request(
    conn: &mut Conn,
    workspace_id: &str,
    request_id: &str,
    (at, micros): (Micros, Micros),
) -> Result<Vec<Event>> {
    let (mut behind, mut last) = (anchor(conn, workspace_id)?.seq, head(conn, workspace_id)?.seq);
    // Between them stands the first line that may be of this request.
    while last - behind > 1 {
        let middle = behind + (last - behind) / 2;
        let moment: Option<Micros> =
            events::table.find((workspace_id, middle)).select(events::at).first(conn).optional()?;
        match moment {
            Some(moment) if moment >= at - SLACK => last = middle,
            _ => behind = middle,
        }
    }
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
