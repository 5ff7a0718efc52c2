//! Members a group was sent before they came. The provider names them by what it knows: their user name or its own id
//! for them. When a user of that name or external id is created, they join, in the same transaction.

use diesel::{prelude::*, sql_types::Text};
use serde_json::json;

use crate::{
    Conn, Micros, Result,
    events::{self, Cause},
    fold::fold,
    groups, members, on_backend,
    schema::parked_members,
    statement::Statement,
    users::User,
};

/// The most members one group may have parked.
pub const MAX_PARKED: i64 = 10_000;

/// Parks members of a group; who is parked already stays once. Returns how many are new.
///
/// # Errors
/// [`crate::Error::NotFound`] when the group is gone.
pub fn add(
    conn: &mut Conn,
    workspace_id: &str,
    group_id: &str,
    members: &[String],
    now: Micros,
) -> Result<usize> {
    let mut added = 0;
    for batch in members.chunks(500) {
        let rows: Vec<_> = batch
            .iter()
            .map(|member| {
                (
                    parked_members::workspace_id.eq(workspace_id),
                    parked_members::group_id.eq(group_id),
                    parked_members::member_key.eq(fold(member)),
                    parked_members::member.eq(member),
                    parked_members::created_at.eq(now),
                )
            })
            .collect();
        added += on_backend!(conn, |inner| {
            diesel::insert_into(parked_members::table).values(rows).on_conflict_do_nothing().execute(inner)
        })?;
    }
    Ok(added)
}

/// Forgets members of a group that never came. Returns how many.
///
/// # Errors
/// The database's.
pub fn remove(conn: &mut Conn, workspace_id: &str, group_id: &str, members: &[String]) -> Result<usize> {
    let mut removed = 0;
    for member in members {
        removed += diesel::delete(parked_members::table.find((workspace_id, group_id, fold(member))))
            .execute(conn)?;
    }
    Ok(removed)
}

/// Forgets all of them.
///
/// # Errors
/// The database's.
pub fn clear(conn: &mut Conn, workspace_id: &str, group_id: &str) -> Result<usize> {
    Ok(diesel::delete(
        parked_members::table
            .filter(parked_members::workspace_id.eq(workspace_id))
            .filter(parked_members::group_id.eq(group_id)),
    )
    .execute(conn)?)
}

/// Those a group waits for, as they were sent.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut Conn, workspace_id: &str, group_id: &str) -> Result<Vec<String>> {
    Ok(parked_members::table
        .filter(parked_members::workspace_id.eq(workspace_id))
        .filter(parked_members::group_id.eq(group_id))
        .order(parked_members::member_key)
        .select(parked_members::member)
        .load(conn)?)
}

/// How many a group waits for.
///
/// # Errors
/// The database's.
pub fn count(conn: &mut Conn, workspace_id: &str, group_id: &str) -> Result<i64> {
    Ok(parked_members::table
        .filter(parked_members::workspace_id.eq(workspace_id))
        .filter(parked_members::group_id.eq(group_id))
        .count()
        .get_result(conn)?)
}

/// A user came: joins the groups that wait for it, one after another by their ids, as every change of a group does.
pub(crate) fn arrive(conn: &mut Conn, user: &User, cause: &Cause, now: Micros) -> Result<()> {
    let external_key = user.external_id.as_deref().map(fold);
    let waiting: Vec<(String, String, String)> = Statement::<(Text, Text, Text)>::new(
        "SELECT group_id, member_key, member FROM parked_members WHERE workspace_id = ",
    )
    .text(&user.workspace_id)
    .sql(" AND member_key IN (")
    .text(&user.user_name_key)
    .sql(", ")
    .maybe_text(external_key.as_deref())
    .sql(") ORDER BY group_id")
    .load(conn)?;
    for (group_id, key, member) in waiting {
        // The external id's case counts.
        if key != user.user_name_key && user.external_id.as_deref() != Some(member.as_str()) {
            continue;
        }
        let mut group = groups::get_locked(conn, &user.workspace_id, &group_id)?;
        remove(conn, &user.workspace_id, &group_id, &[member])?;
        let joined = std::slice::from_ref(&user.user_id);
        if members::add(conn, &user.workspace_id, &group_id, joined, now)? > 0 {
            groups::save(conn, &mut group, now)?;
            let data =
                json!({ "display_name": group.display_name, "added": 1, "removed": 0, "parked": true });
            let target = format!("group:{group_id}");
            events::record(conn, &user.workspace_id, "group_updated", cause, &target, &data, now)?;
        }
    }
    Ok(())
}
