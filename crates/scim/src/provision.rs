//! Writes a change of a user's document, inside the caller's transaction: the row, e-mail addresses, roles and
//! entitlements, the end of access on deactivation, the events. It writes only what the document changes.

mod brake;
mod elements;
pub(crate) mod last_owner_check;
pub(crate) mod owner_bound;
mod reassigned_name;
pub(crate) mod uniqueness;

use last_owner_check::LastOwnerCheck;
use owner_bound::OwnerBound;
use reassigned_name::{Reassignment, are_two_okta_users};
use serde_json::{Map, Value, json};
use vestibule_core::{fold::fold, sets::UserSource, time::Micros};
use vestibule_scim_engine::{document::comparable, schema::Schema};
use vestibule_store::{
    Conn, Error, Tx,
    db::json::Json,
    people::{
        claimed_groups,
        users::{self, User},
    },
    rights::{owners, roles::Element},
    safeguards::brakes,
    trail::events::{
        self, Cause,
        kinds::{UserAdopted, UserDeactivated, UserDeleted, UserReactivated, UserUpdated},
    },
};

use crate::http::{auth::Provisioner, error::ScimError};

/// The longest value that an event has in full, in bytes of JSON.
const MAX_EVENT_VALUE: usize = 2048;

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
        user_id: String,
        /// Whether SCIM had deactivated the user. They become active, unless the document says otherwise.
        was_deprovisioned: bool,
    },
}

/// Creates a user from a normalised document.
///
/// # Errors
/// 409 `uniqueness`, 400 for an unknown role or entitlement. The caller's transaction must be rolled back.
pub(crate) fn create(
    conn: &mut Tx<'_>,
    provisioner: &Provisioner,
    document: &Map<String, Value>,
) -> Result<Created, ScimError> {
    let Provisioner { workspace_id, cause, now, .. } = provisioner;
    let mut user = User::new(workspace_id, "", UserSource::Scim, *now);
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

/// A change of a user's document.
pub(crate) struct Change<'a> {
    /// The locked row.
    pub before: &'a User,
    /// The roles and entitlements assigned over SCIM.
    pub assigned: &'a [Element],
    /// The document of the row and the assignments.
    pub document_before: &'a Map<String, Value>,
    /// The changed document.
    pub document_after: &'a Map<String, Value>,
    /// Whether the request itself sets `active` to true.
    pub says_active: bool,
}

/// Writes a change. Returns the changed row, and whether roles or entitlements changed.
///
/// # Errors
/// As [`create`]; [`ScimError::Blocked`] if the last owner would go, or too many people would lose access.
pub(crate) fn update(
    conn: &mut Tx<'_>,
    provisioner: &Provisioner,
    change: &Change<'_>,
) -> Result<(User, bool), ScimError> {
    let Change { before, assigned, document_before, document_after, says_active } = *change;
    let (cause, now) = (&provisioner.cause, provisioner.now);
    let mut user = before.clone();
    let emails = fill(&mut user, document_after, &provisioner.users);
    let plan = elements::plan(conn, &before.workspace_id, assigned, document_after)?;
    // From now on SCIM manages the user. Groups from claims at sign-in no longer count.
    user.source = UserSource::Scim;
    let is_restored = user.active && (says_active || !before.active);
    if user == *before && plan.is_empty() {
        if is_restored {
            brakes::restore(conn, before, now)?;
        }
        return Ok((user, false));
    }
    if (&user.user_name_key, &user.external_id) != (&before.user_name_key, &before.external_id)
        && let Some(refusal) = uniqueness::of_user(conn, &user)?
    {
        return Err(refusal);
    }
    let reassignment = Reassignment::of(conn, before, &user)?;
    let dropped = reassignment.apply(conn, before, now)?;
    let owner_bound = OwnerBound::of_user(conn, provisioner, before)?;
    let owner_check = match (before.active, user.active) {
        (true, false) => LastOwnerCheck::of_user(conn, before, "user_deactivated", cause, now)?,
        (true, true) if plan.takes_roles() => {
            LastOwnerCheck::of_user(conn, before, "roles_changed", cause, now)?
        }
        _ => LastOwnerCheck::none(),
    };
    plan.apply(conn, before, now)?;
    let emails_changed = document_before.get("emails") != document_after.get("emails");
    let emails = emails_changed.then_some(emails.as_slice());
    users::save(conn, &mut user, emails, now)?;
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
        lapsed = brake::check(conn, &user, "user_deactivated", cause, now)?;
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
    let reason = match (before.active, user.active) {
        (true, false) => {
            events::record(conn, workspace_id, cause, target, &UserDeactivated {}, now)?;
            Some("deactivated")
        }
        (false, true) => {
            events::record(conn, workspace_id, cause, target, &UserReactivated {}, now)?;
            reassignment.ends_access().then_some("identity_changed")
        }
        _ => reassignment.ends_access().then_some("identity_changed"),
    };
    if let Some(reason) = reason {
        users::end_all_access(conn, &mut user, cause, reason, now)?;
    }
    Ok((user, !plan.is_empty()))
}

