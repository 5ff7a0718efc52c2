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

/// Assigns roles and entitlements to a user by hand, in addition to those that the user has. Records events of what was missing only.
///
/// # Errors
/// [`vestibule_store::Error::NotFound`] when a role or an entitlement does not exist any more.
pub fn add_manual(
    conn: &mut Tx<'_>,
    actor: &Actor,
    user: &User,
    role_ids: &[RoleId],
    entitlement_ids: &[EntitlementId],
) -> Result<(), Refusal> {
    if role_ids.is_empty() && entitlement_ids.is_empty() {
        return Ok(());
    }
    let (workspace_id, user_id) = (&user.workspace_id, &user.user_id);
    authority::keep_administered(conn, actor, workspace_id, |conn| {
        let before = roles::effective(conn, workspace_id, user_id)?;
        let by_hand = before.roles.iter().filter(|one| one.source.is_manual());
        let mut roles_by_hand: Vec<RoleId> = by_hand.map(|one| one.role_id.clone()).collect();
        let by_hand = before.entitlements.iter().filter(|one| one.source.is_manual());
        let mut by_hand: Vec<EntitlementId> = by_hand.map(|one| one.entitlement_id.clone()).collect();
        let (had_roles, had_entitlements) = (roles_by_hand.len(), by_hand.len());
        let new = role_ids.iter().filter(|id| !roles_by_hand.contains(id)).cloned().collect::<Vec<_>>();
        authority::may_give(conn, actor, workspace_id, &[], &new)?;
        roles_by_hand.extend(new);
        by_hand
            .extend(entitlement_ids.iter().filter(|id| !by_hand.contains(id)).cloned().collect::<Vec<_>>());
        check_number("roles", &roles_by_hand)?;
        check_number("entitlements", &by_hand)?;
        for role_id in roles_by_hand.iter().skip(had_roles) {
            roles::assign(conn, workspace_id, user_id, role_id, AssignmentSource::Manual, actor.now)?;
        }
        for id in by_hand.iter().skip(had_entitlements) {
            entitlements::assign(conn, workspace_id, user_id, id, AssignmentSource::Manual, actor.now)?;
        }
        let after = roles::effective(conn, workspace_id, user_id)?;
        if roles_by_hand.len() > had_roles {
            let (before, after) = (before.role_ids(), after.role_ids());
            let data = RolesChanged { by_hand: &roles_by_hand, before: &before, after: &after };
            actor.record(conn, workspace_id, user.target(), &data)?;
        }
        if by_hand.len() > had_entitlements {
            let (before, after) = (before.entitlement_ids(), after.entitlement_ids());
            let data = EntitlementsChanged { entitlements: &by_hand, before: &before, after: &after };
            actor.record(conn, workspace_id, user.target(), &data)?;
        }
        Ok(())
    })
}

fn check_number<T>(name: &'static str, ids: &[T]) -> Result<(), Refusal> {
    if ids.len() > MOST { field(name, format!("must be at most {MOST}")) } else { Ok(()) }
}
