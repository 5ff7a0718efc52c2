//! Keeps the refusals of an observed workspace, so that an administrator who reads its plan knows what Okta could not do.

use vestibule_core::sets::PushRefusal;
use vestibule_store::{Database, observation};
use vestibule_web::observe::inspect::redact;

use crate::{
    blocked_push::BlockReason,
    http::{
        auth::{Mode, Provisioner},
        error::ScimError,
    },
};

/// Records a refusal, if the workspace is observed and an administrator should know of it: in a transaction of its own, because that of
/// the change was rolled back.
pub(super) fn record(
    database: &Database,
    provisioner: &Provisioner,
    refusal: &ScimError,
) -> Result<(), ScimError> {
    let Mode::Observed(team_id) = &provisioner.mode else { return Ok(()) };
    let detail = match refusal.detail() {
        detail if redact::mentions_secret(&detail) => redact::without_quotes(&detail),
        detail => detail,
    };
    let (reason, subject) = match refusal {
        ScimError::Taken(taken) if taken.is_other_spelling => (PushRefusal::LetterCase, taken.name.clone()),
        ScimError::Taken(taken) => (PushRefusal::Conflict, taken.name.clone()),
        ScimError::Blocked(blocked) => match blocked.reason() {
            BlockReason::LastOwner => (PushRefusal::LastOwner, blocked.subject_id().to_owned()),
            BlockReason::OwnersOnly => (PushRefusal::OwnersOnly, blocked.subject_id().to_owned()),
            // Never refused here: see `provision::brake`.
            BlockReason::TooManyLosses => return Ok(()),
        },
        ScimError::UnknownMembers(ids) => (PushRefusal::UnknownMembers, ids.join(", ")),
        ScimError::Rejected(_) => (PushRefusal::Rejected, detail.clone()),
        _ => return Ok(()),
    };
    database.write(|conn| {
        provisioner.enter(conn)?;
        observation::record_refusal(conn, team_id, reason, (&subject, &detail), provisioner.now)?;
        Ok(())
    })
}
