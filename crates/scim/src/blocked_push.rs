//! Changes over SCIM that are refused because of their effect on access: the sentence for the provider's administrator, and the event.
//! The whole change is rolled back. The sentence must never say which other people the change would have affected.

use actix_web::http::StatusCode;
use vestibule_core::{
    ids::{GroupId, UserId, WorkspaceId},
    time::Micros,
};
use vestibule_store::{
    Error, Tx,
    people::{groups::Group, users::User},
    safeguards::brakes,
    trail::events::{
        self, Cause, Target,
        kinds::{BrakeHeld, PushHeld, PushRefused, RefusedPush},
    },
};

/// Seconds after which Okta may try again. Okta doubles the wait ten times (okta-facts §2.6), which makes three days.
pub(crate) const RETRY_AFTER_SECONDS: u64 = 300;

/// Why a change was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BlockReason {
    /// The workspace would have no active owner.
    LastOwner,
    /// Too many people would lose access within an hour.
    TooManyLosses,
    /// The change concerns owners, and neither an owner nor the operator made or approved the credential.
    OwnersOnly,
}

impl BlockReason {
    const fn name(self) -> &'static str {
        match self {
            Self::LastOwner => "last_owner",
            Self::TooManyLosses => "brake",
            Self::OwnersOnly => "owners_only",
        }
    }
}

/// The user or group of a refused change, by id.
#[derive(Debug, Clone)]
enum Subject {
    /// A user, who would have lost access.
    User(UserId),
    /// A group.
    Group(GroupId),
}

impl Subject {
    fn target(&self) -> Target<'_> {
        match self {
            Self::User(id) => Target::User(id),
            Self::Group(id) => Target::Group(id),
        }
    }

    fn user_id(&self) -> Option<&UserId> {
        match self {
            Self::User(id) => Some(id),
            Self::Group(_) => None,
        }
    }
}

/// A refused change.
#[derive(Debug, Clone)]
pub(crate) struct BlockedPush {
    reason: BlockReason,
    workspace_id: WorkspaceId,
    subject: Subject,
    change: &'static str,
    cause: Cause,
    at: Micros,
}

impl BlockedPush {
    /// A refused change of a user. `change` is its name in the event.
    pub(crate) fn of_user(
        reason: BlockReason,
        user: &User,
        change: &'static str,
        cause: &Cause,
        at: Micros,
    ) -> Self {
        let (workspace_id, subject) = (user.workspace_id.clone(), Subject::User(user.user_id.clone()));
        Self { reason, workspace_id, subject, change, cause: cause.clone(), at }
    }

    /// A refused change of a group. `change` is its name in the event.
    pub(crate) fn of_group(
        reason: BlockReason,
        group: &Group,
        change: &'static str,
        cause: &Cause,
        at: Micros,
    ) -> Self {
        let (workspace_id, subject) = (group.workspace_id.clone(), Subject::Group(group.group_id.clone()));
        Self { reason, workspace_id, subject, change, cause: cause.clone(), at }
    }

    /// The workspace that would have changed.
    pub(crate) fn workspace_id(&self) -> &WorkspaceId {
        &self.workspace_id
    }

    /// The reason.
    pub(crate) fn reason(&self) -> BlockReason {
        self.reason
    }

    /// Id of the user or group.
    pub(crate) fn subject_id(&self) -> &str {
        match &self.subject {
            Subject::User(id) => id.as_str(),
            Subject::Group(id) => id.as_str(),
        }
    }

    /// The name of the reason in logs, metrics and events.
    pub(crate) fn name(&self) -> &'static str {
        self.reason.name()
    }

    /// 403 where trying again does not help; 429 (RFC 6585 §4) where an administrator may allow the change soon,
    /// because Okta then tries again by itself. RFC 7644 §3.12 has a `scimType` for neither.
    pub(crate) fn status(&self) -> StatusCode {
        match self.reason {
            BlockReason::LastOwner | BlockReason::OwnersOnly => StatusCode::FORBIDDEN,
            BlockReason::TooManyLosses => StatusCode::TOO_MANY_REQUESTS,
        }
    }

    /// The sentence for the provider's administrator.
    pub(crate) fn detail(&self) -> &'static str {
        match self.reason {
            BlockReason::LastOwner => {
                "the workspace would lose its last owner, so nothing was changed; make another person an owner in this app's \
                 console, then push again"
            }
            BlockReason::TooManyLosses => {
                "too many people of the workspace would lose access within an hour, so nothing was changed; if this is intended, \
                 an administrator allows it in this app's console, on the page of the connection, then push again"
            }
            BlockReason::OwnersOnly if self.change == "owner_identity_changed" => {
                "this person has the role owner, and the change would let another person sign in as them; nothing was changed. An \
                 owner must make the provisioning token under Credentials, or approve the client again, then push again"
            }
            BlockReason::OwnersOnly => {
                "this would give or take the role owner, and neither an owner nor the operator made this credential; nothing was \
                 changed. An owner must make the provisioning token under Credentials, or approve the client again, then push again"
            }
        }
    }

    /// Records the refusal. Needs its own transaction, because the transaction of the change is rolled back.
    pub(crate) fn record(&self, conn: &mut Tx<'_>) -> Result<(), Error> {
        let Self { workspace_id, cause, at, .. } = self;
        let (at, user_id, target) = (*at, self.subject.user_id(), self.subject.target());
        let push = RefusedPush { reason: self.name(), change: self.change };
        match self.reason {
            BlockReason::LastOwner => {
                brakes::record_blocked(conn, workspace_id, brakes::Rule::LastOwner, user_id, at)?;
                events::record(conn, workspace_id, cause, target, &PushHeld(push), at)?;
            }
            BlockReason::TooManyLosses => {
                brakes::record_blocked(conn, workspace_id, brakes::Rule::Share, user_id, at)?;
                events::record(conn, workspace_id, cause, target, &BrakeHeld(push), at)?;
            }
            BlockReason::OwnersOnly => {
                events::record(conn, workspace_id, cause, target, &PushRefused(push), at)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alert_on_blocked_pushes_names_every_reason() {
        let rules = include_str!("../../../deploy/helm/vestibule/files/rules.yaml");
        let reasons = [BlockReason::TooManyLosses, BlockReason::LastOwner, BlockReason::OwnersOnly]
            .map(BlockReason::name);
        let selector = format!("{{door=\"scim\",reason=~\"{}\"}}", reasons.join("|"));
        assert!(rules.contains(&selector), "{selector}");
    }
}
