//! Removes what has been kept long enough: always the beginning of the trail, so that what stays is one chain, whose anchor
//! tells behind which line it begins. Never a line from the middle, never the counter.

use diesel::prelude::*;
use vestibule_core::time::Micros;

use super::anchor;
use crate::{
    Conn, Error, Result,
    db::schema::{event_heads, events},
};

/// The most lines that are removed in one transaction.
const PAGE: i64 = 1000;

/// Removes the lines of before `until` from the beginning of a workspace's trail, up to the first that is younger; a page at
/// most, how many. To be called until there are none. Lines of before there was a chain go first.
pub fn remove_before(conn: &mut Conn, workspace_id: &str, until: Micros) -> Result<usize> {
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
        // Another node does the same: then one of them moves the anchor.
        let moved = diesel::update(event_heads::table.find(workspace_id))
            .filter(event_heads::anchor_seq.eq(before.seq))
            .set((event_heads::anchor_seq.eq(last), event_heads::anchor_hash.eq(hash)))
            .execute(conn)?;
        if moved == 0 {
            return Ok(0);
        }
    } else if !before.hash.is_empty() {
        // Behind the anchor nothing may stand: it is verify's to tell, not to be swept away.
        return Err(Error::Corrupt(format!("line {last} stands before the anchor of its trail").into()));
    }
    let gone = events::table.filter(events::workspace_id.eq(workspace_id)).filter(events::seq.le(last));
    Ok(diesel::delete(gone).execute(conn)?)
}
