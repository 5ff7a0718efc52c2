//! Carries a change of a user's document out, inside the caller's transaction: the row, its e-mail addresses, its roles
//! and entitlements, the end of access when it is deactivated, the events. What a document does not change is not touched.

pub(crate) mod brake;
pub(crate) mod elements;
pub(crate) mod last_owner;
pub(crate) mod owner_bound;
mod reassigned_name;
pub(crate) mod uniqueness;

use last_owner::Guard;
use owner_bound::Bound;
use reassigned_name::Another;
use serde_json::{Map, Value, json};
use vestibule_core::{fold::fold, sets::UserSource, time::Micros};
use vestibule_scim_engine::{document::comparable, schema::Schema};
use vestibule_store::{
    Conn, Error,
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

use crate::http::{answer::ScimError, auth::Provisioner};

/// The longest value that the trail tells whole, in bytes of JSON.
const LONGEST_TOLD: usize = 2048;

/// What creating came to.
pub(crate) enum Created {
    /// The row, and whether anything stands around it.
    New(Box<User>, bool),
    /// They are here already: the user to be changed into what the document says.
    Known {
        /// Their id.
        user_id: String,
        /// Whether SCIM had deactivated them: the document creates them, so they are active unless it says otherwise.
        returns: bool,
    },
}

/// Creates a user from a normalised document.
///
/// # Errors
/// 409 `uniqueness`, 400 for an unknown role or entitlement. Nothing is left behind: the caller's transaction ends with the error.
pub(crate) fn create(
    conn: &mut Conn,
    provisioner: &Provisioner,
    document: &Map<String, Value>,
) -> Result<Created, ScimError> {
    let Provisioner { workspace_id, cause, now, .. } = provisioner;
    let mut user = User::new(workspace_id, "", UserSource::Scim, *now);
    let emails = fill(&mut user, document, &provisioner.users);
    match users::insert(conn, &user, &emails) {
        Err(Error::Conflict(rule)) => {
            if let Some(known) = same_person(conn, &user)? {
                let returns = known.source == UserSource::Scim;
                return Ok(Created::Known { user_id: known.user_id, returns });
            }
            return Err(uniqueness::of_user(conn, &user)?.unwrap_or_else(|| Error::Conflict(rule).into()));
        }
        other => other?,
    }
    let plan = elements::plan(conn, workspace_id, &[], document)?;
    plan.carry_out(conn, &user, *now)?;
    let joined = users::created(conn, &user, cause, *now)?;
    Bound::of_new_user(provisioner).check(conn, provisioner, (&user, &user), &plan, false)?;
    Ok(Created::New(Box::new(user), joined || !plan.is_empty()))
}

/// The user in the way of a new one, if it is one and the same person. By `externalId`: somebody whom SCIM doesn't keep, or whom
/// it deactivated; they may have been renamed since. By name: somebody whom SCIM doesn't keep, when nothing says that the name is
/// another Okta user's.
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

/// Whether both are ids of Okta users, and different ones.
fn are_two_okta_users(one: Option<&str>, other: Option<&str>) -> bool {
    let okta = |id: Option<&str>| id.filter(|id| users::is_okta_user_id(id)).map(str::to_owned);
    okta(one).zip(okta(other)).is_some_and(|(one, other)| one != other)
}

/// A change of a user's document.
pub(crate) struct Change<'a> {
    /// The locked row.
    pub before: &'a User,
    /// What SCIM has assigned.
    pub held: &'a [Element],
    /// The document of both.
    pub written: &'a Map<String, Value>,
    /// The document it shall become.
    pub after: &'a Map<String, Value>,
    /// Whether the request itself says that they are active.
    pub says_active: bool,
}

