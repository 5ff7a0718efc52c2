//! Roles: what the app lets a user do. A user has a role by assignment (by SCIM or by hand) or through a mapped group. A user
//! without any has the default role of the workspace. The result is computed for each request and never stored.

pub mod effective;
mod elements;
mod grounds;
pub mod holders;
mod manual;
mod of_users;
pub mod preview;
mod source;
#[cfg(test)]
mod tests;

use diesel::prelude::*;

pub use effective::{Effective, Entitled, RightsInput};
pub use elements::{Element, ElementKind, change_element, give_element, take_element};
pub use manual::take_given_by_hand;
pub use of_users::{UserInput, own, shared};
pub use source::Source;

use crate::{
    Conn, Result,
    db::schema::{assignments, mappings, members, roles},
    on_backend,
    people::users::user::User,
};
use vestibule_core::{
    fold::fold,
    ids::{RoleId, UserId, WorkspaceId},
    sets::AssignmentSource,
    time::Micros,
};

/// The roles of a new workspace: id, name, description.
pub const BUILT_IN: [(&str, &str, &str); 6] = [
    ("owner", "Owner", "Everything, including other owners"),
    ("admin", "Admin", "Manages people, groups, connections and settings of the workspace"),
    ("editor", "Editor", "Changes what the product holds"),
    ("viewer", "Viewer", "Sees what the product holds"),
    ("member", "Member", "Uses the product"),
    ("auditor", "Auditor", "Reads everything an admin sees, changes nothing"),
];

/// Roles that may administer a workspace.
pub const ADMINISTRATORS: [&str; 2] = [OWNER, "admin"];

/// Roles that may see what an administrator sees: the administrators, and the auditor, who changes nothing.
pub const READERS: [&str; 3] = [OWNER, "admin", "auditor"];

/// The role of owners. A push cannot remove its last active user.
pub const OWNER: &str = "owner";

/// A role of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = roles)]
pub struct Role {
    /// Workspace of the role.
    pub workspace_id: WorkspaceId,
    /// A short name that never changes; `id` at `/Roles`.
    pub role_id: RoleId,
    /// Display name.
    pub display_name: String,
    /// Folded display name.
    pub display_name_key: String,
    /// Description: one sentence.
    pub description: String,
    /// Creation.
    pub created_at: Micros,
    /// Whether Okta may assign it: over SCIM or through a mapped group.
    pub by_okta: bool,
}

impl Role {
    /// Creates a role that Okta may assign.
    pub fn new(
        workspace_id: &WorkspaceId,
        role_id: RoleId,
        display_name: &str,
        description: &str,
        now: Micros,
    ) -> Self {
        Self {
            workspace_id: workspace_id.clone(),
            role_id,
            display_name: display_name.trim().to_owned(),
            display_name_key: fold(display_name),
            description: description.to_owned(),
            created_at: now,
            by_okta: true,
        }
    }
}

/// A role of a user, and its source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UserRole {
    /// Id of the role.
    pub role_id: RoleId,
    /// Name of the role.
    pub display_name: String,
    /// Source of the role.
    pub source: Source,
}

/// Inserts the roles of a new workspace. Okta may assign all of them until the operator changes that.
pub fn insert_built_in(conn: &mut Conn, workspace_id: &WorkspaceId, now: Micros) -> Result<()> {
    for (role_id, display_name, description) in BUILT_IN {
        let role_id = RoleId::from_stored(role_id);
        insert(conn, &Role::new(workspace_id, role_id, display_name, description, now))?;
    }
    Ok(())
}

/// Inserts a role.
///
/// # Errors
/// [`crate::Error::Conflict`] when the id or the name is in use.
pub fn insert(conn: &mut Conn, role: &Role) -> Result<()> {
    diesel::insert_into(roles::table).values(role).execute(conn)?;
    Ok(())
}

/// Saves the name, the description, and whether Okta may assign the role.
///
/// # Errors
/// [`crate::Error::Conflict`] when the name is in use; [`crate::Error::NotFound`].
pub fn save(conn: &mut Conn, role: &mut Role) -> Result<()> {
    role.display_name_key = fold(&role.display_name);
    let changed = diesel::update(roles::table.find((&role.workspace_id, &role.role_id)))
        .set((
            roles::display_name.eq(&role.display_name),
            roles::display_name_key.eq(&role.display_name_key),
            roles::description.eq(&role.description),
            roles::by_okta.eq(role.by_okta),
        ))
        .execute(conn)?;
    if changed == 0 { Err(crate::Error::NotFound) } else { Ok(()) }
}

