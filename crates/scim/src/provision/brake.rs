//! A push that was refused because of what it would do to access: what Okta is told, what the trail says, what the administrator
//! sees. Nothing of it was done; it never says whom else it would have concerned.

use actix_web::http::StatusCode;
use vestibule_core::time::Micros;
use vestibule_store::{
    Conn, Error,
    people::{groups::Group, users::User},
    safeguards::brakes::{self, Verdict},
    trail::events::{
        self, Cause, Target,
        kinds::{BrakeHeld, BrakeLapsed, PushHeld, PushRefused, RefusedPush},
    },
};

use crate::http::answer::ScimError;

/// After how many seconds Okta is asked to try again: it doubles them, ten times (okta-facts §2.6), which makes three days.
pub(crate) const AGAIN: u64 = 300;

/// Why a push was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// Nobody would own the workspace.
    LastOwner,
    /// Too many people at once.
    Share,
    /// Neither an owner nor the operator made or approved the credential, and the push concerns owners.
    OwnersOnly,
}

/// What a refused change is about, by id.
#[derive(Debug, Clone)]
pub(super) enum Subject {
    /// A user, who would have lost access.
    User(String),
    /// A group.
    Group(String),
}

impl Subject {
    fn target(&self) -> Target<'_> {
        match self {
            Self::User(id) => Target::User(id),
            Self::Group(id) => Target::Group(id),
        }
    }

    fn user_id(&self) -> Option<&str> {
        match self {
            Self::User(id) => Some(id),
            Self::Group(_) => None,
        }
    }
}

/// A change that was held.
#[derive(Debug, Clone)]
pub struct Held {
    pub(super) why: Why,
    pub(super) workspace_id: String,
    pub(super) subject: Subject,
    pub(super) change: &'static str,
    pub(super) cause: Cause,
    pub(super) at: Micros,
}

impl Held {
    pub(super) fn of_user(why: Why, user: &User, change: &'static str, cause: &Cause, at: Micros) -> Self {
        let (workspace_id, subject) = (user.workspace_id.clone(), Subject::User(user.user_id.clone()));
        Self { why, workspace_id, subject, change, cause: cause.clone(), at }
    }

    pub(super) fn of_group(why: Why, group: &Group, change: &'static str, cause: &Cause, at: Micros) -> Self {
        let (workspace_id, subject) = (group.workspace_id.clone(), Subject::Group(group.group_id.clone()));
        Self { why, workspace_id, subject, change, cause: cause.clone(), at }
    }

    /// As logs and metrics name it.
    pub(crate) fn name(&self) -> &'static str {
        match self.why {
            Why::LastOwner => "last_owner",
            Why::Share => "brake",
            Why::OwnersOnly => "owners_only",
        }
    }

    /// Nobody becomes an owner by trying again: 403. What too many at once is now may be let through soon: 429 (RFC 6585 §4),
    /// after which Okta tries again by itself; RFC 7644 §3.12 has a `scimType` for neither.
    pub(crate) fn status(&self) -> StatusCode {
        match self.why {
            Why::LastOwner | Why::OwnersOnly => StatusCode::FORBIDDEN,
            Why::Share => StatusCode::TOO_MANY_REQUESTS,
        }
    }

    /// The sentence for Okta's administrator.
    pub(crate) fn detail(&self) -> &'static str {
        match self.why {
            Why::LastOwner => {
                "this would take the workspace its last owner, so it is held and nothing was changed; make somebody else an owner \
                 in Vestibule, then push again"
            }
            Why::Share => {
                "too many of the workspace's people would lose access within an hour, so it is held and nothing was changed; if it \
                 is meant, an administrator lets it through in Vestibule under Integrations > Okta, then push again"
            }
            Why::OwnersOnly if self.change == "owner_identity_changed" => {
                "this person holds the role owner, and the change would let somebody else sign in as them; nothing was changed. An \
                 owner must make the provisioning token in Vestibule under Tokens, or approve the client in Okta again, then push again"
            }
            Why::OwnersOnly => {
                "this would give or take the role owner, and neither an owner nor the operator made this credential; nothing was \
                 changed. An owner must make the provisioning token in Vestibule under Tokens, or approve the client in Okta again, \
                 then push again"
            }
        }
    }

    /// Writes it down and tells it. The transaction of the change is rolled back, so this is one of its own.
    pub(crate) fn record(&self, conn: &mut Conn) -> Result<(), Error> {
        let Self { workspace_id, cause, at, .. } = self;
        let (at, user_id, target) = (*at, self.subject.user_id(), self.subject.target());
        let push = RefusedPush { reason: self.name(), change: self.change };
        match self.why {
            Why::LastOwner => {
                brakes::note_held(conn, workspace_id, brakes::Why::LastOwner, user_id, at)?;
                events::record(conn, workspace_id, cause, target, &PushHeld(push), at)?;
            }
            Why::Share => {
                brakes::note_held(conn, workspace_id, brakes::Why::Share, user_id, at)?;
                events::record(conn, workspace_id, cause, target, &BrakeHeld(push), at)?;
            }
            Why::OwnersOnly => {
                events::record(conn, workspace_id, cause, target, &PushRefused(push), at)?;
            }
        }
        Ok(())
    }
}

/// Asks the brake before a user, locked, loses access by a push: after the change of rows, before the first event. Returns how many
/// pushes had been refused when the brake lapsed by this; [`tell_lapsed`] records it.
///
/// # Errors
/// [`ScimError::Held`].
pub(super) fn brake(
    conn: &mut Conn,
    user: &User,
    change: &'static str,
    cause: &Cause,
    at: Micros,
) -> Result<Option<i64>, ScimError> {
    match brakes::may_lose(conn, user, at)? {
        Verdict::Allowed => Ok(None),
        Verdict::Lapsed(refused) => Ok(Some(refused)),
        Verdict::Refused => {
            Err(ScimError::Held(Box::new(Held::of_user(Why::Share, user, change, cause, at))))
        }
    }
}

/// Records that the brake lapsed, if it did.
pub(super) fn tell_lapsed(
    conn: &mut Conn,
    workspace_id: &str,
    lapsed: Option<i64>,
    cause: &Cause,
    now: Micros,
) -> Result<(), Error> {
    if let Some(refused) = lapsed {
        let data = BrakeLapsed { held: refused };
        events::record(conn, workspace_id, cause, Target::Workspace, &data, now)?;
    }
    Ok(())
}
