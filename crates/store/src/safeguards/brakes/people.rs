//! The users whose access pushes ended within a day, and the users for whom such a push was refused. A user who is active again
//! no longer counts; if too few are left, the brake lapses.

use diesel::{
    prelude::*,
    sql_types::{BigInt, Bool, Nullable},
};
use vestibule_core::{
    ids::{UserId, WorkspaceId},
    time::Micros,
};

use super::{Brake, MINUTE, ON, active};
use crate::{
    Conn, Result,
    db::{fragment::Fragment, schema::brake_people, statement::Statement},
    people::users::user::User,
    rights::owners,
};

/// Counts that a push ends the access of a user in this minute. Returns the number of users who had access, if it was counted in this
/// minute already.
pub(super) fn count_loss(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    user_id: &UserId,
    minute: i64,
    now: Micros,
) -> Result<Option<i64>> {
    let noted = insert(workspace_id, user_id, false, now);
    let statement = match conn {
        Conn::Sqlite(_) => {
            Statement::<()>::of(noted).execute(conn)?;
            Statement::<Nullable<BigInt>>::new("")
        }
        // One round trip.
        Conn::Postgres(_) => Statement::new("WITH noted AS (").fragment(noted).sql(") "),
    };
    Ok(statement
        .sql("INSERT INTO brake_minutes (workspace_id, minute, ended, base) VALUES (")
        .text(workspace_id)
        .sql(", ")
        .whole(minute)
        .sql(
            ", 1, NULL) ON CONFLICT (workspace_id, minute) DO UPDATE SET ended = brake_minutes.ended + 1 RETURNING base",
        )
        .get_result(conn)?)
}

/// Records that a push that would end the access of a user was refused.
pub(super) fn record_blocked(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    user_id: &UserId,
    now: Micros,
) -> Result<()> {
    Statement::<()>::of(insert(workspace_id, user_id, true, now)).execute(conn)?;
    Ok(())
}

/// The INSERT of a user who counts.
fn insert(workspace_id: &WorkspaceId, user_id: &UserId, is_held: bool, now: Micros) -> Fragment {
    let mut fragment = Fragment::new(true);
    fragment.sql("INSERT INTO brake_people (workspace_id, user_id, is_held, at) VALUES (");
    fragment.text(workspace_id);
    fragment.sql(", ");
    fragment.text(user_id);
    fragment.sql(", ");
    fragment.truth(is_held);
    fragment.sql(", ");
    fragment.whole(now);
    fragment.sql(") ON CONFLICT (workspace_id, user_id) DO UPDATE SET is_held = ");
    fragment.truth(is_held);
    fragment.sql(", at = ");
    fragment.whole(now);
    fragment
}

/// Called when a push says that a locked user is active: what a push ended for the user, or would have ended, no longer counts.
/// Called only for a user whom the brake counts.
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
    if brake.restored_at.is_none() || brake.restored_at < brake.blocked_at {
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
pub(super) fn forget_blocked(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<()> {
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
