//! Removes everything that was assigned to a user by hand, because such an assignment is for a person, not for a user name.

use diesel::prelude::*;
use vestibule_core::{
    ids::{EntitlementId, RoleId, UserId, WorkspaceId},
    sets::AssignmentSource,
};

use crate::{
    Conn, Result,
    db::schema::{assignments, entitlement_assignments},
};

/// Removes every role and entitlement that was assigned to a user by hand. Returns the ids of both, in order.
pub fn take_given_by_hand(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    user_id: &UserId,
) -> Result<(Vec<RoleId>, Vec<EntitlementId>)> {
    let of_roles = assignments::table
        .filter(assignments::workspace_id.eq(workspace_id))
        .filter(assignments::user_id.eq(user_id))
        .filter(assignments::source.eq(AssignmentSource::Manual));
    let of_entitlements = entitlement_assignments::table
        .filter(entitlement_assignments::workspace_id.eq(workspace_id))
        .filter(entitlement_assignments::user_id.eq(user_id))
        .filter(entitlement_assignments::source.eq(AssignmentSource::Manual));
    let mut roles: Vec<RoleId> = of_roles.select(assignments::role_id).load(conn)?;
    let mut entitlements: Vec<EntitlementId> =
        of_entitlements.select(entitlement_assignments::entitlement_id).load(conn)?;
    diesel::delete(of_roles).execute(conn)?;
    diesel::delete(of_entitlements).execute(conn)?;
    roles.sort();
    entitlements.sort();
    Ok((roles, entitlements))
}
