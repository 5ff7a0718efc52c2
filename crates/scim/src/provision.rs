//! Carries a change of a user's document out, inside the caller's transaction: the row, its e-mail addresses, its roles
//! and entitlements, the end of access when it is deactivated, the events. What a document does not change is not touched.

pub(crate) mod elements;
pub(crate) mod last_owner;

use serde_json::{Map, Value, json};
use vestibule_store::{
    Conn, Micros,
    events::{self, Cause},
    fold::fold,
    id,
    roles::Element,
    users::{self, User},
};

use crate::{answer::ScimError, resource};
use last_owner::Guard;

/// Creates a user from a normalised document.
///
/// # Errors
/// 409 `uniqueness`, 400 for an unknown role or entitlement. Nothing is left behind: the caller's transaction ends with the error.
pub(crate) fn create(
    conn: &mut Conn,
    workspace_id: &str,
    document: &Map<String, Value>,
    cause: &Cause,
    now: Micros,
) -> Result<User, ScimError> {
    let mut user = User {
        workspace_id: workspace_id.to_owned(),
        user_id: id::new(now),
        user_name: String::new(),
        user_name_key: String::new(),
        external_id: None,
        display_name: None,
        display_name_key: None,
        email: None,
        active: true,
        source: "scim".to_owned(),
        attributes: "{}".to_owned(),
        epoch: 1,
        revoked_at: None,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    let emails = fill(&mut user, document);
    users::insert(conn, &user, &emails)?;
    elements::plan(conn, workspace_id, &[], document)?.carry_out(conn, &user, now)?;
    let data = json!({ "source": "scim", "user_name": user.user_name, "active": user.active });
    events::record(conn, workspace_id, "user_created", cause, &user.target(), &data, now)?;
    Ok(user)
}

/// Follows a change: `before` is the locked row, `after` the document it shall become. Returns the row as it now is.
///
/// # Errors
/// As [`create`]; [`ScimError::Held`] when it would take the last owner away.
pub(crate) fn follow(
    conn: &mut Conn,
    before: &User,
    held: &[Element],
    after: &Map<String, Value>,
    cause: &Cause,
    now: Micros,
) -> Result<User, ScimError> {
    let mut user = before.clone();
    let emails = fill(&mut user, after);
    let plan = elements::plan(conn, &before.workspace_id, held, after)?;
    if user == *before && plan.is_empty() {
        return Ok(user);
    }
    let guard = match (before.active, user.active) {
        (true, false) => Guard::of_user(conn, before, "user_deactivated", cause, now)?,
        (true, true) if plan.takes_roles() => Guard::of_user(conn, before, "roles_changed", cause, now)?,
        _ => Guard::idle(),
    };
    plan.carry_out(conn, before, now)?;
    users::save(conn, &mut user, &emails, now)?;
    guard.check(conn)?;
    let changed = changed_names(&resource::written(before, held), after, &plan);
    let target = user.target();
    events::record(
        conn,
        &user.workspace_id,
        "user_updated",
        cause,
        &target,
        &json!({ "changed": changed }),
        now,
    )?;
    match (before.active, user.active) {
        (true, false) => {
            events::record(conn, &user.workspace_id, "user_deactivated", cause, &target, &json!({}), now)?;
            users::end_all_access(conn, &mut user, cause, "deactivated", now)?;
        }
        (false, true) => {
            events::record(conn, &user.workspace_id, "user_reactivated", cause, &target, &json!({}), now)?;
        }
        _ => {}
    }
    Ok(user)
}

/// Ends a user's access and deletes them; the name may be used again.
///
/// # Errors
/// 404; [`ScimError::Held`] for the last owner.
pub(crate) fn delete(conn: &mut Conn, mut user: User, cause: &Cause, now: Micros) -> Result<(), ScimError> {
    Guard::of_user(conn, &user, "user_deleted", cause, now)?.check_delete(conn, &user)?;
    users::delete(conn, &mut user, cause, now)?;
    let data = json!({ "user_name": user.user_name });
    events::record(conn, &user.workspace_id, "user_deleted", cause, &user.target(), &data, now)?;
    Ok(())
}

/// Fills the row from a document; returns its e-mail addresses. An absent `active` leaves it.
fn fill(user: &mut User, document: &Map<String, Value>) -> Vec<String> {
    let text = |name: &str| document.get(name).and_then(Value::as_str).map(str::to_owned);
    if let Some(user_name) = text("userName") {
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
    let mut stored = document.clone();
    for computed in [
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
    ] {
        stored.shift_remove(computed);
    }
    user.attributes = Value::Object(stored).to_string();
    emails
}

/// The top-level attributes that differ, for the trail: names, never values.
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
