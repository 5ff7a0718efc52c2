//! Parked members: members of a group that are sent before their user exists. The provider identifies them by user name or by its
//! own id. When a user with that user name or external id is created, the user joins the group in the same transaction.

use std::collections::HashMap;

use diesel::{prelude::*, sql_types::Text};
use vestibule_core::{
    fold::fold,
    ids::{GroupId, UserId, WorkspaceId},
    time::Micros,
};

use crate::{
    Conn, Error, Result, Tx,
    db::{
        schema::{parked_members, users},
        statement::Statement,
    },
    on_backend,
    people::{
        groups::{self, Group},
        members,
        users::user::User,
    },
    search::in_ids,
    trail::events::{self, Cause, kinds::GroupUpdated},
};

/// Most parked members of a group.
pub const MAX_PARKED: i64 = 10_000;

/// Parks members of a group; members that are parked already are left as they are. Returns the number of new ones.
///
/// # Errors
/// [`crate::Error::NotFound`] when the group does not exist.
pub fn add(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    group_id: &GroupId,
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

/// Deletes parked members of a group. Returns their number.
pub fn remove(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    group_id: &GroupId,
    members: &[String],
) -> Result<usize> {
    let mut removed = 0;
    for member in members {
        removed += diesel::delete(parked_members::table.find((workspace_id, group_id, fold(member))))
            .execute(conn)?;
    }
    Ok(removed)
}

/// Deletes all parked members of a group. Returns their number.
pub fn clear(conn: &mut Conn, workspace_id: &WorkspaceId, group_id: &GroupId) -> Result<usize> {
    Ok(diesel::delete(
        parked_members::table
            .filter(parked_members::workspace_id.eq(workspace_id))
            .filter(parked_members::group_id.eq(group_id)),
    )
    .execute(conn)?)
}

/// The parked members of a group, as they were sent.
pub fn list(conn: &mut Conn, workspace_id: &WorkspaceId, group_id: &GroupId) -> Result<Vec<String>> {
    Ok(parked_members::table
        .filter(parked_members::workspace_id.eq(workspace_id))
        .filter(parked_members::group_id.eq(group_id))
        .order(parked_members::member_key)
        .select(parked_members::member)
        .load(conn)?)
}

/// Number of parked members of a group.
pub fn count(conn: &mut Conn, workspace_id: &WorkspaceId, group_id: &GroupId) -> Result<i64> {
    Ok(parked_members::table
        .filter(parked_members::workspace_id.eq(workspace_id))
        .filter(parked_members::group_id.eq(group_id))
        .count()
        .get_result(conn)?)
}

/// Number of parked members of all groups. A member that two groups name counts twice.
pub fn count_all(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<i64> {
    Ok(parked_members::table
        .filter(parked_members::workspace_id.eq(workspace_id))
        .count()
        .get_result(conn)?)
}

/// The members that exist as users, by user name or external id: the text as sent, and the user id. A user created before a group
/// named them must not stay parked, and must be found when the group names them again to remove them.
pub fn present(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    members: &[String],
) -> Result<Vec<(String, UserId)>> {
    let mut found = Vec::new();
    for batch in members.chunks(500) {
        let keys: Vec<String> = batch.iter().map(|member| fold(member)).collect();
        let by_name = in_ids(conn, "users.user_name_key", &keys);
        let by_external_id = in_ids(conn, "users.external_id", batch);
        let of_workspace = || users::table.filter(users::workspace_id.eq(workspace_id));
        let names: HashMap<String, UserId> = of_workspace()
            .filter(by_name)
            .select((users::user_name_key, users::user_id))
            .load::<(String, UserId)>(conn)?
            .into_iter()
            .collect();
        let external_ids: HashMap<String, UserId> = of_workspace()
            .filter(by_external_id)
            .select((users::external_id.assume_not_null(), users::user_id))
            .load::<(String, UserId)>(conn)?
            .into_iter()
            .collect();
        for (member, key) in batch.iter().zip(&keys) {
            if let Some(user_id) = names.get(key).or_else(|| external_ids.get(member)) {
                found.push((member.clone(), user_id.clone()));
            }
        }
    }
    Ok(found)
}

/// Adds a new user to the groups that have them parked, one group after another ordered by id, as each change of a group does.
/// Events are recorded last, when no further lock is needed, because every writer needs the counter of the trail. Returns whether
/// the user joined a group.
pub(crate) fn arrive(conn: &mut Tx<'_>, user: &User, cause: &Cause, now: Micros) -> Result<bool> {
    let external_key = user.external_id.as_deref().map(fold);
    let with_key = |statement: Statement<(Text, Text, Text)>, key: &str| {
        statement
            .sql("SELECT group_id, member, member_key FROM parked_members WHERE workspace_id = ")
            .text(&user.workspace_id)
            .sql(" AND member_key = ")
            .text(key)
    };
    // One SELECT for each key, because SQLite makes a temporary table for `IN`.
    let mut statement = with_key(Statement::new(""), &user.user_name_key);
    if let Some(key) = external_key.filter(|key| *key != user.user_name_key) {
        statement = with_key(statement.sql(" UNION ALL "), &key);
    }
    let mut waiting: Vec<(GroupId, String, String)> = statement.load(conn)?;
    // External ids are case-sensitive.
    waiting.retain(|(_, member, key)| {
        *key == user.user_name_key || user.external_id.as_deref() == Some(member.as_str())
    });
    waiting.sort();
    let mut joined: Vec<Group> = Vec::new();
    for (group_id, member, _) in waiting {
        // A group may be deleted in the meantime.
        let before = match groups::get_locked(conn, &user.workspace_id, &group_id) {
            Err(Error::NotFound) => continue,
            found => found?,
        };
        // A parked member may be deleted in the meantime.
        if remove(conn, &user.workspace_id, &group_id, &[member])? == 0 {
            continue;
        }
        let joining = std::slice::from_ref(&user.user_id);
        if !members::add(conn, &user.workspace_id, &group_id, joining, now)?.is_empty() {
            let mut group = before.clone();
            groups::save(conn, &before, &mut group, now)?;
            joined.push(group);
        }
    }
    for group in &joined {
        let data = GroupUpdated {
            display_name: &group.display_name,
            added: 1,
            removed: 0,
            parked: 1,
            joined: std::slice::from_ref(&user.user_id),
            left: &[],
            renamed_from: None,
        };
        events::record(conn, &user.workspace_id, cause, group.target(), &data, now)?;
    }
    Ok(!joined.is_empty())
}
