//! Records what changed for users, in one transaction: their rows, their lines of the trail, and the progress.

use diesel::prelude::*;
use vestibule_core::time::Micros;

use super::{
    Right,
    compare::compare,
    existing, is_followed, of_users,
    progress::{Progress, Work},
    save,
};
use crate::{
    Conn, Result, Tx,
    db::schema::right_progress,
    on_backend,
    rights::roles::{self, effective::effective},
    trail::events::{
        self, Cause, Target,
        kinds::{RightsCause, RightsChanged},
    },
};

/// Does this work. Returns whether it was done; another process may have done it.
pub fn record(conn: &mut Tx<'_>, work: &Work, now: Micros) -> Result<bool> {
    // First, because its lock keeps a second process out. The counter of the trail is locked last.
    if !advance(conn, &work.before, &work.next)? {
        return Ok(false);
    }
    let workspace_id = &work.before.workspace_id;
    let people = existing(conn, workspace_id, &work.people)?;
    if people.is_empty() {
        return Ok(true);
    }
    let mut recorded = of_users(conn, workspace_id, &people)?;
    let mut grounds = roles::shared(conn, workspace_id)?;
    let own = roles::own(conn, workspace_id, &people)?;
    // Read after the rights: a line that is committed in between may have changed them.
    let are_last =
        work.next.taking_stock || work.lines.is_empty() || !is_followed(conn, workspace_id, work.until)?;
    let mut changed = Vec::new();
    for (user_id, own) in own {
        grounds = grounds.of(own);
        let rights = Right::all(&effective(&grounds));
        let before = recorded.remove(&user_id).unwrap_or_default();
        let compared = compare(&user_id, before, &rights, (&work.lines, are_last), now);
        for (index, (gained, lost)) in &compared.lines {
            let Some(line) = work.lines.get(*index) else { continue };
            let cause = RightsCause { event: &line.event_id, seq: line.seq, kind: line.kind.as_str() };
            let data = RightsChanged { gained, lost, cause };
            let by = Cause::new(line.actor.clone(), "");
            events::record(conn, workspace_id, &by, Target::User(user_id.as_str()), &data, now)?;
        }
        changed.extend(compared.origins.map(|origins| (user_id, origins)));
    }
    save(conn, workspace_id, &changed)?;
    Ok(true)
}

/// Moves the progress. Returns whether it was where it was read.
fn advance(conn: &mut Conn, before: &Progress, next: &Progress) -> Result<bool> {
    on_backend!(conn, |inner| {
        diesel::insert_into(right_progress::table).values(before).on_conflict_do_nothing().execute(inner)
    })?;
    let row = right_progress::table
        .filter(right_progress::workspace_id.eq(&before.workspace_id))
        .filter(right_progress::seq.eq(before.seq))
        .filter(right_progress::after.eq(&before.after))
        .filter(right_progress::taking_stock.eq(before.taking_stock));
    let moved = diesel::update(row)
        .set((
            right_progress::seq.eq(next.seq),
            right_progress::after.eq(&next.after),
            right_progress::taking_stock.eq(next.taking_stock),
        ))
        .execute(conn)?;
    Ok(moved == 1)
}
