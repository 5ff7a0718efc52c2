//! Reads the roles, entitlements and groups of many users in a constant number of statements: for lists, and for the preview of a
//! change.

use std::collections::BTreeMap;

use diesel::prelude::*;
use vestibule_core::{
    ids::{EntitlementId, RoleId, UserId, WorkspaceId},
    sets::AssignmentSource,
};

use super::effective::RightsInput;
use crate::{
    Conn, Result,
    db::schema::{assignments, claimed_groups, entitlement_assignments, groups, members, workspaces},
    rights::mappings,
    search::in_ids,
};

/// The part of [`RightsInput`] that differs between users.
#[derive(Debug, Clone, Default)]
pub struct UserInput {
    /// The assigned roles: id and source.
    pub assigned: Vec<(RoleId, AssignmentSource)>,
    /// The assigned entitlements: id and source.
    pub entitled: Vec<(EntitlementId, AssignmentSource)>,
    /// The names of the user's groups.
    pub groups: Vec<String>,
    /// The group names in the provider's claim.
    pub claimed: Vec<String>,
}

impl RightsInput {
    /// Copies the shared grounds for another user.
    #[must_use]
    pub fn of(self, own: UserInput) -> Self {
        let UserInput { assigned, entitled, groups, claimed } = own;
        Self { assigned, entitled, groups, claimed, ..self }
    }
}

/// The grounds that all users of a workspace share.
///
/// # Errors
/// [`crate::Error::NotFound`] when the workspace does not exist.
pub fn shared(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<RightsInput> {
    let default_role =
        workspaces::table.find(workspace_id).select(workspaces::default_role).first(conn).map(Some)?;
    let (roles, rules) = (super::list(conn, workspace_id)?, mappings::list(conn, workspace_id)?);
    Ok(RightsInput { roles, default_role, rules, ..RightsInput::default() })
}

/// The grounds of each of these users, ordered by id.
pub fn own(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    user_ids: &[UserId],
) -> Result<BTreeMap<UserId, UserInput>> {
    let mut all: BTreeMap<UserId, UserInput> =
        user_ids.iter().map(|id| (id.clone(), UserInput::default())).collect();
    if user_ids.is_empty() {
        return Ok(all);
    }
    let of_users = in_ids(conn, "assignments.user_id", user_ids);
    let assigned: Vec<(UserId, RoleId, AssignmentSource)> = assignments::table
        .filter(assignments::workspace_id.eq(workspace_id))
        .filter(of_users)
        .select((assignments::user_id, assignments::role_id, assignments::source))
        .load(conn)?;
    for (user_id, role_id, source) in assigned {
        all.entry(user_id).or_default().assigned.push((role_id, source));
    }
    let of_users = in_ids(conn, "entitlement_assignments.user_id", user_ids);
    let entitled: Vec<(UserId, EntitlementId, AssignmentSource)> = entitlement_assignments::table
        .filter(entitlement_assignments::workspace_id.eq(workspace_id))
        .filter(of_users)
        .select((
            entitlement_assignments::user_id,
            entitlement_assignments::entitlement_id,
            entitlement_assignments::source,
        ))
        .load(conn)?;
    for (user_id, id, source) in entitled {
        all.entry(user_id).or_default().entitled.push((id, source));
    }
    let of_users = in_ids(conn, "members.user_id", user_ids);
    let of_group = groups::workspace_id.eq(members::workspace_id).and(groups::group_id.eq(members::group_id));
    let grouped: Vec<(UserId, String)> = members::table
        .inner_join(groups::table.on(of_group))
        .filter(members::workspace_id.eq(workspace_id))
        .filter(of_users)
        .select((members::user_id, groups::display_name))
        .load(conn)?;
    for (user_id, name) in grouped {
        all.entry(user_id).or_default().groups.push(name);
    }
    let of_users = in_ids(conn, "claimed_groups.user_id", user_ids);
    let claimed: Vec<(UserId, String)> = claimed_groups::table
        .filter(claimed_groups::workspace_id.eq(workspace_id))
        .filter(of_users)
        .select((claimed_groups::user_id, claimed_groups::group_name))
        .load(conn)?;
    for (user_id, name) in claimed {
        all.entry(user_id).or_default().claimed.push(name);
    }
    Ok(all)
}
