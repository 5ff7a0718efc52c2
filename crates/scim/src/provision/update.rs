//! Writes a change of a user's document. It writes only what the document changes.

use serde_json::{Map, Value};
use vestibule_core::sets::{EndReason, UserSource};
use vestibule_store::{
    Tx, drift,
    people::{
        claimed_groups,
        users::{self, User},
    },
    rights::roles::Element,
    safeguards::brakes,
    trail::events::{
        self,
        kinds::{UserAdopted, UserDeactivated, UserReactivated, UserUpdated},
    },
};

use super::{
    brake, elements,
    event_values::{changed_names, values},
    last_owner_check::LastOwnerCheck,
    owner_bound::OwnerBound,
    reassigned_name::Reassignment,
    row::fill,
    uniqueness,
};
use crate::http::{auth::Provisioner, error::ScimError};

/// A change of a user's document.
pub(crate) struct Change<'a> {
    /// The locked row.
    pub before: &'a User,
    /// The roles and entitlements assigned over SCIM.
    pub assigned: &'a [Element],
    /// Whether the user may have the role `owner`.
    pub may_be_owner: bool,
    /// Whether the safety brake counts the user.
    pub is_counted_by_brake: bool,
    /// The document of the row and the assignments.
    pub document_before: &'a Map<String, Value>,
    /// The changed document.
    pub document_after: &'a Map<String, Value>,
    /// Whether the request itself sets `active`, in a PUT or POST to true. Matters only if the user is active afterwards.
    pub says_active: bool,
}

/// Writes a change. Returns the changed row, and whether roles or entitlements changed.
///
/// # Errors
/// As [`super::create`]; [`ScimError::Blocked`] if no owner would be left, too many people would lose access, or the credential
/// may not change an owner this way.
pub(crate) fn update(
    conn: &mut Tx<'_>,
    provisioner: &Provisioner,
    change: &Change<'_>,
) -> Result<(User, bool), ScimError> {
    let Change { before, assigned, document_before, document_after, .. } = *change;
    let may_be_owner = change.may_be_owner;
    let (cause, now) = (&provisioner.cause, provisioner.now);
    let mut user = before.clone();
    let emails = fill(&mut user, document_after, &provisioner.users);
    let plan = elements::plan(conn, &before.workspace_id, assigned, document_after)?;
    // From now on SCIM manages the user. Groups from claims at sign-in no longer count.
    user.source = UserSource::Scim;
    let is_restored = user.active && (change.says_active || !before.active) && change.is_counted_by_brake;
    if user == *before && plan.is_empty() {
        if is_restored {
            brakes::restore(conn, before, now)?;
        }
        drift::pushed(conn, before, now)?;
        return Ok((user, false));
    }
    if (&user.user_name_key, &user.external_id) != (&before.user_name_key, &before.external_id)
        && let Some(refusal) = uniqueness::of_user(conn, &user)?
    {
        return Err(refusal);
    }
    let reassignment = Reassignment::of(conn, before, &user)?;
    let dropped = reassignment.apply(conn, before, now)?;
    let owner_bound = OwnerBound::of_user(conn, provisioner, before, may_be_owner)?;
    let owner_check = match (before.active, user.active) {
        (true, false) if may_be_owner => {
            LastOwnerCheck::of_user(conn, before, "user_deactivated", cause, now)?
        }
        (true, true) if may_be_owner && plan.takes_roles() => {
            LastOwnerCheck::of_user(conn, before, "roles_changed", cause, now)?
        }
        _ => LastOwnerCheck::none(),
    };
    plan.apply(conn, before, now)?;
    let emails_changed = document_before.get("emails") != document_after.get("emails");
    let emails = emails_changed.then_some(emails.as_slice());
    let ended = match end_reason(before, &user, &reassignment) {
        Some(reason) => Some((users::save_and_end_access(conn, before, &mut user, emails, now)?, reason)),
        None => {
            users::save(conn, before, &mut user, emails, now)?;
            None
        }
    };
    if before.source != UserSource::Scim {
        claimed_groups::set(conn, &user.workspace_id, &user.user_id, &[], now)?;
    }
    if is_restored {
        brakes::restore(conn, before, now)?;
    }
    owner_bound.check(conn, provisioner, (before, &user), &plan, emails_changed)?;
    owner_check.check(conn)?;
    let mut lapsed = None;
    if (before.active, user.active) == (true, false) {
        lapsed = brake::check(conn, provisioner, &user, "user_deactivated")?;
    }
    brake::record_lapsed(conn, &user.workspace_id, lapsed, cause, now)?;
    let changed = changed_names(document_before, document_after, &plan);
    let (workspace_id, target) = (&before.workspace_id, before.target());
    if before.source != UserSource::Scim {
        events::record(conn, workspace_id, cause, target, &UserAdopted { source: before.source }, now)?;
    }
    let values_before = values(&changed, document_before, assigned, None);
    let values_after = values(&changed, document_after, assigned, Some(&plan));
    let data = UserUpdated { changed: &changed, before: &values_before, after: &values_after };
    events::record(conn, workspace_id, cause, target, &data, now)?;
    reassignment.record(conn, (before, &user), dropped.as_ref(), cause, now)?;
    match (before.active, user.active) {
        (true, false) => {
            events::record(conn, workspace_id, cause, target, &UserDeactivated {}, now)?;
        }
        (false, true) => {
            events::record(conn, workspace_id, cause, target, &UserReactivated {}, now)?;
        }
        _ => {}
    }
    if let Some((ended, reason)) = ended {
        ended.record(conn, &user, cause, reason, now)?;
    }
    Ok((user, !plan.is_empty()))
}

/// Why a change ends all access of the user; none if it does not.
fn end_reason(before: &User, user: &User, reassignment: &Reassignment) -> Option<EndReason> {
    match (before.active, user.active) {
        (true, false) => Some(EndReason::Deactivated),
        _ => reassignment.ends_access().then_some(EndReason::IdentityChanged),
    }
}
