//! A change of `externalId` from one provider subject to another: the row is another person from now on. Whoever signed in as the
//! row before is unlinked and loses all access. If the row was inactive, what was given to it by hand is dropped: it was given to
//! the person who left, and the new one has only the name. What SCIM assigned stays, because the provider says it anew.

use serde_json::{Value, json};
use vestibule_core::time::Micros;
use vestibule_store::{
    Conn, Error,
    people::{claimed_groups, users::User},
    providers::identities::{self, Identity},
    rights::roles,
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

    /// Removes the rows; returns the events to record: kind and data.
    pub(super) fn carry_out(
        &self,
        conn: &mut Conn,
        (before, after): (&User, &User),
        now: Micros,
    ) -> Result<Vec<(&'static str, Value)>, Error> {
        let (workspace_id, user_id) = (&before.workspace_id, &before.user_id);
        let mut events = Vec::new();
        for Identity { issuer, subject, .. } in &self.former {
            identities::unlink(conn, workspace_id, issuer, subject)?;
            let data = json!({ "issuer": issuer, "subject": subject, "external_id": after.external_id });
            events.push(("identity_unlinked", data));
        }
        if self.drops {
            let (roles, entitlements) = roles::take_given_by_hand(conn, workspace_id, user_id)?;
            let (_, groups) = claimed_groups::set(conn, workspace_id, user_id, &[], now)?;
            if !roles.is_empty() || !entitlements.is_empty() || !groups.is_empty() {
                let data = json!({
                    "roles": roles, "entitlements": entitlements, "groups": groups,
                    "external_id_before": before.external_id, "external_id": after.external_id,
                });
                events.push(("given_by_hand_dropped", data));
            }
        }
        Ok(events)
    }
}
