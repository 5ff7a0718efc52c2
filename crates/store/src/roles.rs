//! Roles: what the app lets a user do. A user holds a role by assignment (by SCIM, by hand), through a group that is
//! mapped to it, or, holding none, the workspace's default role. What is held is computed when asked: never stored.

use std::collections::BTreeMap;

use diesel::prelude::*;

use crate::{
    Conn, Micros, Result,
    fold::fold,
    on_backend,
    schema::{assignments, groups, mappings, members, roles, workspaces},
    search::in_ids,
};

/// The roles every workspace begins with: id, name, description.
pub const BUILT_IN: [(&str, &str, &str); 4] = [
    ("owner", "Owner", "Everything, including other owners"),
    ("admin", "Admin", "Manages people, groups, connections and settings of the workspace"),
    ("auditor", "Auditor", "Reads everything an admin sees, changes nothing"),
    ("member", "Member", "Uses the product"),
];

/// Who may administer a workspace.
pub const ADMINISTRATORS: [&str; 2] = ["owner", "admin"];

/// A role of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = roles)]
pub struct Role {
    /// Whose.
    pub workspace_id: String,
    /// A short name that never changes; `id` at `/Roles`.
    pub role_id: String,
    /// What people see.
    pub display_name: String,
    /// Folded.
    pub display_name_key: String,
    /// One sentence.
    pub description: String,
    /// Creation.
    pub created_at: Micros,
}

/// Where a role comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Held {
    /// Which role.
    pub role_id: String,
    /// Its name.
    pub display_name: String,
    /// `scim`, `manual`, `group:{name}` or `default`.
    pub source: String,
}

/// Adds a role.
///
/// # Errors
/// [`crate::Error::Conflict`] when the id or the name is taken.
pub fn insert(conn: &mut Conn, role: &Role) -> Result<()> {
    diesel::insert_into(roles::table).values(role).execute(conn)?;
    Ok(())
}

/// Removes a role and every assignment of it.
///
/// # Errors
/// The database's.
pub fn delete(conn: &mut Conn, workspace_id: &str, role_id: &str) -> Result<bool> {
    Ok(diesel::delete(roles::table.find((workspace_id, role_id))).execute(conn)? == 1)
}

/// A workspace's roles by id.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut Conn, workspace_id: &str) -> Result<Vec<Role>> {
    Ok(roles::table
        .filter(roles::workspace_id.eq(workspace_id))
        .order(roles::role_id)
        .select(Role::as_select())
        .load(conn)?)
}

/// The role somebody means: by id, else by name without regard to letter case.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut Conn, workspace_id: &str, text: &str) -> Result<Option<Role>> {
    let named = fold(text);
    let mut found: Vec<Role> = roles::table
        .filter(roles::workspace_id.eq(workspace_id))
        .filter(roles::role_id.eq(text).or(roles::display_name_key.eq(named)))
        .select(Role::as_select())
        .load(conn)?;
    found.sort_by_key(|role| role.role_id != text);
    Ok(found.into_iter().next())
}

/// Assigns a role; doing it twice is fine.
///
/// # Errors
/// [`crate::Error::NotFound`] when the user or the role is gone.
pub fn assign(
    conn: &mut Conn,
    workspace_id: &str,
    user_id: &str,
    role_id: &str,
    source: &str,
    now: Micros,
) -> Result<bool> {
    let row = (
        assignments::workspace_id.eq(workspace_id),
        assignments::user_id.eq(user_id),
        assignments::role_id.eq(role_id),
        assignments::source.eq(source),
        assignments::created_at.eq(now),
    );
    let added = on_backend!(conn, |inner| {
        diesel::insert_into(assignments::table).values(row).on_conflict_do_nothing().execute(inner)
    })?;
    Ok(added == 1)
}

/// Takes an assigned role away: as assigned by one source, or whoever assigned it. A role held through a group or by
/// default stays.
///
/// # Errors
/// The database's.
pub fn unassign(
    conn: &mut Conn,
    workspace_id: &str,
    user_id: &str,
    role_id: &str,
    source: Option<&str>,
) -> Result<bool> {
    let assigned = assignments::table
        .filter(assignments::workspace_id.eq(workspace_id))
        .filter(assignments::user_id.eq(user_id))
        .filter(assignments::role_id.eq(role_id));
    let gone = match source {
        Some(source) => diesel::delete(assigned.filter(assignments::source.eq(source))).execute(conn)?,
        None => diesel::delete(assigned).execute(conn)?,
    };
    Ok(gone > 0)
}

