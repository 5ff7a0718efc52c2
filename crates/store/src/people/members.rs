//! Members of groups, as rows: to add or remove a member changes one row, whatever the size of the group (design rule 8).

use std::collections::BTreeSet;

use diesel::prelude::*;
use vestibule_core::{
    ids::{GroupId, UserId, WorkspaceId},
    time::Micros,
};

use crate::{
    Conn, Result,
    db::{
        schema::{members, users},
        statement::Statement,
    },
    search::{ids_table, in_ids},
};

/// Adds users to a group; existing members are left as they are. Returns the number of added users.
///
/// # Errors
/// [`crate::Error::NotFound`] when the group or a user does not exist.
pub fn add(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    group_id: &GroupId,
    user_ids: &[UserId],
    now: Micros,
) -> Result<usize> {
    if user_ids.is_empty() {
        return Ok(0);
    }
    // One statement for any number of users. Existing rows are left as they are.
    let ids = ids_table(conn, user_ids);
    let statement =
        Statement::<()>::new("INSERT INTO members (workspace_id, group_id, user_id, created_at) SELECT ")
            .text(workspace_id)
            .sql(", ")
            .text(group_id)
            .sql(", value, ")
            .whole(now)
            .sql(" FROM ")
            .fragment(ids)
            .sql(" WHERE TRUE ON CONFLICT DO NOTHING");
    Ok(statement.execute(conn)?)
}

/// Adds the users among these ids to a group; ids without a user are ignored, existing members are left as they are. Returns the number
/// of added users: if it is the number of ids, every id was that of a user.
pub fn add_known(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    group_id: &GroupId,
    user_ids: &[impl AsRef<str>],
    now: Micros,
) -> Result<usize> {
    if user_ids.is_empty() {
        return Ok(0);
    }
    let known = in_ids(conn, "user_id", user_ids);
    let statement = Statement::<()>::new(
        "INSERT INTO members (workspace_id, group_id, user_id, created_at) SELECT workspace_id, ",
    )
    .text(group_id)
    .sql(", user_id, ")
    .whole(now)
    .sql(" FROM users WHERE workspace_id = ")
    .text(workspace_id)
    .sql(" AND ")
    .fragment(known)
    .sql(" ON CONFLICT DO NOTHING");
    Ok(statement.execute(conn)?)
}

/// Removes users from a group; users who are not members are ignored. Returns the number of removed users.
pub fn remove(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    group_id: &GroupId,
    user_ids: &[impl AsRef<str>],
) -> Result<usize> {
    if user_ids.is_empty() {
        return Ok(0);
    }
    let wanted = in_ids(conn, "user_id", user_ids);
    let statement = Statement::<()>::new("DELETE FROM members WHERE workspace_id = ")
        .text(workspace_id)
        .sql(" AND group_id = ")
        .text(group_id)
        .sql(" AND ")
        .fragment(wanted);
    Ok(statement.execute(conn)?)
}

/// Removes all members of a group.
pub fn clear(conn: &mut Conn, workspace_id: &WorkspaceId, group_id: &GroupId) -> Result<usize> {
    Ok(diesel::delete(
        members::table.filter(members::workspace_id.eq(workspace_id)).filter(members::group_id.eq(group_id)),
    )
    .execute(conn)?)
}

/// Replaces the members of a group by these users; writes the difference only. Returns the numbers of added and removed users.
///
/// # Errors
/// [`crate::Error::NotFound`] when a user does not exist.
pub fn replace(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    group_id: &GroupId,
    user_ids: &[UserId],
    now: Micros,
) -> Result<(usize, usize)> {
    let present: BTreeSet<UserId> = ids(conn, workspace_id, group_id)?.into_iter().collect();
    let wanted: BTreeSet<UserId> = user_ids.iter().cloned().collect();
    let leaving: Vec<UserId> = present.difference(&wanted).cloned().collect();
    let joining: Vec<UserId> = wanted.difference(&present).cloned().collect();
    let removed = remove(conn, workspace_id, group_id, &leaving)?;
    let added = add(conn, workspace_id, group_id, &joining, now)?;
    Ok((added, removed))
}

/// The ids of the members.
pub fn ids(conn: &mut Conn, workspace_id: &WorkspaceId, group_id: &GroupId) -> Result<Vec<UserId>> {
    Ok(members::table
        .filter(members::workspace_id.eq(workspace_id))
        .filter(members::group_id.eq(group_id))
        .order(members::user_id)
        .select(members::user_id)
        .load(conn)?)
}

/// The ids of members after an id, in order, at most `limit`. Reads only their rows.
pub fn page(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    group_id: &GroupId,
    after: &str,
    limit: i64,
) -> Result<Vec<UserId>> {
    Ok(members::table
        .filter(members::workspace_id.eq(workspace_id))
        .filter(members::group_id.eq(group_id))
        .filter(members::user_id.gt(after))
        .order(members::user_id)
        .limit(limit)
        .select(members::user_id)
        .load(conn)?)
}

/// The members after an id, with their names: (user id, user name).
pub fn page_with_names(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    group_id: &GroupId,
    after: &str,
    limit: i64,
) -> Result<Vec<(UserId, String)>> {
    Ok(members::table
        .inner_join(
            users::table
                .on(users::workspace_id.eq(members::workspace_id).and(users::user_id.eq(members::user_id))),
        )
        .filter(members::workspace_id.eq(workspace_id))
        .filter(members::group_id.eq(group_id))
        .filter(members::user_id.gt(after))
        .order(members::user_id)
        .limit(limit)
        .select((members::user_id, users::user_name))
        .load(conn)?)
}
