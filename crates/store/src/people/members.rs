//! Members of groups, as rows: to add or remove a member changes one row, whatever the size of the group (design rule 8).

use std::collections::{BTreeMap, BTreeSet};

use diesel::{
    prelude::*,
    sql_types::{BigInt, Text},
};
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

/// Adds users to a group; existing members are left as they are. Returns the added users, ordered by id.
///
/// # Errors
/// [`crate::Error::NotFound`] when the group or a user does not exist.
pub fn add(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    group_id: &GroupId,
    user_ids: &[UserId],
    now: Micros,
) -> Result<Vec<UserId>> {
    if user_ids.is_empty() {
        return Ok(Vec::new());
    }
    // One statement for any number of users. Existing rows are left as they are.
    let ids = ids_table(conn, user_ids);
    let statement =
        Statement::<Text>::new("INSERT INTO members (workspace_id, group_id, user_id, created_at) SELECT ")
            .text(workspace_id)
            .sql(", ")
            .text(group_id)
            .sql(", value, ")
            .whole(now)
            .sql(" FROM ")
            .fragment(ids)
            .sql(" WHERE TRUE ON CONFLICT DO NOTHING RETURNING user_id");
    in_order(statement, conn)
}

/// Adds the users among these ids to a group; ids without a user are ignored, existing members are left as they are. Returns the added
/// users, ordered by id: if there are as many as ids, every id was that of a user.
pub fn add_known(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    group_id: &GroupId,
    user_ids: &[impl AsRef<str>],
    now: Micros,
) -> Result<Vec<UserId>> {
    if user_ids.is_empty() {
        return Ok(Vec::new());
    }
    let known = in_ids(conn, "user_id", user_ids);
    let statement = Statement::<Text>::new(
        "INSERT INTO members (workspace_id, group_id, user_id, created_at) SELECT workspace_id, ",
    )
    .text(group_id)
    .sql(", user_id, ")
    .whole(now)
    .sql(" FROM users WHERE workspace_id = ")
    .text(workspace_id)
    .sql(" AND ")
    .fragment(known)
    .sql(" ON CONFLICT DO NOTHING RETURNING user_id");
    in_order(statement, conn)
}

/// Runs a statement that returns ids of users, and sorts them: neither database promises an order.
fn in_order(statement: Statement<Text>, conn: &mut Conn) -> Result<Vec<UserId>> {
    let mut user_ids: Vec<UserId> = statement.load(conn)?;
    user_ids.sort();
    Ok(user_ids)
}

/// Removes users from a group; users who are not members are ignored. Returns the removed users, ordered by id.
pub fn remove(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    group_id: &GroupId,
    user_ids: &[impl AsRef<str>],
) -> Result<Vec<UserId>> {
    if user_ids.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = in_ids(conn, "user_id", user_ids);
    let statement = Statement::<Text>::new("DELETE FROM members WHERE workspace_id = ")
        .text(workspace_id)
        .sql(" AND group_id = ")
        .text(group_id)
        .sql(" AND ")
        .fragment(wanted)
        .sql(" RETURNING user_id");
    in_order(statement, conn)
}

/// Removes all members of a group. Returns them, ordered by id.
pub fn clear(conn: &mut Conn, workspace_id: &WorkspaceId, group_id: &GroupId) -> Result<Vec<UserId>> {
    let statement = Statement::<Text>::new("DELETE FROM members WHERE workspace_id = ")
        .text(workspace_id)
        .sql(" AND group_id = ")
        .text(group_id)
        .sql(" RETURNING user_id");
    in_order(statement, conn)
}

/// Replaces the members of a group by these users; writes the difference only. Returns the added and the removed users.
///
/// # Errors
/// [`crate::Error::NotFound`] when a user does not exist.
pub fn replace(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    group_id: &GroupId,
    user_ids: &[UserId],
    now: Micros,
) -> Result<(Vec<UserId>, Vec<UserId>)> {
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

/// The number of members of each of these groups, counted up to `most`, in one statement.
pub fn count(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    group_ids: &[GroupId],
    most: i64,
) -> Result<BTreeMap<GroupId, i64>> {
    let groups = ids_table(conn, group_ids);
    let counted: Vec<(GroupId, i64)> = Statement::<(Text, BigInt)>::new(
        "SELECT value, (SELECT COUNT(*) FROM (SELECT 1 AS one FROM members WHERE workspace_id = ",
    )
    .text(workspace_id)
    .sql(" AND group_id = value LIMIT ")
    .whole(most)
    .sql(") AS some_of_them) FROM ")
    .fragment(groups)
    .load(conn)?;
    Ok(counted.into_iter().collect())
}
