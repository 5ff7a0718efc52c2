//! Refuses changes of owners by a SCIM credential that neither an owner nor the operator made or approved. Such a
//! credential must not give or take the role `owner`: by a user's roles or entitlements, through a group whose mapping
//! gives the role, or by a change of the person who signs in as an owner. It may deactivate and delete owners, because
//! the customer's directory decides who works there; [`super::last_owner_check`] protects the last one.

use vestibule_core::fold::fold;
use vestibule_store::{
    Conn, Error,
    people::{groups::Group, members, parked, users::User},
    providers::identities,
    rights::{
        owners,
        roles::{ElementKind, OWNER},
    },
};

use super::elements::Plan;
use crate::{
    blocked_push::{BlockReason, BlockedPush},
    groups::membership::MembershipChange,
    http::{auth::Provisioner, error::ScimError},
};

/// A check that is created before a user is changed and run after it, in the same transaction.
#[must_use]
pub(super) struct OwnerBound {
    /// Whether the user was an owner before; none if the credential is not bound.
    was_owner: Option<bool>,
}

impl OwnerBound {
    /// The check for a locked user who is about to be changed.
    /// `may_be_owner`: whether the user may have the role.
    pub(super) fn of_user(
        conn: &mut Conn,
        provisioner: &Provisioner,
        user: &User,
        may_be_owner: bool,
    ) -> Result<Self, Error> {
        if provisioner.may_give_owner {
            return Ok(Self { was_owner: None });
        }
        let is_owner = may_be_owner && owners::holds_by_any(conn, &user.workspace_id, &user.user_id)?;
        Ok(Self { was_owner: Some(is_owner) })
    }

    /// The check for a user who is about to be created.
    pub(super) fn of_new_user(provisioner: &Provisioner) -> Self {
        Self { was_owner: (!provisioner.may_give_owner).then_some(false) }
    }

    /// Runs the check after the rows of a user were changed.
    ///
    /// # Errors
    /// [`ScimError::Blocked`].
    pub(super) fn check(
        self,
        conn: &mut Conn,
        provisioner: &Provisioner,
        (before, after): (&User, &User),
        plan: &Plan,
        emails_changed: bool,
    ) -> Result<(), ScimError> {
        let Some(was_owner) = self.was_owner else { return Ok(()) };
        let refuse = |change| {
            let (cause, now) = (&provisioner.cause, provisioner.now);
            let blocked = BlockedPush::of_user(BlockReason::OwnersOnly, after, change, cause, now);
            Err(ScimError::Blocked(Box::new(blocked)))
        };
        let is_owner = owners::holds(conn, &after.workspace_id, &after.user_id)?;
        if plan.gives(OWNER) || (is_owner && !was_owner) {
            return refuse("owner_given");
        }
        if plan.takes(OWNER) || (was_owner && !is_owner) {
            return refuse("owner_taken");
        }
        if is_owner && may_match_another_person(conn, before, after, emails_changed)? {
            return refuse("owner_identity_changed");
        }
        Ok(())
    }
}

/// Whether another person of the provider could now sign in as this user: by a new `externalId`, or, while no identity
/// is linked, by a new user name or email address.
fn may_match_another_person(
    conn: &mut Conn,
    before: &User,
    after: &User,
    emails_changed: bool,
) -> Result<bool, Error> {
    let id_changed = before.external_id != after.external_id && after.external_id.is_some();
    let name_changed = before.user_name_key != after.user_name_key || emails_changed;
    if !id_changed && !name_changed {
        return Ok(false);
    }
    let linked = identities::list(conn, &after.workspace_id, &after.user_id)?;
    let is_linked = linked.iter().any(|identity| Some(&identity.subject) == after.external_id.as_ref());
    Ok((id_changed && !is_linked) || (name_changed && linked.is_empty()))
}

/// Refuses a change of a group that gives or takes the role `owner`. Runs after the rows were changed; `before` is none
/// for a new group, `after` is none for a group about to be deleted, whose members still exist.
///
/// # Errors
/// [`ScimError::Blocked`].
pub(crate) fn check_group(
    conn: &mut Conn,
    provisioner: &Provisioner,
    (before, after): (Option<&Group>, Option<&Group>),
    members_changed: &MembershipChange,
) -> Result<(), ScimError> {
    if provisioner.may_give_owner {
        return Ok(());
    }
    let workspace_id = &provisioner.workspace_id;
    let mut gives = |group: Option<&Group>| match group {
        Some(group) => owners::are_members_of(conn, workspace_id, &fold(&group.display_name)),
        None => Ok(false),
    };
    let (gave_owner, gives_owner) = (gives(before)?, gives(after)?);
    if !gave_owner && !gives_owner {
        return Ok(());
    }
    let Some(group) = after.or(before) else { return Ok(()) };
    // A group that has neither members nor parked ids gives nobody the role: it may be created, renamed and deleted.
    let changes_owners = !members_changed.is_empty()
        || (gave_owner != gives_owner
            && (!members::page(conn, workspace_id, &group.group_id, "", 1)?.is_empty()
                || parked::count(conn, workspace_id, &group.group_id)? > 0));
    if !changes_owners {
        return Ok(());
    }
    let is_gain = gives_owner && (!gave_owner || !members_changed.joined.is_empty());
    let change = if is_gain { "owner_given" } else { "owner_taken" };
    let (cause, now) = (&provisioner.cause, provisioner.now);
    let blocked = BlockedPush::of_group(BlockReason::OwnersOnly, group, change, cause, now);
    Err(ScimError::Blocked(Box::new(blocked)))
}

impl Plan {
    /// Whether it newly assigns this role.
    fn gives(&self, role_id: &str) -> bool {
        self.given().any(|element| element.kind != ElementKind::Entitlement && element.id == role_id)
    }

    /// Whether it removes this role.
    fn takes(&self, role_id: &str) -> bool {
        self.taken().any(|element| element.kind != ElementKind::Entitlement && element.id == role_id)
    }
}
