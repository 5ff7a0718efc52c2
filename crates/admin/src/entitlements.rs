//! Entitlements: making one, and giving them to people by hand.

use serde_json::json;
use vestibule_core::{sets::AssignmentSource, time::Micros};
use vestibule_store::{
    Conn, Error,
    people::users::User,
    rights::{
        entitlements::{self, Entitlement},
        roles,
    },
    trail::events::{self, Cause},
};

use crate::workspaces::{Refusal, description, new_id};

/// Makes an entitlement: its name, its id (made from the name when not given) and a sentence about it.
///
/// # Errors
/// [`Refusal`].
pub fn create_entitlement(
    conn: &mut Conn,
    workspace_id: &str,
    (name, id, about): (&str, Option<&str>, &str),
    cause: &Cause,
    now: Micros,
) -> Result<Entitlement, Refusal> {
    let (entitlement_id, about) = (new_id(id, name)?, description(about)?);
    let made = entitlements::create(conn, workspace_id, &entitlement_id, name, about, now)?;
    let data = json!({ "entitlement": made.entitlement_id, "name": made.display_name });
    events::record_json(conn, workspace_id, "entitlement_created", cause, "workspace", &data, now)?;
    Ok(made)
}

/// Deletes an entitlement, every assignment of it, and takes it out of every rule; whether there was one.
pub fn delete_entitlement(
    conn: &mut Conn,
    workspace_id: &str,
    id: &str,
    cause: &Cause,
    now: Micros,
) -> Result<bool, Error> {
    let deleted = entitlements::delete(conn, workspace_id, id)?;
    if deleted {
        let data = json!({ "entitlement": id });
        events::record_json(conn, workspace_id, "entitlement_deleted", cause, "workspace", &data, now)?;
    }
    Ok(deleted)
}

/// Makes the entitlements of a user that don't come through groups exactly these.
pub fn set_entitlements(
    conn: &mut Conn,
    user: &User,
    ids: &[String],
    cause: &Cause,
    now: Micros,
) -> Result<(), Error> {
    let workspace_id = &user.workspace_id;
    let before = roles::effective(conn, workspace_id, &user.user_id)?.entitlement_ids();
    entitlements::keep_only(conn, workspace_id, &user.user_id, ids)?;
    for id in ids {
        entitlements::assign(conn, workspace_id, &user.user_id, id, AssignmentSource::Manual, now)?;
    }
    let after = roles::effective(conn, workspace_id, &user.user_id)?.entitlement_ids();
    let data = json!({ "entitlements": ids, "before": before, "after": after });
    events::record_json(conn, workspace_id, "entitlements_changed", cause, &user.target(), &data, now)?;
    Ok(())
}
