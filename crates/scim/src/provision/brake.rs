//! Asks the brake, which refuses a change over SCIM by which too many people would lose access within an hour.

use vestibule_core::{ids::WorkspaceId, sets::PushRefusal, time::Micros};
use vestibule_store::{
    Conn, Error, Tx, observation,
    people::users::User,
    safeguards::brakes::{self, Verdict},
    trail::events::{self, Cause, Target, kinds::BrakeLapsed},
};

use crate::{
    blocked_push::{BlockReason, BlockedPush},
    http::{
        auth::{Mode, Provisioner},
        error::ScimError,
    },
};

/// Asks the brake before a locked user loses access: after the change of rows, before the first event. If the brake
/// lapsed, returns how many changes it had refused, for [`record_lapsed`]. In a plan it only records what it would have refused, and it
/// does not count what an administrator applies.
///
/// # Errors
/// [`ScimError::Blocked`].
pub(super) fn check(
    conn: &mut Conn,
    provisioner: &Provisioner,
    user: &User,
    change: &'static str,
) -> Result<Option<i64>, ScimError> {
    let (cause, at) = (&provisioner.cause, provisioner.now);
    if provisioner.mode == Mode::Applied {
        return Ok(None);
    }
    match brakes::may_lose(conn, user, at)? {
        Verdict::Allowed => Ok(None),
        Verdict::Lapsed(refused) => Ok(Some(refused)),
        Verdict::Refused => {
            // In a plan the person still loses access: the administrator who applies it has read that the brake would block the push.
            if let Mode::Observed(team_id) = &provisioner.mode {
                let rule = brakes::Rule::Share;
                brakes::record_blocked(conn, &user.workspace_id, rule, Some(&user.user_id), at)?;
                let subject = (user.user_name.as_str(), "");
                observation::record_refusal(conn, team_id, PushRefusal::Brake, subject, at)?;
                return Ok(None);
            }
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