/// Follows a change. Returns the row as it now is, and whether roles or entitlements changed.
///
/// # Errors
/// As [`create`]; [`ScimError::Held`] when it would take the last owner away, or access from too many at once.
pub(crate) fn follow(
    conn: &mut Conn,
    provisioner: &Provisioner,
    change: &Change<'_>,
) -> Result<(User, bool), ScimError> {
    let Change { before, held, written, after, says_active } = *change;
    let (cause, now) = (&provisioner.cause, provisioner.now);
    let mut user = before.clone();
    let emails = fill(&mut user, after, &provisioner.users);
    let plan = elements::plan(conn, &before.workspace_id, held, after)?;
    // Whoever SCIM speaks of, it keeps from now on; what a claim said of their groups counts no more.
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
    let another = Another::of(conn, before, &user)?;
    let dropped = another.carry_out(conn, before, now)?;
    let bound = Bound::of_user(conn, provisioner, before)?;
    let guard = match (before.active, user.active) {
        (true, false) => Guard::of_user(conn, before, "user_deactivated", cause, now)?,
        (true, true) if plan.takes_roles() => Guard::of_user(conn, before, "roles_changed", cause, now)?,
        _ => Guard::idle(),
    };
    plan.carry_out(conn, before, now)?;
    let emails = (written.get("emails") != after.get("emails")).then_some(emails.as_slice());
    users::save(conn, &mut user, emails, now)?;
    if before.source != UserSource::Scim {
        claimed_groups::set(conn, &user.workspace_id, &user.user_id, &[], now)?;
    }
    if is_restored {
        brakes::restore(conn, before, now)?;
    }
    bound.check(conn, provisioner, (before, &user), &plan, emails.is_some())?;
    guard.check(conn)?;
    let mut lapsed = None;
    if (before.active, user.active) == (true, false) {
        lapsed = brake::brake(conn, &user, "user_deactivated", cause, now)?;
    }
    brake::tell_lapsed(conn, &user.workspace_id, lapsed, cause, now)?;
    let changed = changed_names(written, after, &plan);
    let (workspace_id, target) = (&before.workspace_id, before.target());
    if before.source != UserSource::Scim {
        events::record(
            conn,
            workspace_id,
            cause,
            target,
            &UserAdopted { source: before.source.as_str() },
            now,
        )?;
    }
    let (were, are) = (values(&changed, written, held, None), values(&changed, after, held, Some(&plan)));
    let data = UserUpdated { changed: &changed, before: &were, after: &are };
    events::record(conn, workspace_id, cause, target, &data, now)?;
    another.record(conn, (before, &user), dropped.as_ref(), cause, now)?;
    let reason = match (before.active, user.active) {
        (true, false) => {
            events::record(conn, workspace_id, cause, target, &UserDeactivated {}, now)?;
            Some("deactivated")
        }
        (false, true) => {
            events::record(conn, workspace_id, cause, target, &UserReactivated {}, now)?;
            another.ends_access().then_some("identity_changed")
        }
        _ => another.ends_access().then_some("identity_changed"),
    };
    if let Some(reason) = reason {
        users::end_all_access(conn, &mut user, cause, reason, now)?;
    }
    Ok((user, !plan.is_empty()))
}

/// Ends a user's access and deletes them; the name may be used again.
///
/// # Errors
/// 404; [`ScimError::Held`] for the last owner, and when too many go at once.
pub(crate) fn delete(conn: &mut Conn, mut user: User, cause: &Cause, now: Micros) -> Result<(), ScimError> {
    Guard::of_user(conn, &user, "user_deleted", cause, now)?.check_delete(conn, &user)?;
    // Who is deactivated already has no access to lose.
    let mut lapsed = None;
    if user.active {
        owners::leave_groups(conn, &user)?;
        lapsed = brake::brake(conn, &user, "user_deleted", cause, now)?;
    }
    users::delete(conn, &mut user, cause, now)?;
    brake::tell_lapsed(conn, &user.workspace_id, lapsed, cause, now)?;
    let data = UserDeleted { user_name: &user.user_name };
    events::record(conn, &user.workspace_id, cause, user.target(), &data, now)?;
    Ok(())
}

/// Fills the row from a document; returns its e-mail addresses. An absent `active` leaves it.
fn fill(user: &mut User, document: &Map<String, Value>, schema: &Schema) -> Vec<String> {
    let text = |name: &str| document.get(name).and_then(Value::as_str).map(str::to_owned);
    // The same name again leaves the key: an older version may have made it.
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
    user.comparable = Value::Object(comparable(&stored, schema)).to_string();
    user.attributes = Value::Object(stored).to_string();
    emails
}

/// What these attributes are in a document, for the trail; of roles and entitlements the ids that SCIM has assigned, as a plan
/// leaves them. What is long is told by its length.
fn values(
    names: &[String],
    document: &Map<String, Value>,
    held: &[Element],
    plan: Option<&elements::Plan>,
) -> Map<String, Value> {
    let value = |name: &str| match name {
        "roles" | "entitlements" => elements::ids(name, held, plan).into(),
        _ => document.get(name).cloned().unwrap_or_default(),
    };
    let short = |value: Value| match value.to_string().len() {
        length if length > LONGEST_TOLD => json!({ "bytes": length }),
        _ => value,
    };
    names.iter().map(|name| (name.clone(), short(value(name)))).collect()
}

/// The top-level attributes that differ, for the trail.
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
