//! Bounds what a SCIM credential does to owners. The role `owner` is given and taken by an owner or the operator alone, so a
//! credential that somebody else made or approved never does it: by a user's roles or entitlements, through a group whose rule
//! gives the role, or by changing who signs in as an owner. It may deactivate and delete owners, because the customer's directory
//! says who works there; there the last owner is guarded ([`super::last_owner`]).

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
    groups::membership::Moved,
    http::{answer::ScimError, auth::Provisioner},
    provision::brake::{Held, Why},
};

/// Asked before a user is changed, checked after it, in the same transaction.
#[must_use]
pub(super) struct Bound {
    /// Whether the user held the role before; `None`: the credential may do everything.
    before: Option<bool>,
}

impl Bound {
    /// Before a user, locked, is changed.
    pub(super) fn of_user(conn: &mut Conn, provisioner: &Provisioner, user: &User) -> Result<Self, Error> {
        if provisioner.may_give_owner {
            return Ok(Self { before: None });
        }
        Ok(Self { before: Some(owners::holds(conn, &user.workspace_id, &user.user_id)?) })
    }

    /// Before a user is created.
    pub(super) fn of_new_user(provisioner: &Provisioner) -> Self {
        Self { before: (!provisioner.may_give_owner).then_some(false) }
    }

    /// After the rows of a user were changed.
    ///
    /// # Errors
    /// [`ScimError::Held`].
    pub(super) fn check(
        self,
        conn: &mut Conn,
        provisioner: &Provisioner,
        (before, after): (&User, &User),
        plan: &Plan,
        has_other_emails: bool,
    ) -> Result<(), ScimError> {
        let Some(held_before) = self.before else { return Ok(()) };
        let refuse = |change| {
            let (cause, now) = (&provisioner.cause, provisioner.now);
            let held = Held::of_user(Why::OwnersOnly, after, change, cause, now);
            Err(ScimError::Held(Box::new(held)))
        };
        let holds = owners::holds(conn, &after.workspace_id, &after.user_id)?;
        if plan.gives(OWNER) || (holds && !held_before) {
            return refuse("owner_given");
        }
        if plan.takes(OWNER) || (held_before && !holds) {
            return refuse("owner_taken");
        }
        if holds && is_recognised_otherwise(conn, before, after, has_other_emails)? {
            return refuse("owner_identity_changed");
        }
        Ok(())
    }
}

/// Whether somebody else at the provider could be recognised as this person from now on: by another `externalId`, or, while no
/// identity is linked to the person, by another user name or e-mail address.
fn is_recognised_otherwise(
    conn: &mut Conn,
    before: &User,
    after: &User,
    has_other_emails: bool,
) -> Result<bool, Error> {
    let other_id = before.external_id != after.external_id && after.external_id.is_some();
    let other_name = before.user_name_key != after.user_name_key || has_other_emails;
    if !other_id && !other_name {
        return Ok(false);
    }
    let linked = identities::list(conn, &after.workspace_id, &after.user_id)?;
    let is_theirs = linked.iter().any(|identity| Some(&identity.subject) == after.external_id.as_ref());
    Ok((other_id && !is_theirs) || (other_name && linked.is_empty()))
}

/// Refuses a change of a group by which people become owners or cease to be, after its rows were changed. `before`: the group as
/// it was, none for a new one; `after`: as it is, none for a deleted one whose members are still there.
///
/// # Errors
/// [`ScimError::Held`].
pub(crate) fn check_group(
    conn: &mut Conn,
    provisioner: &Provisioner,
    (before, after): (Option<&Group>, Option<&Group>),
    moved: Moved,
) -> Result<(), ScimError> {
    if provisioner.may_give_owner {
        return Ok(());
    }
    let workspace_id = &provisioner.workspace_id;
    let mut gives = |group: Option<&Group>| match group {
        Some(group) => owners::are_members_of(conn, workspace_id, &fold(&group.display_name)),
        None => Ok(false),
    };
    let (gave, gives) = (gives(before)?, gives(after)?);
    if !gave && !gives {
        return Ok(());
    }
    let Some(group) = after.or(before) else { return Ok(()) };
    // A group that nobody is in, and nobody waits for, gives nobody anything: it may be made, renamed and deleted.
    let concerned = moved.any()
        || (gave != gives
            && (!members::page(conn, workspace_id, &group.group_id, "", 1)?.is_empty()
                || parked::count(conn, workspace_id, &group.group_id)? > 0));
    if !concerned {
        return Ok(());
    }
    let change = if gives && (!gave || moved.joined > 0) { "owner_given" } else { "owner_taken" };
    let held = Held::of_group(Why::OwnersOnly, group, change, &provisioner.cause, provisioner.now);
    Err(ScimError::Held(Box::new(held)))
}

impl Plan {
    /// Whether it gives this role anew.
    fn gives(&self, role_id: &str) -> bool {
        self.given().any(|element| element.kind != ElementKind::Entitlement && element.id == role_id)
    }

    /// Whether it takes this role away.
    fn takes(&self, role_id: &str) -> bool {
        self.taken().any(|element| element.kind != ElementKind::Entitlement && element.id == role_id)
    }
}
