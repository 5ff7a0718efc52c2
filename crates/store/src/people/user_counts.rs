//! The number of users of a workspace, and the start of a page after a number of users. Users are counted in blocks of
//! consecutive ids, so neither needs to read all users. The counts change at the end of the transaction that inserts or deletes a
//! user, after the counter of the trail is locked: two transactions that open a block at the same time would both have the right
//! total and a wrong start of the page.

use diesel::prelude::*;
use vestibule_core::ids::{UserId, WorkspaceId};

use crate::{
    Conn, Result,
    db::{
        schema::{user_blocks, users},
        statement::Statement,
    },
    effects::UserChange,
};

/// Number of users from which a block is full; a new block then follows.
const FULL: i64 = 512;

/// Counts a user who was inserted or deleted. The counter of the trail is locked.
pub(crate) fn apply(conn: &mut Conn, change: &UserChange) -> Result<()> {
    let UserChange { workspace_id, user_id, is_new } = change;
    if !is_new {
        count(workspace_id, user_id, -1).execute(conn)?;
        return Ok(());
    }
    let counted = count(workspace_id, user_id, 1).sql(" AND users < ").whole(FULL).execute(conn)?;
    if counted == 1 {
        return Ok(());
    }
    let first_id = match is_behind_all(conn, workspace_id, user_id)? {
        // The first block begins before every id.
        None => "",
        Some(true) => user_id,
        // Only the last user may open a block, because later users are counted in their own blocks.
        Some(false) => {
            count(workspace_id, user_id, 1).execute(conn)?;
            return Ok(());
        }
    };
    diesel::insert_into(user_blocks::table)
        .values((
            user_blocks::workspace_id.eq(workspace_id),
            user_blocks::first_id.eq(first_id),
            user_blocks::users.eq(1),
        ))
        .execute(conn)?;
    Ok(())
}

/// Number of users of the workspace.
pub(crate) fn total(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<i64> {
    Ok(blocks(conn, workspace_id)?.iter().map(|(_, held)| held).sum())
}

/// The total, the id at which to begin, and how many users to skip from there to have skipped `skip` in all.
pub(crate) fn locate(conn: &mut Conn, workspace_id: &WorkspaceId, skip: i64) -> Result<(i64, String, i64)> {
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

fn blocks(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Vec<(String, i64)>> {
    Ok(user_blocks::table
        .filter(user_blocks::workspace_id.eq(workspace_id))
        .order(user_blocks::first_id)
        .select((user_blocks::first_id, user_blocks::users))
        .load(conn)?)
}

/// Whether this user has the greatest id; `None` if there is no block yet.
fn is_behind_all(conn: &mut Conn, workspace_id: &WorkspaceId, user_id: &UserId) -> Result<Option<bool>> {
    let any: Option<String> = user_blocks::table
        .filter(user_blocks::workspace_id.eq(workspace_id))
        .select(user_blocks::first_id)
        .first(conn)
        .optional()?;
    let later: Option<String> = users::table
        .filter(users::workspace_id.eq(workspace_id))
        .filter(users::user_id.gt(user_id))
        .select(users::user_id)
        .first(conn)
        .optional()?;
    Ok(any.map(|_| later.is_none()))
}

/// Changes the count of the block that contains the id: the last one that begins at or before it.
fn count(workspace_id: &WorkspaceId, user_id: &UserId, change: i64) -> Statement<()> {
    Statement::new("UPDATE user_blocks SET users = users + ")
        .whole(change)
        .sql(" WHERE workspace_id = ")
        .text(workspace_id)
        .sql(" AND first_id = (SELECT MAX(first_id) FROM user_blocks WHERE workspace_id = ")
        .text(workspace_id)
        .sql(" AND first_id <= ")
        .text(user_id)
        .sql(")")
}
