//! A change of `externalId` to another subject of the provider: the user name was reassigned to another person. If the
//! former person has identities, they are unlinked, and all access ends. If the user was inactive, roles, entitlements and
//! claimed groups are removed, because they were given to the person who left. Assignments over SCIM stay, because the
//! provider has just sent them.

use vestibule_core::{
    ids::{EntitlementId, RoleId},
    time::Micros,
};
use vestibule_store::{
    Conn, Error, Tx,
    people::{
        claimed_groups,
        users::{self, User},
    },
    providers::identities::{self, Identity},
    rights::roles,
    trail::events::{
        self, Cause,
        kinds::{GivenByHandDropped, IdentityUnlinked},
    },
};

/// The consequences of a change of `externalId`.
#[derive(Debug, Default)]
pub(super) struct Reassignment {
    /// The identities of the former person.
    former_identities: Vec<Identity>,
    /// Whether assignments by hand and groups from the sign-in claim are removed.
    drops_manual_grants: bool,
}

/// Roles and entitlements that were given to the former person by hand, and the groups of their sign-in claim.
pub(super) struct DroppedGrants {
    roles: Vec<RoleId>,
    entitlements: Vec<EntitlementId>,
    groups: Vec<String>,
}

impl Reassignment {
    /// Compares the locked row with the changed one. An identity belongs to the former person if its subject is the old
    /// `externalId`, or if its subject and the new `externalId` are ids of two Okta users.
    pub(super) fn of(conn: &mut Conn, before: &User, after: &User) -> Result<Self, Error> {
        let Some(new) = after.external_id.as_deref() else { return Ok(Self::default()) };
        let old = before.external_id.as_deref();
        if old == Some(new) {
            return Ok(Self::default());
        }
        let mut former = identities::list(conn, &before.workspace_id, &before.user_id)?;
        former.retain(|identity| {
            let subject = identity.subject.as_str();
            subject != new && (old == Some(subject) || are_two_okta_users(Some(subject), Some(new)))
        });
        let drops_manual_grants = !before.active && (old.is_some() || !former.is_empty());
        Ok(Self { former_identities: former, drops_manual_grants })
    }

    /// Whether all access of the user must end.
    pub(super) fn ends_access(&self) -> bool {
        !self.former_identities.is_empty()
    }

    /// Removes the rows. Returns the dropped grants, if there were any, for [`Reassignment::record`].
    pub(super) fn apply(
        &self,
        conn: &mut Tx<'_>,
        before: &User,
        now: Micros,
    ) -> Result<Option<DroppedGrants>, Error> {
        let (workspace_id, user_id) = (&before.workspace_id, &before.user_id);
        for identity in &self.former_identities {
            identities::unlink(conn, workspace_id, identity.key())?;
        }
        if !self.drops_manual_grants {
            return Ok(None);
        }
        let (roles, entitlements) = roles::take_given_by_hand(conn, workspace_id, user_id)?;
        let (_, groups) = claimed_groups::set(conn, workspace_id, user_id, &[], now)?;
        let is_empty = roles.is_empty() && entitlements.is_empty() && groups.is_empty();
        Ok((!is_empty).then_some(DroppedGrants { roles, entitlements, groups }))
    }

    /// Records the events of [`Reassignment::apply`]. A separate step, because the trail's counter must be locked last.
    pub(super) fn record(
        &self,
        conn: &mut Tx<'_>,
        (before, after): (&User, &User),
        dropped: Option<&DroppedGrants>,
        cause: &Cause,
        now: Micros,
    ) -> Result<(), Error> {
        let (workspace_id, target) = (&before.workspace_id, before.target());
        let external_id = after.external_id.as_deref();
        for Identity { issuer, subject, .. } in &self.former_identities {
            let data = IdentityUnlinked { issuer, subject, external_id };
            events::record(conn, workspace_id, cause, target, &data, now)?;
        }
        if let Some(DroppedGrants { roles, entitlements, groups }) = dropped {
            let external_id_before = before.external_id.as_deref();
            let data = GivenByHandDropped { roles, entitlements, groups, external_id_before, external_id };
            events::record(conn, workspace_id, cause, target, &data, now)?;
        }
        Ok(())
    }
}

/// Whether both are ids of Okta users, and different ones.
pub(super) fn are_two_okta_users(one: Option<&str>, other: Option<&str>) -> bool {
    let okta_id = |id: Option<&str>| id.filter(|id| users::is_okta_user_id(id)).map(str::to_owned);
    okta_id(one).zip(okta_id(other)).is_some_and(|(one, other)| one != other)
}