/// Deletes a role, all its assignments, and removes it from every mapping.
pub fn delete(conn: &mut Conn, workspace_id: &WorkspaceId, role_id: &RoleId) -> Result<bool> {
    Ok(diesel::delete(roles::table.find((workspace_id, role_id))).execute(conn)? == 1)
}

/// The roles of a workspace, ordered by id.
pub fn list(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Vec<Role>> {
    Ok(roles::table
        .filter(roles::workspace_id.eq(workspace_id))
        .order(roles::role_id)
        .select(Role::as_select())
        .load(conn)?)
}

/// Finds a role by id, or else by id or name without regard to letter case.
pub fn find(conn: &mut Conn, workspace_id: &WorkspaceId, text: &str) -> Result<Option<Role>> {
    let all = list(conn, workspace_id)?;
    Ok(named(&all, text).cloned())
}

/// Finds one of these roles by id, or else by id or name without regard to letter case.
pub fn named<'a>(roles: &'a [Role], text: &str) -> Option<&'a Role> {
    let key = fold(text);
    let exact = roles.iter().find(|role| role.role_id == text);
    let by_id = || roles.iter().find(|role| role.role_id == key.as_str());
    exact.or_else(by_id).or_else(|| roles.iter().find(|role| role.display_name_key == key))
}

/// Assigns a role. Does nothing if it is assigned already.
///
/// # Errors
/// [`crate::Error::NotFound`] when the user or the role does not exist.
pub fn assign(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    user_id: &UserId,
    role_id: &RoleId,
    source: AssignmentSource,
    now: Micros,
) -> Result<()> {
    let row = (
        assignments::workspace_id.eq(workspace_id),
        assignments::user_id.eq(user_id),
        assignments::role_id.eq(role_id),
        assignments::source.eq(source),
        assignments::created_at.eq(now),
    );
    on_backend!(conn, |inner| {
        diesel::insert_into(assignments::table).values(row).on_conflict_do_nothing().execute(inner)
    })?;
    Ok(())
}

/// Removes all assigned roles of a user except these, whatever their source. Roles through a group or by default stay.
pub fn keep_only(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    user_id: &UserId,
    role_ids: &[RoleId],
) -> Result<()> {
    let others = assignments::table
        .filter(assignments::workspace_id.eq(workspace_id))
        .filter(assignments::user_id.eq(user_id))
        .filter(assignments::role_id.ne_all(role_ids));
    diesel::delete(others).execute(conn)?;
    Ok(())
}

/// Removes the roles that one source assigned to a user, except these.
pub fn keep_only_of(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    user_id: &UserId,
    source: AssignmentSource,
    role_ids: &[RoleId],
) -> Result<()> {
    let others = assignments::table
        .filter(assignments::workspace_id.eq(workspace_id))
        .filter(assignments::user_id.eq(user_id))
        .filter(assignments::source.eq(source))
        .filter(assignments::role_id.ne_all(role_ids));
    diesel::delete(others).execute(conn)?;
    Ok(())
}

/// The roles and entitlements of a user from all sources.
pub fn effective(conn: &mut Conn, workspace_id: &WorkspaceId, user_id: &UserId) -> Result<Effective> {
    let grounds = grounds::gather(conn, workspace_id, user_id)?;
    Ok(effective::effective(&grounds))
}

/// Whether a user has a role from Okta, or an existing group could assign one.
pub fn any_by_okta(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<bool> {
    let assigned = assignments::table
        .filter(assignments::workspace_id.eq(workspace_id))
        .filter(assignments::source.ne(AssignmentSource::Manual));
    let ruled = mappings::table.filter(mappings::workspace_id.eq(workspace_id));
    let member = members::table.filter(members::workspace_id.eq(workspace_id));
    if diesel::select(diesel::dsl::exists(assigned)).get_result(conn)? {
        return Ok(true);
    }
    Ok(diesel::select(diesel::dsl::exists(ruled).and(diesel::dsl::exists(member))).get_result(conn)?)
}

/// The roles of a user, one entry for each source.
pub fn of_user(conn: &mut Conn, workspace_id: &WorkspaceId, user_id: &UserId) -> Result<Vec<UserRole>> {
    Ok(effective(conn, workspace_id, user_id)?.roles)
}

/// Whether the user has a role that may see the console ([`READERS`]).
pub fn is_reader(conn: &mut Conn, user: &User) -> Result<bool> {
    let held = held_ids(conn, &user.workspace_id, &user.user_id)?;
    Ok(held.iter().any(|role| READERS.contains(&role.as_str())))
}

/// The ids of a user's roles, each once, in order.
pub fn held_ids(conn: &mut Conn, workspace_id: &WorkspaceId, user_id: &UserId) -> Result<Vec<RoleId>> {
    Ok(effective(conn, workspace_id, user_id)?.role_ids())
}
