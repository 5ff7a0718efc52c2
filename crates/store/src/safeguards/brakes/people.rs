//! The people whom pushes took access from within a day, and those of whom such a push was refused. Who is active again counts no
//! more; when too few are left, the brake lapses.

use diesel::{
    prelude::*,
    sql_types::{BigInt, Bool},
};
use vestibule_core::time::Micros;

use super::{Brake, MINUTE, ON, active};
use crate::{
    Conn, Result,
    db::{schema::brake_people, statement::Statement},
    people::users::user::User,
    rights::owners,
};

/// Writes down that a push took access from somebody (`is_held` false), or was refused.
pub(super) fn note(
    conn: &mut Conn,
    workspace_id: &str,
    user_id: &str,
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

/// A push says that somebody, locked, is active: what it took from them, or would have taken, counts no more. For nearly everybody
/// one lookup finds nothing to do. Called before the first event.
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

/// Whether a brake that is on lapses: somebody was made active again since the last refusal, and with the person at hand those who
/// lack access, or would, are not too many any more.
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

/// Forgets whose pushes were refused: an administrator let them through, or they were let through by themselves.
pub(super) fn forget_held(conn: &mut Conn, workspace_id: &str) -> Result<()> {
    let held = brake_people::table
        .filter(brake_people::workspace_id.eq(workspace_id))
        .filter(brake_people::is_held.eq(true));
    diesel::delete(held).execute(conn)?;
    Ok(())
}

/// Deletes people who count no more; returns how many.
pub(super) fn sweep(conn: &mut Conn, now: Micros) -> Result<usize> {
    Ok(diesel::delete(brake_people::table.filter(brake_people::at.le(now - ON))).execute(conn)?)
}
