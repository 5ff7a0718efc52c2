//! Checks that protect the last owner of a workspace. The cost depends on the number of owners and of groups mapped to their role, not
//! on the number of users.

use diesel::{
    prelude::*,
    sql_types::{Bool, Text},
};

use crate::{
    Conn, Result,
    db::{
        fragment::Fragment,
        schema::{assignments, members, roles as role_table, users},
        statement::Statement,
    },
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
    if let Conn::Postgres(_) = conn {
        let _: String = Statement::<Text>::new("SELECT workspace_id FROM workspaces WHERE workspace_id = ")
            .text(workspace_id)
            .sql(" FOR NO KEY UPDATE")
            .get_result(conn)?;
    }
    Ok(())
}

/// Whether this user is an active owner.
pub fn is_one(conn: &mut Conn, user: &User) -> Result<bool> {
    Ok(user.active && holds(conn, &user.workspace_id, &user.user_id)?)
}

/// Whether this user has the role `owner`, active or not. For nearly all users, one lookup is enough.
pub fn holds(conn: &mut Conn, workspace_id: &WorkspaceId, user_id: &UserId) -> Result<bool> {
    let may_be =
        Statement::<Bool>::new("SELECT ").fragment(may_hold(workspace_id, user_id)).get_result(conn)?;
    if may_be { holds_by_any(conn, workspace_id, user_id) } else { Ok(false) }
}

/// Whether a user for whom `may_hold` is true has the role `owner`.
pub fn holds_by_any(conn: &mut Conn, workspace_id: &WorkspaceId, user_id: &UserId) -> Result<bool> {
    let held = roles::held_ids(conn, workspace_id, user_id)?;
    Ok(held.iter().any(|role| role == OWNER))
}

/// The condition that a user may have the role `owner`: it is assigned to the user, or any mapping of the workspace assigns it.
pub(crate) fn may_hold(workspace_id: &WorkspaceId, user_id: &UserId) -> Fragment {
    let mut condition = Fragment::new(true);
    condition.sql("(EXISTS (SELECT 1 FROM assignments WHERE workspace_id = ");
    condition.text(workspace_id);
    condition.sql(" AND user_id = ");
    condition.text(user_id);
    condition.sql(" AND role_id = ");
    condition.text(OWNER);
    condition.sql(
        ") OR EXISTS (SELECT 1 FROM mappings AS m JOIN roles AS r ON r.workspace_id = m.workspace_id AND r.role_id = m.role_id \
         WHERE r.by_okta AND m.role_id = ",
    );
    condition.text(OWNER);
    condition.sql(" AND m.workspace_id = ");
    condition.text(workspace_id);
    condition.sql("))");
    condition
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
    let without = without.map(UserId::as_str).unwrap_or_default();
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
    let mut statement = Statement::<Text>::new(
        "SELECT m.group_name_key FROM mappings AS m JOIN roles AS r ON r.workspace_id = m.workspace_id AND r.role_id = m.role_id \
         WHERE r.by_okta AND m.role_id IN (",
    );
    for (index, role) in roles.iter().enumerate() {
        statement = statement.sql(if index == 0 { "" } else { ", " }).text(role);
    }
    Ok(statement.sql(") AND m.workspace_id = ").text(workspace_id).load(conn)?)
}

/// The ids of the groups whose members have one of these roles.
fn mapped_groups(conn: &mut Conn, workspace_id: &WorkspaceId, roles: &[&str]) -> Result<Vec<GroupId>> {
    let patterns = patterns(conn, workspace_id, roles)?;
    Ok(mappings::groups(conn, workspace_id, &patterns)?.into_iter().map(|(id, _)| id).collect())
}
