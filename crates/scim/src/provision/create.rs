//! Creates users, or finds the existing user who is the same person.

use serde_json::{Map, Value};
use vestibule_core::{ids::UserId, sets::UserSource};
use vestibule_store::{
    Conn, Error, Tx,
    people::users::{self, User},
};

use super::{elements, owner_bound::OwnerBound, reassigned_name::are_two_okta_users, row::fill, uniqueness};
use crate::http::{auth::Provisioner, error::ScimError};

/// The result of [`create`].
pub(crate) enum Created {
    /// A new user.
    New {
        user: Box<User>,
        /// Whether the user has groups, roles or entitlements.
        has_related_rows: bool,
    },
    /// The person exists already. Nothing was written; the caller applies the document to this user.
    Existing {
        user_id: UserId,
        /// Whether SCIM had deactivated the user. They become active, unless the document says otherwise.
        was_deprovisioned: bool,
    },
}

/// Creates a user from a normalised document.
///
/// # Errors
/// 409 `uniqueness`, 400 for an unknown role or entitlement, [`ScimError::Blocked`] for an owner that the credential may not
/// create. The caller's transaction must be rolled back.
pub(crate) fn create(
    conn: &mut Tx<'_>,
    provisioner: &Provisioner,
    document: &Map<String, Value>,
) -> Result<Created, ScimError> {
    create_as(conn, provisioner, UserId::new(provisioner.now), document)
}

/// Creates a user with this id, as [`create`].
pub(crate) fn create_as(
    conn: &mut Tx<'_>,
    provisioner: &Provisioner,
    user_id: UserId,
    document: &Map<String, Value>,
) -> Result<Created, ScimError> {
    let Provisioner { workspace_id, cause, now, .. } = provisioner;
    let mut user = User { user_id, ..User::new(workspace_id, "", UserSource::Scim, *now) };
    let emails = fill(&mut user, document, &provisioner.users);
    match users::insert(conn, &user, &emails) {
        Err(Error::Conflict(rule)) => {
            if let Some(existing) = same_person(conn, &user)? {
                let was_deprovisioned = existing.source == UserSource::Scim;
                return Ok(Created::Existing { user_id: existing.user_id, was_deprovisioned });
            }
            return Err(uniqueness::of_user(conn, &user)?.unwrap_or_else(|| Error::Conflict(rule).into()));
        }
        other => other?,
    }
    let plan = elements::plan(conn, workspace_id, &[], document)?;
    plan.apply(conn, &user, *now)?;
    let has_groups = users::created(conn, &user, cause, *now)?;
    OwnerBound::of_new_user(provisioner).check(conn, provisioner, (&user, &user), &plan, false)?;
    Ok(Created::New { user: Box::new(user), has_related_rows: has_groups || !plan.is_empty() })
}

/// The existing user with the name or `externalId` of a new one, if both are the same person. Found by `externalId`: a
/// user that SCIM does not manage, or that it deactivated, perhaps under another name. Found by name: a user that SCIM
/// does not manage, unless both have ids of different Okta users.
fn same_person(conn: &mut Conn, new: &User) -> Result<Option<User>, Error> {
    let by_external_id = match &new.external_id {
        Some(external_id) => users::find_by_external_id(conn, &new.workspace_id, external_id)?,
        None => None,
    };
    let by_name = users::find_by_user_name(conn, &new.workspace_id, &new.user_name)?;
    Ok(match (by_external_id, by_name) {
        (Some(one), Some(other)) if one.user_id != other.user_id => None,
        (Some(user), _) => Some(user).filter(|user| user.source != UserSource::Scim || !user.active),
        (None, Some(user)) => Some(user).filter(|user| {
            user.source != UserSource::Scim
                && !are_two_okta_users(user.external_id.as_deref(), new.external_id.as_deref())
        }),
        (None, None) => None,
    })
}
