//! Limits of changes by administrators: the last owner stays, somebody can administer the workspace, and only owners give or take the
//! role `owner`. Checked in the transaction of the change, which a refusal rolls back. The operator is exempt.

use vestibule_core::ids::{RoleId, WorkspaceId};
use vestibule_store::{
    Conn, Tx,
    people::users::User,
    providers::{connections, saml_connections},
    rights::{
        owners,
        roles::{self, OWNER},
    },
};

use crate::{
    actor::Actor,
    refusal::{Refusal, conflict},
};

const OWNERS_ONLY: &str = "only an owner may add or remove an owner";

/// Runs a change and refuses it if it leaves the workspace without an owner or an administrator. The caller locks rows of users before;
/// `change` records its event.
pub(crate) fn keep_administered<T>(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    change: impl FnOnce(&mut Tx<'_>) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    if actor.is_operator() {
        return change(conn);
    }
    owners::lock(conn, workspace_id)?;
    let owned = owners::is_any(conn, workspace_id, None)?;
    let administered = owners::is_administered(conn, workspace_id)?;
    let done = change(conn)?;
    if owned && !owners::is_any(conn, workspace_id, None)? {
        return conflict(
            "this would remove the last owner of the workspace; make somebody else an owner first",
        );
    }
    if administered && !owners::is_administered(conn, workspace_id)? {
        return conflict(
            "nobody could administer this workspace any more; give somebody else the role Admin first",
        );
    }
    Ok(done)
}

/// Refuses to add or remove the role `owner`, unless `by_owner`.
pub fn check_owner_role(by_owner: bool, before: &[RoleId], after: &[RoleId]) -> Result<(), Refusal> {
    let is_in = |ids: &[RoleId]| ids.iter().any(|id| *id == OWNER);
    if by_owner || is_in(before) == is_in(after) { Ok(()) } else { conflict(OWNERS_ONLY) }
}

/// As [`check_owner_role`]; reads in the transaction whether the actor is an owner.
pub(crate) fn may_give(
    conn: &mut Conn,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    before: &[RoleId],
    after: &[RoleId],
) -> Result<(), Refusal> {
    check_owner_role(false, before, after)
        .or_else(|refusal| if actor.may_own(conn, workspace_id)? { Ok(()) } else { Err(refusal) })
}

/// Refuses an actor who is no owner to decide who signs in as this user: if the user is an owner; and, after a change of issuer or with
/// several connections, if the user has any role in the console and the workspace has an owner. Otherwise an administrator could sign
/// in as an owner.
pub(crate) fn may_identify(conn: &mut Conn, actor: &Actor, user: &User) -> Result<(), Refusal> {
    let workspace_id = &user.workspace_id;
    if actor.may_own(conn, workspace_id)? {
        return Ok(());
    }
    if roles::held_ids(conn, workspace_id, &user.user_id)?.iter().any(|role| *role == OWNER) {
        return conflict(format!(
            "only an owner may decide who signs in as {}",
            vestibule_web::pages::isolate(&user.user_name)
        ));
    }
    let oidc = connections::list(conn, workspace_id)?.into_iter().map(|one| one.issuer_changed_at);
    let saml = saml_connections::list(conn, workspace_id)?.into_iter().map(|one| one.issuer_changed_at);
    let changes: Vec<_> = oidc.chain(saml).collect();
    let is_another = changes.len() > 1 || changes.iter().any(Option::is_some);
    if is_another && roles::is_reader(conn, user)? && owners::is_any(conn, workspace_id, None)? {
        return conflict(format!(
            "the identity provider has changed or is not the only one, so only an owner may decide who signs in as {}, who has a role in the console",
            vestibule_web::pages::isolate(&user.user_name)
        ));
    }
    Ok(())
}
