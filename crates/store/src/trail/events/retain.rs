//! Deletes the lines of a trail after their retention time. Deletes from the beginning only, so that the rest is one chain; the
//! anchor says after which line it begins. Never deletes a line from the middle, nor the counter.

use diesel::prelude::*;
use vestibule_core::{ids::WorkspaceId, time::Micros};

use super::anchor;
use crate::{
    Conn, Error, Result,
    db::schema::{event_heads, events},
};

/// Most lines that are deleted in one transaction.
const PAGE: i64 = 1000;

/// Deletes lines from before `until` at the beginning of a workspace's trail, up to the first later line, and at most a page.
/// Returns their number. Call it until it returns 0. Lines from before chains existed are deleted first.
pub fn remove_before(conn: &mut Conn, workspace_id: &WorkspaceId, until: Micros) -> Result<usize> {
    let before = anchor(conn, workspace_id)?;
    let oldest: Vec<(i64, Micros, String)> = events::table
        .filter(events::workspace_id.eq(workspace_id))
        .order(events::seq)
        .limit(PAGE)
        .select((events::seq, events::at, events::hash))
        .load(conn)?;
    let Some((last, _, hash)) = oldest.into_iter().take_while(|(_, at, _)| *at < until).last() else {
        return Ok(0);
    };
    if last > before.seq {
        // If another node does the same, only one of them moves the anchor.
        let moved = diesel::update(event_heads::table.find(workspace_id))
            .filter(event_heads::anchor_seq.eq(before.seq))
            .set((event_heads::anchor_seq.eq(last), event_heads::anchor_hash.eq(hash)))
            .execute(conn)?;
        if moved == 0 {
            return Ok(0);
        }
    } else if !before.hash.is_empty() {
        // No line may exist before the anchor. Such a line is left for `verify` to report, not deleted.
        return Err(Error::Corrupt(format!("line {last} is before the anchor of its trail").into()));
    }
    let gone = events::table.filter(events::workspace_id.eq(workspace_id)).filter(events::seq.le(last));
    Ok(diesel::delete(gone).execute(conn)?)
}
