//! A push can't take a workspace its last active owner: the request is refused whole, and an event says that it was held.
//! Guards against what comes over SCIM only: the operator may do anything, and a Universal Logout always ends access,
//! because an owner who may sign in again is no less an owner.

use vestibule_core::time::Micros;
use vestibule_store::{
    Conn, Error,
    people::{groups::Group, users::User},
    rights::owners,
    trail::events::Cause,
};

use crate::{
    http::answer::ScimError,
    provision::brake::{Held, Why},
};

/// Asked for before a change, asked again after it, in the same transaction. For who is no owner, and for groups that
/// make none, it does nothing.
#[must_use]
pub(crate) struct Guard(Option<Held>);

impl Guard {
    /// For a change that takes nobody anything.
    pub(crate) fn idle() -> Self {
        Self(None)
    }

    /// Before a user, locked, loses roles or is deactivated.
    pub(crate) fn of_user(
        conn: &mut Conn,
        user: &User,
        change: &'static str,
        cause: &Cause,
        at: Micros,
    ) -> Result<Self, Error> {
        if !owners::is_one(conn, user)? {
            return Ok(Self::idle());
        }
        Ok(Self(Some(Held::of_user(Why::LastOwner, user, change, cause, at))))
    }

    /// Before a group, locked, is changed or deleted.
    pub(crate) fn of_group(
        conn: &mut Conn,
        group: &Group,
        change: &'static str,
        cause: &Cause,
        at: Micros,
    ) -> Result<Self, Error> {
        let (workspace_id, key) = (&group.workspace_id, &group.display_name_key);
        let concerned =
            owners::are_members_of(conn, workspace_id, key)? && owners::is_any(conn, workspace_id, None)?;
        Ok(Self(concerned.then(|| Held::of_group(Why::LastOwner, group, change, cause, at))))
    }

    /// After the change of rows, before the first event.
    ///
    /// # Errors
    /// [`ScimError::Held`] when nobody is left.
    pub(crate) fn check(self, conn: &mut Conn) -> Result<(), ScimError> {
        self.check_without(conn, None)
    }

    /// Before the user is deleted: their memberships go first, so that all rows are taken before the lock.
    ///
    /// # Errors
    /// As [`Guard::check`].
    pub(crate) fn check_delete(self, conn: &mut Conn, user: &User) -> Result<(), ScimError> {
        if self.0.is_some() {
            owners::leave_groups(conn, user)?;
        }
        self.check_without(conn, Some(&user.user_id))
    }

    fn check_without(self, conn: &mut Conn, user_id: Option<&str>) -> Result<(), ScimError> {
        let Some(held) = self.0 else { return Ok(()) };
        owners::lock(conn, &held.workspace_id)?;
        if owners::is_any(conn, &held.workspace_id, user_id)? {
            return Ok(());
        }
        Err(ScimError::Held(Box::new(held)))
    }
}
