//! Roles of a workspace: creating, changing and deleting them. [`crate::rights::assignments`] assigns them to people.

use vestibule_core::ids::{RoleId, WorkspaceId};
use vestibule_store::{
    Tx,
    rights::roles::{self, OWNER, Role},
    trail::events::{
        Target,
        kinds::{RoleBefore, RoleChanged, RoleCreated, RoleData, RoleDeleted, changed},
    },
    workspaces::Workspace,
};

use crate::{
    actor::Actor,
    checks,
    refusal::{Refusal, conflict},
    rights::authority,
};

/// A role to be created.
#[derive(Debug, Clone, Copy)]
pub struct NewRole<'a> {
    /// Made from the name when `None`.
    pub id: Option<&'a str>,
    /// Name that people see.
    pub name: &'a str,
    /// One sentence about it.
    pub description: &'a str,
    /// Whether Okta may assign it, over SCIM or through a group.
    pub by_okta: bool,
}

/// Changes to a role; `None` changes nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct RoleChange<'a> {
    /// Name that people see.
    pub name: Option<&'a str>,
    /// One sentence about it.
    pub description: Option<&'a str>,
    /// Whether Okta may assign it, over SCIM or through a group.
    pub by_okta: Option<bool>,
}

/// Creates a role.
pub fn create(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    new: NewRole<'_>,
) -> Result<Role, Refusal> {
    let role = check(actor, workspace_id, new)?;
    roles::insert(conn, &role)?;
    actor.record(conn, workspace_id, Target::Workspace, &RoleCreated(data(&role)))?;
    Ok(role)
}

/// The role that [`create`] would insert. Only the database can say whether its id and name are free.
pub fn check(actor: &Actor, workspace_id: &WorkspaceId, new: NewRole<'_>) -> Result<Role, Refusal> {
    let (id, about) = (checks::new_id(new.id, new.name)?, checks::description(new.description)?);
    let mut role =
        Role::new(workspace_id, RoleId::from_stored(id), checks::title(new.name)?, about, actor.now);
    role.by_okta = new.by_okta;
    Ok(role)
}

/// Changes a role and returns it. The id never changes.
pub fn change(
    conn: &mut Tx<'_>,
    actor: &Actor,
    before: &Role,
    change: RoleChange<'_>,
) -> Result<Role, Refusal> {
    let workspace_id = &before.workspace_id;
    let mut after = before.clone();
    if let Some(name) = change.name {
        checks::title(name)?.clone_into(&mut after.display_name);
    }
    if let Some(text) = change.description {
        checks::description(text)?.clone_into(&mut after.description);
    }
    if let Some(by_okta) = change.by_okta.filter(|by_okta| *by_okta != before.by_okta) {
        // This setting decides who has the role.
        if before.role_id == OWNER {
            authority::may_give(conn, actor, workspace_id, &[], &[RoleId::from_stored(OWNER)])?;
        }
        after.by_okta = by_okta;
    }
    authority::keep_administered(conn, actor, workspace_id, |conn| {
        roles::save(conn, &mut after)?;
        let data = RoleChanged {
            role: &after.role_id,
            name: &after.display_name,
            by_okta: after.by_okta,
            before: RoleBefore {
                name: changed(before.display_name.as_str(), &after.display_name.as_str()),
                by_okta: changed(before.by_okta, &after.by_okta),
                description: changed(before.description.as_str(), &after.description.as_str()),
            },
        };
        Ok(actor.record(conn, workspace_id, Target::Workspace, &data)?)
    })?;
    Ok(after)
}

/// Deletes a role and every assignment of it, and removes it from every mapping.
pub fn delete(conn: &mut Tx<'_>, actor: &Actor, workspace: &Workspace, role: &Role) -> Result<(), Refusal> {
    check_deletable(workspace, role)?;
    authority::keep_administered(conn, actor, &workspace.workspace_id, |conn| {
        roles::delete(conn, &role.workspace_id, &role.role_id)?;
        Ok(actor.record(conn, &role.workspace_id, Target::Workspace, &RoleDeleted(data(role)))?)
    })
}

/// Refuses to delete a role that Vestibule itself depends on.
pub fn check_deletable(workspace: &Workspace, role: &Role) -> Result<(), Refusal> {
    let id = &role.role_id;
    if roles::ADMINISTRATORS.contains(&id.as_str()) {
        return conflict(format!("{id} is built in: Vestibule itself depends on it"));
    }
    if workspace.default_role == *id {
        return conflict(format!("{id} is the workspace's default role: users without another role have it"));
    }
    Ok(())
}

fn data(role: &Role) -> RoleData<'_> {
    RoleData { role: &role.role_id, name: &role.display_name, by_okta: role.by_okta }
}
