//! Whether a workspace still has an owner, asked by what guards the last one. It costs what there is of owners and of
//! groups mapped to their role, never the directory.

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
use vestibule_core::sets::AssignmentSource;

/// Makes whoever else asks for this wait until the transaction ends: of two requests that take an owner each, the second
/// must see what the first left. Taken after the rows of users and members, before the trail's counter.
pub fn lock(conn: &mut Conn, workspace_id: &str) -> Result<()> {
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

/// Whether this user holds the role `owner`, active or not. For nearly everybody two lookups say no.
pub fn holds(conn: &mut Conn, workspace_id: &str, user_id: &str) -> Result<bool> {
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

/// Whether members of the group of this name, folded, are owners.
pub fn are_members_of(conn: &mut Conn, workspace_id: &str, group_name_key: &str) -> Result<bool> {
    Ok(patterns(conn, workspace_id, &[OWNER])?.iter().any(|pattern| matches(pattern, group_name_key)))
}

/// Whether there is an active owner, this user left aside.
pub fn is_any(conn: &mut Conn, workspace_id: &str, without: Option<&str>) -> Result<bool> {
    any_of(conn, workspace_id, &[OWNER], without)
}

/// Whether there is somebody active who may administer the workspace.
pub fn is_administered(conn: &mut Conn, workspace_id: &str) -> Result<bool> {
    any_of(conn, workspace_id, &roles::ADMINISTRATORS, None)
}

fn any_of(conn: &mut Conn, workspace_id: &str, roles: &[&str], without: Option<&str>) -> Result<bool> {
    let without = without.unwrap_or_default();
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

/// Takes a user out of every group, ahead of deleting the user: so that the rows are taken before [`lock`].
pub fn leave_groups(conn: &mut Conn, user: &User) -> Result<()> {
    let of_user = members::table
        .filter(members::workspace_id.eq(&user.workspace_id))
        .filter(members::user_id.eq(&user.user_id));
    diesel::delete(of_user).execute(conn)?;
    Ok(())
}

/// The rules, folded, that give one of these roles.
fn patterns(conn: &mut Conn, workspace_id: &str, roles: &[&str]) -> Result<Vec<String>> {
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
fn mapped_groups(conn: &mut Conn, workspace_id: &str, roles: &[&str]) -> Result<Vec<String>> {
    let patterns = patterns(conn, workspace_id, roles)?;
    Ok(mappings::groups(conn, workspace_id, &patterns)?.into_iter().map(|(id, _)| id).collect())
}
