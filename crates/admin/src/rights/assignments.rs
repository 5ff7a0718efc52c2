//! Replaces the assigned roles and entitlements of a user. Those through groups or by default stay.

use vestibule_core::{
    ids::{EntitlementId, RoleId, UserId, WorkspaceId},
    sets::AssignmentSource,
};
use vestibule_store::{
    Tx,
    people::users::{self, User},
    rights::{entitlements, roles},
    trail::events::kinds::{EntitlementsChanged, RolesChanged},
};

use crate::{
    actor::Actor,
    refusal::{Refusal, conflict, field},
    rights::authority,
};

/// The largest number of roles or entitlements in one change.
const MOST: usize = 100;

/// Replaces all assigned roles of a user, including those that Okta assigned.
///
/// # Errors
/// [`vestibule_store::Error::NotFound`] when a role does not exist any more.
pub fn replace_roles(
    conn: &mut Tx<'_>,
    actor: &Actor,
    user: &User,
    role_ids: &[RoleId],
) -> Result<(), Refusal> {
    check_number("roles", role_ids)?;
    let (workspace_id, user_id) = (&user.workspace_id, &user.user_id);
    let before = roles::effective(conn, workspace_id, user_id)?.role_ids();
    roles::keep_only(conn, workspace_id, user_id, role_ids)?;
    for role_id in role_ids {
        roles::assign(conn, workspace_id, user_id, role_id, AssignmentSource::Manual, actor.now)?;
    }
    let after = roles::effective(conn, workspace_id, user_id)?.role_ids();
    let data = RolesChanged { by_hand: role_ids, before: &before, after: &after };
    Ok(actor.record(conn, workspace_id, user.target(), &data)?)
}

/// Replaces the roles that were assigned to a user by hand. Roles that Okta assigned stay.
///
/// # Errors
/// [`vestibule_store::Error::NotFound`] when there is no such user.
pub fn replace_manual_roles(
    conn: &mut Tx<'_>,
    actor: &Actor,
    (workspace_id, user_id): (&WorkspaceId, &UserId),
    role_ids: &[RoleId],
) -> Result<(), Refusal> {
    check_number("roles", role_ids)?;
    let user = users::get_locked(conn, workspace_id, user_id)?;
    authority::keep_administered(conn, actor, workspace_id, |conn| {
        let effective = roles::effective(conn, workspace_id, user_id)?;
        let by_hand = effective.roles.iter().filter(|one| one.source.is_manual());
        let by_hand: Vec<RoleId> = by_hand.map(|one| one.role_id.clone()).collect();
        authority::may_give(conn, actor, workspace_id, &by_hand, role_ids)?;
        let existing = roles::list(conn, workspace_id)?;
        if role_ids.iter().any(|id| !existing.iter().any(|role| role.role_id == *id)) {
            return conflict("a role was deleted meanwhile; choose again");
        }
        // No event where nothing changes.
        if by_hand.len() == role_ids.len() && by_hand.iter().all(|id| role_ids.contains(id)) {
            return Ok(());
        }
        roles::keep_only_of(conn, workspace_id, user_id, AssignmentSource::Manual, role_ids)?;
        for role_id in role_ids {
            roles::assign(conn, workspace_id, user_id, role_id, AssignmentSource::Manual, actor.now)?;
        }
        let after = roles::effective(conn, workspace_id, user_id)?.role_ids();
        let data = RolesChanged { by_hand: role_ids, before: &effective.role_ids(), after: &after };
        Ok(actor.record(conn, workspace_id, user.target(), &data)?)
    })
}

/// Replaces all assigned entitlements of a user.
pub fn replace_entitlements(
    conn: &mut Tx<'_>,
    actor: &Actor,
    user: &User,
    ids: &[EntitlementId],
) -> Result<(), Refusal> {
    check_number("entitlements", ids)?;
    let (workspace_id, user_id) = (&user.workspace_id, &user.user_id);
    let before = roles::effective(conn, workspace_id, user_id)?.entitlement_ids();
    entitlements::keep_only(conn, workspace_id, user_id, ids)?;
    for id in ids {
        entitlements::assign(conn, workspace_id, user_id, id, AssignmentSource::Manual, actor.now)?;
    }
    let after = roles::effective(conn, workspace_id, user_id)?.entitlement_ids();
    let data = EntitlementsChanged { entitlements: ids, before: &before, after: &after };
    Ok(actor.record(conn, workspace_id, user.target(), &data)?)
}

fn check_number<T>(name: &'static str, ids: &[T]) -> Result<(), Refusal> {
    if ids.len() > MOST { field(name, format!("must be at most {MOST}")) } else { Ok(()) }
}
