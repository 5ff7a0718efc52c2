//! The users whose access pushes ended within a day, and the users for whom such a push was refused. A user who is active again
//! no longer counts; if too few are left, the brake lapses.

use diesel::{
    prelude::*,
    sql_types::{BigInt, Bool},
};
use vestibule_core::{
    ids::{UserId, WorkspaceId},
    time::Micros,
};

use super::{Brake, MINUTE, ON, active};
use crate::{
    Conn, Result,
    db::{schema::brake_people, statement::Statement},
    people::users::user::User,
    rights::owners,
};

/// Records that a push ended the access of a user (`is_held` false), or was refused.
pub(super) fn note(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    user_id: &UserId,
    is_held: bool,
    now: Micros,
) -> Result<()> {
    Statement::<()>::new("INSERT INTO brake_people (workspace_id, user_id, is_held, at) VALUES (")
        .text(workspace_id)
        .sql(", ")
        .text(user_id)
        .sql(", ")
        .truth(is_held)
        .sql(", ")
        .whole(now)
        .sql(") ON CONFLICT (workspace_id, user_id) DO UPDATE SET is_held = ")
        .truth(is_held)
        .sql(", at = ")
        .whole(now)
        .execute(conn)?;
    Ok(())
}

/// Called when a push says that a locked user is active: what a push ended for the user, or would have ended, no longer counts.
/// For nearly all users, one lookup is enough. Called before the first event.
pub fn restore(conn: &mut Conn, user: &User, now: Micros) -> Result<()> {
    let (workspace_id, user_id) = (&user.workspace_id, &user.user_id);
    let of_user = brake_people::table.find((workspace_id, user_id));
    let Some((is_held, at)) =
        Statement::<(Bool, BigInt)>::new("SELECT is_held, at FROM brake_people WHERE workspace_id = ")
            .text(workspace_id)
            .sql(" AND user_id = ")
            .text(user_id)
            .get_result::<(bool, Micros)>(conn)
            .optional()?
    else {
        return Ok(());
    };
    owners::lock(conn, workspace_id)?;
    diesel::delete(of_user).execute(conn)?;
    if !is_held {
        Statement::<()>::new(
            "UPDATE brake_minutes SET ended = ended - 1 WHERE ended > 0 AND workspace_id = ",
        )
        .text(workspace_id)
        .sql(" AND minute = ")
        .whole(at / MINUTE)
        .execute(conn)?;
    }
    Statement::<()>::new("UPDATE brakes SET restored_at = ")
        .whole(now)
        .sql(" WHERE workspace_id = ")
        .text(workspace_id)
        .execute(conn)?;
    Ok(())
}

/// Whether a brake that is on lapses: a user became active again since the last refusal, and the users without access, or who
/// would be, including `user`, are no longer too many.
pub(super) fn lapses(conn: &mut Conn, brake: &Brake, user: &User, now: Micros) -> Result<bool> {
    if brake.restored_at.is_none() || brake.restored_at < brake.held_at {
        return Ok(false);
    }
    let count = |conn: &mut Conn, is_held: bool| {
        Statement::<BigInt>::new("SELECT COUNT(*) FROM brake_people WHERE workspace_id = ")
            .text(&brake.workspace_id)
            .sql(" AND user_id <> ")
            .text(&user.user_id)
            .sql(" AND at > ")
            .whole(now - ON)
            .sql(" AND is_held = ")
            .truth(is_held)
            .get_result::<Micros>(conn)
    };
    let (ended, held) = (count(conn, false)?, count(conn, true)?);
    let base = active(conn, &brake.workspace_id)? + ended;
    Ok(!brake.is_over(ended + held + 1, base))
}

/// Deletes the users for whom pushes were refused: an administrator released the brake, or it lapsed.
pub(super) fn forget_held(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<()> {
    let held = brake_people::table
        .filter(brake_people::workspace_id.eq(workspace_id))
        .filter(brake_people::is_held.eq(true));
    diesel::delete(held).execute(conn)?;
    Ok(())
}

/// Deletes users who no longer count. Returns their number.
pub(super) fn sweep(conn: &mut Conn, now: Micros) -> Result<usize> {
    Ok(diesel::delete(brake_people::table.filter(brake_people::at.le(now - ON))).execute(conn)?)
}
