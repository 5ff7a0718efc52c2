//! How many users a workspace has, and where the page begins that stands behind so many: users are counted in blocks of
//! neighbouring ids, so that neither needs the directory to be walked. The counts change in the transaction that inserts
//! or deletes a user. On PostgreSQL the trail's counter row is locked first: two that open a block at once would both be
//! right about the total and wrong about the place.

use diesel::prelude::*;

use crate::{
    Conn, Result,
    schema::{event_heads, user_blocks, users},
};

/// A block that holds so many is followed by a new one.
const FULL: i64 = 512;

/// Counts a user that was just inserted.
pub(crate) fn add(conn: &mut Conn, workspace_id: &str, user_id: &str) -> Result<()> {
    lock(conn, workspace_id)?;
    let block = block_of(conn, workspace_id, user_id)?;
    match block {
        Some((first_id, last, held)) if !(last && held >= FULL) => count(conn, workspace_id, &first_id, 1),
        found => {
            // The first block begins before every id.
            let first_id = if found.is_some() { user_id } else { "" };
            diesel::insert_into(user_blocks::table)
                .values((
                    user_blocks::workspace_id.eq(workspace_id),
                    user_blocks::first_id.eq(first_id),
                    user_blocks::users.eq(1),
                ))
                .execute(conn)?;
            Ok(())
        }
    }
}

/// Counts a user that was just deleted.
pub(crate) fn remove(conn: &mut Conn, workspace_id: &str, user_id: &str) -> Result<()> {
    lock(conn, workspace_id)?;
    match block_of(conn, workspace_id, user_id)? {
        Some((first_id, ..)) => count(conn, workspace_id, &first_id, -1),
        None => Ok(()),
    }
}

/// How many users there are.
pub(crate) fn total(conn: &mut Conn, workspace_id: &str) -> Result<i64> {
    Ok(blocks(conn, workspace_id)?.iter().map(|(_, held)| held).sum())
}

/// How many there are, and the id from which to skip how many to have skipped `skip` in all.
pub(crate) fn locate(conn: &mut Conn, workspace_id: &str, skip: i64) -> Result<(i64, String, i64)> {
    let blocks = blocks(conn, workspace_id)?;
    let total = blocks.iter().map(|(_, held)| held).sum();
    let mut before = 0;
    let mut place = (String::new(), skip);
    for (first_id, held) in blocks {
        if before > skip {
            break;
        }
        place = (first_id, skip - before);
        before += held;
    }
    Ok((total, place.0, place.1))
}

fn blocks(conn: &mut Conn, workspace_id: &str) -> Result<Vec<(String, i64)>> {
    Ok(user_blocks::table
        .filter(user_blocks::workspace_id.eq(workspace_id))
        .order(user_blocks::first_id)
        .select((user_blocks::first_id, user_blocks::users))
        .load(conn)?)
}

/// The block an id lies in: where it begins, whether it is the last one, how many it holds.
fn block_of(conn: &mut Conn, workspace_id: &str, user_id: &str) -> Result<Option<(String, bool, i64)>> {
    let of_workspace = user_blocks::table.filter(user_blocks::workspace_id.eq(workspace_id));
    let found: Option<(String, i64)> = of_workspace
        .filter(user_blocks::first_id.le(user_id))
        .order(user_blocks::first_id.desc())
        .select((user_blocks::first_id, user_blocks::users))
        .first(conn)
        .optional()?;
    let Some((first_id, held)) = found else { return Ok(None) };
    if held < FULL {
        // Nobody opens a new one, so it doesn't matter.
        return Ok(Some((first_id, false, held)));
    }
    let later: Option<String> = user_blocks::table
        .filter(user_blocks::workspace_id.eq(workspace_id))
        .filter(user_blocks::first_id.gt(&first_id))
        .select(user_blocks::first_id)
        .first(conn)
        .optional()?;
    // An id that isn't the greatest must not open a block: those behind it are counted here already.
    let greatest: Option<String> = users::table
        .filter(users::workspace_id.eq(workspace_id))
        .filter(users::user_id.gt(user_id))
        .select(users::user_id)
        .first(conn)
        .optional()?;
    Ok(Some((first_id, later.is_none() && greatest.is_none(), held)))
}

fn count(conn: &mut Conn, workspace_id: &str, first_id: &str, change: i64) -> Result<()> {
    diesel::update(user_blocks::table.find((workspace_id, first_id)))
        .set(user_blocks::users.eq(user_blocks::users + change))
        .execute(conn)?;
    Ok(())
}

fn lock(conn: &mut Conn, workspace_id: &str) -> Result<()> {
    if let Conn::Postgres(inner) = conn {
        event_heads::table.find(workspace_id).select(event_heads::seq).for_update().first::<i64>(inner)?;
    }
    Ok(())
}
