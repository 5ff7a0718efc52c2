//! A change of `externalId` from one provider subject to another: the row is another person from now on. Whoever signed in as the
//! row before is unlinked and loses all access. If the row was inactive, what was given to it by hand is dropped: it was given to
//! the person who left, and the new one has only the name. What SCIM assigned stays, because the provider says it anew.

use vestibule_core::time::Micros;
use vestibule_store::{
    Conn, Error,
    people::{claimed_groups, users::User},
    providers::identities::{self, Identity},
    rights::roles,
    trail::events::{
        self, Cause,
        kinds::{GivenByHandDropped, IdentityUnlinked},
    },
};

use super::are_two_okta_users;

/// What a change of `externalId` means.
#[derive(Debug, Default)]
pub(super) struct Another {
    /// The identities that no longer sign in as this user.
    former: Vec<Identity>,
    /// Whether what was given by hand is dropped.
    drops: bool,
}

/// What the former person had by hand, and the groups of their sign-in claim.
pub(super) struct Dropped {
    roles: Vec<String>,
    entitlements: Vec<String>,
    groups: Vec<String>,
}

impl Another {
    /// Compares the locked row with the row it becomes. An identity is of the former person when its subject is the old
    /// `externalId`, or when it and the new `externalId` are ids of two Okta users.
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
        let drops = !before.active && (old.is_some() || !former.is_empty());
        Ok(Self { former, drops })
    }

    /// Whether somebody who could sign in as this user no longer can.
    pub(super) fn ends_access(&self) -> bool {
        !self.former.is_empty()
    }

    /// Removes the rows. Returns what was dropped, if anything was, for [`Another::record`].
    pub(super) fn carry_out(
        &self,
        conn: &mut Conn,
        before: &User,
        now: Micros,
    ) -> Result<Option<Dropped>, Error> {
        let (workspace_id, user_id) = (&before.workspace_id, &before.user_id);
        for Identity { issuer, subject, .. } in &self.former {
            identities::unlink(conn, workspace_id, issuer, subject)?;
        }
        if !self.drops {
            return Ok(None);
        }
        let (roles, entitlements) = roles::take_given_by_hand(conn, workspace_id, user_id)?;
        let (_, groups) = claimed_groups::set(conn, workspace_id, user_id, &[], now)?;
        let is_empty = roles.is_empty() && entitlements.is_empty() && groups.is_empty();
        Ok((!is_empty).then_some(Dropped { roles, entitlements, groups }))
    }

    /// Records the events of what [`Another::carry_out`] did. Apart from it because the trail's counter is locked last.
    pub(super) fn record(
        &self,
        conn: &mut Conn,
        (before, after): (&User, &User),
        dropped: Option<&Dropped>,
        cause: &Cause,
        now: Micros,
    ) -> Result<(), Error> {
        let (workspace_id, target) = (&before.workspace_id, before.target());
        let external_id = after.external_id.as_deref();
        for Identity { issuer, subject, .. } in &self.former {
            let data = IdentityUnlinked { issuer, subject, external_id };
            events::record(conn, workspace_id, cause, target, &data, now)?;
        }
        if let Some(Dropped { roles, entitlements, groups }) = dropped {
            let external_id_before = before.external_id.as_deref();
            let data = GivenByHandDropped { roles, entitlements, groups, external_id_before, external_id };
            events::record(conn, workspace_id, cause, target, &data, now)?;
        }
        Ok(())
    }
}
