//! Refuses a change over SCIM that would leave a workspace without an active owner. The whole request is refused, and
//! an event records it. The operator is not bound by this. A Universal Logout always ends access, because the owner may
//! sign in again.

use vestibule_core::{ids::UserId, time::Micros};
use vestibule_store::{
    Conn, Error,
    people::{groups::Group, users::User},
    rights::owners,
    trail::events::Cause,
};

use crate::{
    blocked_push::{BlockReason, BlockedPush},
    http::error::ScimError,
};

/// A check that is created before a change and run after it, in the same transaction. It does nothing for users who are
/// no owners, and for groups that do not give the role.
#[must_use]
pub(crate) struct LastOwnerCheck(Option<BlockedPush>);

impl LastOwnerCheck {
    /// No check, for a change that takes no role from anybody.
    pub(crate) fn none() -> Self {
        Self(None)
    }

    /// The check for a locked user who is about to lose roles or to be deactivated.
    pub(crate) fn of_user(
        conn: &mut Conn,
        user: &User,
        change: &'static str,
        cause: &Cause,
        at: Micros,
    ) -> Result<Self, Error> {
        if !owners::is_one(conn, user)? {
            return Ok(Self::none());
        }
        Ok(Self(Some(BlockedPush::of_user(BlockReason::LastOwner, user, change, cause, at))))
    }

    /// The check for a locked group that is about to be changed or deleted.
    pub(crate) fn of_group(
        conn: &mut Conn,
        group: &Group,
        change: &'static str,
        cause: &Cause,
        at: Micros,
    ) -> Result<Self, Error> {
        let (workspace_id, key) = (&group.workspace_id, &group.display_name_key);
        let gives_owner =
            owners::are_members_of(conn, workspace_id, key)? && owners::is_any(conn, workspace_id, None)?;
        Ok(Self(gives_owner.then(|| BlockedPush::of_group(BlockReason::LastOwner, group, change, cause, at))))
    }

    /// Runs the check after the change of rows, before the first event.
    ///
    /// # Errors
    /// [`ScimError::Blocked`] if no owner is left.
    pub(crate) fn check(self, conn: &mut Conn) -> Result<(), ScimError> {
        self.check_without(conn, None)
    }

    /// Runs the check before the user is deleted. Deletes their memberships first, so that all row locks are taken
    /// before the owners' lock.
    ///
    /// # Errors
    /// As [`LastOwnerCheck::check`].
    pub(crate) fn check_delete(self, conn: &mut Conn, user: &User) -> Result<(), ScimError> {
        if self.0.is_some() {
            owners::leave_groups(conn, user)?;
        }
        self.check_without(conn, Some(&user.user_id))
    }

    fn check_without(self, conn: &mut Conn, user_id: Option<&UserId>) -> Result<(), ScimError> {
        let Some(blocked) = self.0 else { return Ok(()) };
        owners::lock(conn, blocked.workspace_id())?;
        if owners::is_any(conn, blocked.workspace_id(), user_id)? {
            return Ok(());
        }
        Err(ScimError::Blocked(Box::new(blocked)))
    }
}
