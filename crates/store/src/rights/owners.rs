//! Checks whether a workspace still has an owner; they protect the last owner. The cost depends on the number of owners and of
//! groups mapped to their role, not on the number of users.

use diesel::prelude::*;

use crate::{
    Conn, Result,
    db::schema::{assignments, mappings as rules, members, roles as role_table, users, workspaces},
    people::users::user::User,
    rights::{
        mappings::{self, matches},
        roles::{self, OWNER},
    },
};
use vestibule_core::{
    ids::{GroupId, UserId, WorkspaceId},
    sets::AssignmentSource,
};

/// Locks the owners of a workspace until the transaction ends: if two requests remove one owner each, the second must see the
/// result of the first. Locked after the rows of users and members, before the counter of the event trail.
pub fn lock(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<()> {
    if let Conn::Postgres(inner) = conn {
        let _: String = workspaces::table
            .find(workspace_id)
            .select(workspaces::workspace_id)
            .for_no_key_update()
            .first(inner)?;
    }
    Ok(())
}

/// Whether this user is an active owner.
pub fn is_one(conn: &mut Conn, user: &User) -> Result<bool> {
    Ok(user.active && holds(conn, &user.workspace_id, &user.user_id)?)
}

/// Whether this user has the role `owner`, active or not. For nearly all users, two lookups are enough.
pub fn holds(conn: &mut Conn, workspace_id: &WorkspaceId, user_id: &UserId) -> Result<bool> {
    let assigned: i64 = assignments::table
        .filter(assignments::workspace_id.eq(workspace_id))
        .filter(assignments::user_id.eq(user_id))
        .filter(assignments::role_id.eq(OWNER))
        .count()
        .get_result(conn)?;
    if assigned == 0 && patterns(conn, workspace_id, &[OWNER])?.is_empty() {
        return Ok(false);
    }
    let held = roles::held_ids(conn, workspace_id, user_id)?;
    Ok(held.iter().any(|role| role == OWNER))
}

/// Whether members of the group with this folded name are owners.
pub fn are_members_of(conn: &mut Conn, workspace_id: &WorkspaceId, group_name_key: &str) -> Result<bool> {
    Ok(patterns(conn, workspace_id, &[OWNER])?.iter().any(|pattern| matches(pattern, group_name_key)))
}

/// Whether the workspace has an active owner other than `without`.
pub fn is_any(conn: &mut Conn, workspace_id: &WorkspaceId, without: Option<&UserId>) -> Result<bool> {
    any_of(conn, workspace_id, &[OWNER], without)
}

/// Whether the workspace has an active user who may administer it.
pub fn is_administered(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<bool> {
    any_of(conn, workspace_id, &roles::ADMINISTRATORS, None)
}

fn any_of(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    roles: &[&str],
    without: Option<&UserId>,
) -> Result<bool> {
    let without = without.map_or("", UserId::as_str);
    let of_user =
        users::workspace_id.eq(assignments::workspace_id).and(users::user_id.eq(assignments::user_id));
    let of_role = role_table::workspace_id
        .eq(assignments::workspace_id)
        .and(role_table::role_id.eq(assignments::role_id));
    let assigned: Option<String> = assignments::table
        .inner_join(users::table.on(of_user))
        .inner_join(role_table::table.on(of_role))
        .filter(assignments::workspace_id.eq(workspace_id))
        .filter(assignments::role_id.eq_any(roles))
        .filter(assignments::source.eq(AssignmentSource::Manual).or(role_table::by_okta.eq(true)))
        .filter(users::active.eq(true))
        .filter(users::user_id.ne(without))
        .select(users::user_id)
        .first(conn)
        .optional()?;
    if assigned.is_some() {
        return Ok(true);
    }
    let mapped = mapped_groups(conn, workspace_id, roles)?;
    if mapped.is_empty() {
        return Ok(false);
    }
    let of_user = users::workspace_id.eq(members::workspace_id).and(users::user_id.eq(members::user_id));
    let through: Option<String> = members::table
        .inner_join(users::table.on(of_user))
        .filter(members::workspace_id.eq(workspace_id))
        .filter(members::group_id.eq_any(mapped))
        .filter(users::active.eq(true))
        .filter(users::user_id.ne(without))
        .select(users::user_id)
        .first(conn)
        .optional()?;
    Ok(through.is_some())
}

/// Removes a user from every group before the user is deleted, so that these rows are locked before [`lock`].
pub fn leave_groups(conn: &mut Conn, user: &User) -> Result<()> {
    let of_user = members::table
        .filter(members::workspace_id.eq(&user.workspace_id))
        .filter(members::user_id.eq(&user.user_id));
    diesel::delete(of_user).execute(conn)?;
    Ok(())
}

/// The folded names and patterns of the mappings that assign one of these roles.
fn patterns(conn: &mut Conn, workspace_id: &WorkspaceId, roles: &[&str]) -> Result<Vec<String>> {
    let of_role =
        role_table::workspace_id.eq(rules::workspace_id).and(role_table::role_id.eq(rules::role_id));
    Ok(rules::table
        .inner_join(role_table::table.on(of_role))
        .filter(rules::workspace_id.eq(workspace_id))
        .filter(rules::role_id.eq_any(roles))
        .filter(role_table::by_okta.eq(true))
        .select(rules::group_name_key)
        .load(conn)?)
}

/// The ids of the groups whose members have one of these roles.
fn mapped_groups(conn: &mut Conn, workspace_id: &WorkspaceId, roles: &[&str]) -> Result<Vec<GroupId>> {
    let patterns = patterns(conn, workspace_id, roles)?;
    Ok(mappings::groups(conn, workspace_id, &patterns)?.into_iter().map(|(id, _)| id).collect())
}