/// Ends all access of a user and deletes them. The name becomes free.
///
/// # Errors
/// 404; [`ScimError::Blocked`] for the last owner, and if too many people would lose access.
pub(crate) fn delete(conn: &mut Tx<'_>, mut user: User, cause: &Cause, now: Micros) -> Result<(), ScimError> {
    LastOwnerCheck::of_user(conn, &user, "user_deleted", cause, now)?.check_delete(conn, &user)?;
    // A deactivated user has no access to lose.
    let mut lapsed = None;
    if user.active {
        owners::leave_groups(conn, &user)?;
        lapsed = brake::check(conn, &user, "user_deleted", cause, now)?;
    }
    users::delete(conn, &mut user, cause, now)?;
    brake::record_lapsed(conn, &user.workspace_id, lapsed, cause, now)?;
    let data = UserDeleted { user_name: &user.user_name };
    events::record(conn, &user.workspace_id, cause, user.target(), &data, now)?;
    Ok(())
}

/// Fills the row from a document. Returns the e-mail addresses. Without `active` in the document the row's stays.
fn fill(user: &mut User, document: &Map<String, Value>, schema: &Schema) -> Vec<String> {
    let text = |name: &str| document.get(name).and_then(Value::as_str).map(str::to_owned);
    // An unchanged name keeps its key, which may be of an older version.
    if let Some(user_name) = text("userName").filter(|user_name| *user_name != user.user_name) {
        user.user_name_key = fold(&user_name);
        user.user_name = user_name;
    }
    user.external_id = text("externalId");
    user.display_name = text("displayName");
    user.display_name_key = user.display_name.as_deref().map(fold);
    if let Some(active) = document.get("active").and_then(Value::as_bool) {
        user.active = active;
    }
    let elements = document.get("emails").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let value = |element: &Value| element.get("value").and_then(Value::as_str).map(str::to_owned);
    let primary = elements.iter().find(|element| element.get("primary") == Some(&Value::Bool(true)));
    user.email = primary.or_else(|| elements.first()).and_then(value);
    let emails = elements.iter().filter_map(value).collect();
    let columns = [
        "schemas",
        "id",
        "meta",
        "groups",
        "roles",
        "entitlements",
        "userName",
        "externalId",
        "displayName",
        "active",
    ];
    let stored: Map<String, Value> = document
        .iter()
        .filter(|(name, _)| !columns.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    user.comparable = Json::new(comparable(&stored, schema));
    user.attributes = Json::new(stored);
    emails
}

/// The values of these attributes in a document, for an event; of roles and entitlements the ids assigned over SCIM,
/// after a plan if there is one. A long value is replaced by its length.
fn values(
    names: &[String],
    document: &Map<String, Value>,
    assigned: &[Element],
    plan: Option<&elements::Plan>,
) -> Map<String, Value> {
    let value = |name: &str| match name {
        "roles" | "entitlements" => elements::ids(name, assigned, plan).into(),
        _ => document.get(name).cloned().unwrap_or_default(),
    };
    let short = |value: Value| match value.to_string().len() {
        length if length > MAX_EVENT_VALUE => json!({ "bytes": length }),
        _ => value,
    };
    names.iter().map(|name| (name.clone(), short(value(name)))).collect()
}

/// The names of the top-level attributes that differ, for an event.
fn changed_names(
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    plan: &elements::Plan,
) -> Vec<String> {
    let ignored = ["schemas", "id", "meta", "groups", "roles", "entitlements"];
    let mut names: Vec<String> = before
        .keys()
        .chain(after.keys())
        .filter(|name| !ignored.contains(&name.as_str()) && before.get(*name) != after.get(*name))
        .cloned()
        .chain(plan.names())
        .collect();
    names.sort();
    names.dedup();
    names
}
