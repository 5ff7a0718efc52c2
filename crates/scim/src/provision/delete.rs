//! Deletes users.

use vestibule_store::{
    Tx,
    people::users::{self, User},
    rights::owners,
    trail::events::{self, kinds::UserDeleted},
};

use super::{brake, last_owner_check::LastOwnerCheck};
use crate::http::{auth::Provisioner, error::ScimError};

/// Ends all access of a user and deletes them. The name becomes free.
///
/// # Errors
/// 404; [`ScimError::Blocked`] for the last owner, and if too many people would lose access.
pub(crate) fn delete(conn: &mut Tx<'_>, provisioner: &Provisioner, mut user: User) -> Result<(), ScimError> {
    let (cause, now) = (&provisioner.cause, provisioner.now);
    LastOwnerCheck::of_user(conn, &user, "user_deleted", cause, now)?.check_delete(conn, &user)?;
    // A deactivated user has no access to lose.
    let mut lapsed = None;
    if user.active {
        owners::leave_groups(conn, &user)?;
        lapsed = brake::check(conn, provisioner, &user, "user_deleted")?;
    }
    users::delete(conn, &mut user, cause, now)?;
    brake::record_lapsed(conn, &user.workspace_id, lapsed, cause, now)?;
    let data = UserDeleted { user_name: &user.user_name };
    events::record(conn, &user.workspace_id, cause, user.target(), &data, now)?;
    Ok(())
}
