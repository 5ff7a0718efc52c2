//! Membership as rows: adding or removing one touches one row, however large the group (design rule 8).

use std::collections::BTreeSet;

use diesel::prelude::*;
use vestibule_core::time::Micros;

use crate::{
    Conn, Result,
    db::{
        schema::{members, users},
        statement::Statement,
    },
    search::{ids_table, in_ids},
};

/// Adds users to a group; who is in it already stays once. Returns how many were added.
///
/// # Errors
/// [`crate::Error::NotFound`] when the group or a user is gone.
pub fn add(
    conn: &mut Conn,
    workspace_id: &str,
    group_id: &str,
    user_ids: &[String],
    now: Micros,
) -> Result<usize> {
    if user_ids.is_empty() {
        return Ok(0);
    }
    // One statement however many they are. A row that is there already stays as it is.
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

/// Removes users from a group; a stranger is no error. Returns how many were removed.
pub fn remove(conn: &mut Conn, workspace_id: &str, group_id: &str, user_ids: &[String]) -> Result<usize> {
    if user_ids.is_empty() {
        return Ok(0);
    }
    let wanted = in_ids(conn, "members.user_id", user_ids);
    Ok(diesel::delete(
        members::table
            .filter(members::workspace_id.eq(workspace_id))
            .filter(members::group_id.eq(group_id))
            .filter(wanted),
    )
    .execute(conn)?)
}

/// Removes everybody from a group.
pub fn clear(conn: &mut Conn, workspace_id: &str, group_id: &str) -> Result<usize> {
    Ok(diesel::delete(
        members::table.filter(members::workspace_id.eq(workspace_id)).filter(members::group_id.eq(group_id)),
    )
    .execute(conn)?)
}

/// Makes the group hold exactly these users, as a difference: (added, removed).
///
/// # Errors
/// [`crate::Error::NotFound`] when a user is gone.
pub fn replace(
    conn: &mut Conn,
    workspace_id: &str,
    group_id: &str,
    user_ids: &[String],
    now: Micros,
) -> Result<(usize, usize)> {
    let present: BTreeSet<String> = ids(conn, workspace_id, group_id)?.into_iter().collect();
    let wanted: BTreeSet<String> = user_ids.iter().cloned().collect();
    let leaving: Vec<String> = present.difference(&wanted).cloned().collect();
    let joining: Vec<String> = wanted.difference(&present).cloned().collect();
    let removed = remove(conn, workspace_id, group_id, &leaving)?;
    let added = add(conn, workspace_id, group_id, &joining, now)?;
    Ok((added, removed))
}

/// The members' ids.
pub fn ids(conn: &mut Conn, workspace_id: &str, group_id: &str) -> Result<Vec<String>> {
    Ok(members::table
        .filter(members::workspace_id.eq(workspace_id))
        .filter(members::group_id.eq(group_id))
        .order(members::user_id)
        .select(members::user_id)
        .load(conn)?)
}

/// The ids of members of a group behind one of them, in order, at most `limit`: their rows and no others are read.
pub fn page(
    conn: &mut Conn,
    workspace_id: &str,
    group_id: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<String>> {
    Ok(members::table
        .filter(members::workspace_id.eq(workspace_id))
        .filter(members::group_id.eq(group_id))
        .filter(members::user_id.gt(after))
        .order(members::user_id)
        .limit(limit)
        .select(members::user_id)
        .load(conn)?)
}

/// The same with the users' names: (user id, user name).
pub fn page_with_names(
    conn: &mut Conn,
    workspace_id: &str,
    group_id: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<(String, String)>> {
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
