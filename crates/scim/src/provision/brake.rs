//! Asks the brake, which refuses a change over SCIM by which too many people would lose access within an hour.

use vestibule_core::{ids::WorkspaceId, time::Micros};
use vestibule_store::{
    Conn, Error, Tx,
    people::users::User,
    safeguards::brakes::{self, Verdict},
    trail::events::{self, Cause, Target, kinds::BrakeLapsed},
};

use crate::{
    blocked_push::{BlockReason, BlockedPush},
    http::error::ScimError,
};

/// Asks the brake before a locked user loses access: after the change of rows, before the first event. If the brake
/// lapsed, returns how many changes it had refused, for [`record_lapsed`].
///
/// # Errors
/// [`ScimError::Blocked`].
pub(super) fn check(
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
            let blocked = BlockedPush::of_user(BlockReason::TooManyLosses, user, change, cause, at);
            Err(ScimError::Blocked(Box::new(blocked)))
        }
    }
}

/// Records that the brake lapsed, if it did.
pub(super) fn record_lapsed(
    conn: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
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