/// The roles one user holds, each source a line.
///
/// # Errors
/// The database's.
pub fn held(conn: &mut Conn, workspace_id: &str, user_id: &str) -> Result<Vec<Held>> {
    let mut held = assigned(conn, workspace_id, &[user_id.to_owned()])?.remove(user_id).unwrap_or_default();
    held.extend(through_groups(conn, workspace_id, user_id)?);
    held.sort();
    if held.is_empty() {
        held.extend(default_role(conn, workspace_id)?);
    }
    Ok(held)
}

/// The ids of the roles one user holds, each once, in order.
///
/// # Errors
/// The database's.
pub fn held_ids(conn: &mut Conn, workspace_id: &str, user_id: &str) -> Result<Vec<String>> {
    let mut ids: Vec<String> =
        held(conn, workspace_id, user_id)?.into_iter().map(|held| held.role_id).collect();
    ids.sort();
    ids.dedup();
    Ok(ids)
}

/// What many users were assigned over SCIM, in one query however many they are: what SCIM shows and changes. What the
/// operator gave by hand is not the client's to see go: a PUT without roles would take the last administrator away.
///
/// # Errors
/// The database's.
pub fn assigned_by_scim(
    conn: &mut Conn,
    workspace_id: &str,
    user_ids: &[String],
) -> Result<BTreeMap<String, Vec<Held>>> {
    let mut assigned = assigned(conn, workspace_id, user_ids)?;
    for lines in assigned.values_mut() {
        lines.retain(|line| line.source == "scim");
    }
    Ok(assigned)
}

/// What many users hold by assignment, in one query however many they are.
///
/// # Errors
/// The database's.
fn assigned(conn: &mut Conn, workspace_id: &str, user_ids: &[String]) -> Result<BTreeMap<String, Vec<Held>>> {
    let wanted = in_ids(conn, "assignments.user_id", user_ids);
    let rows: Vec<(String, String, String, String)> = assignments::table
        .inner_join(roles::table.on(
            roles::workspace_id.eq(assignments::workspace_id).and(roles::role_id.eq(assignments::role_id)),
        ))
        .filter(assignments::workspace_id.eq(workspace_id))
        .filter(wanted)
        .select((assignments::user_id, roles::role_id, roles::display_name, assignments::source))
        .load(conn)?;
    let mut assigned: BTreeMap<String, Vec<Held>> = BTreeMap::new();
    for (user_id, role_id, display_name, source) in rows {
        assigned.entry(user_id).or_default().push(Held { role_id, display_name, source });
    }
    assigned.values_mut().for_each(|lines| lines.sort());
    Ok(assigned)
}

/// What a user holds through groups that are mapped to a role.
fn through_groups(conn: &mut Conn, workspace_id: &str, user_id: &str) -> Result<Vec<Held>> {
    let rows: Vec<(String, String, String)> = members::table
        .inner_join(
            groups::table.on(groups::workspace_id
                .eq(members::workspace_id)
                .and(groups::group_id.eq(members::group_id))),
        )
        .inner_join(
            mappings::table.on(mappings::workspace_id
                .eq(groups::workspace_id)
                .and(mappings::group_name_key.eq(groups::display_name_key))),
        )
        .inner_join(
            roles::table
                .on(roles::workspace_id.eq(mappings::workspace_id).and(roles::role_id.eq(mappings::role_id))),
        )
        .filter(members::workspace_id.eq(workspace_id))
        .filter(members::user_id.eq(user_id))
        .select((roles::role_id, roles::display_name, groups::display_name))
        .load(conn)?;
    let held =
        |(role_id, display_name, group)| Held { role_id, display_name, source: format!("group:{group}") };
    Ok(rows.into_iter().map(held).collect())
}

fn default_role(conn: &mut Conn, workspace_id: &str) -> Result<Option<Held>> {
    let found: Option<(String, String)> = workspaces::table
        .inner_join(roles::table.on(
            roles::workspace_id.eq(workspaces::workspace_id).and(roles::role_id.eq(workspaces::default_role)),
        ))
        .filter(workspaces::workspace_id.eq(workspace_id))
        .select((roles::role_id, roles::display_name))
        .first(conn)
        .optional()?;
    Ok(found.map(|(role_id, display_name)| Held { role_id, display_name, source: "default".to_owned() }))
}
