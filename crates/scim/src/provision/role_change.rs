//! Roles through a user's document: only what the document changes against what it showed is assigned or taken away.
//! A PUT that echoes our own `roles` back therefore changes nothing.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use vestibule_store::{
    Conn, Micros,
    roles::{self, Held},
    users::User,
};

use crate::{
    answer::ScimError,
    error::{Rejection, ScimType},
};

/// Assigns and takes away; true when anything changed.
pub(super) fn carry_out(
    conn: &mut Conn,
    user: &User,
    held: &[Held],
    document: &Map<String, Value>,
    now: Micros,
) -> Result<bool, ScimError> {
    let mut wanted: BTreeSet<String> = BTreeSet::new();
    for named in named(document) {
        let role = roles::find(conn, &user.workspace_id, named)?.ok_or_else(|| unknown(conn, user, named))?;
        wanted.insert(role.role_id);
    }
    let shown: BTreeSet<String> = held.iter().map(|role| role.role_id.clone()).collect();
    let mut changed = false;
    for role_id in wanted.difference(&shown) {
        changed |= roles::assign(conn, &user.workspace_id, &user.user_id, role_id, "scim", now)?;
    }
    for role_id in shown.difference(&wanted) {
        changed |= roles::unassign(conn, &user.workspace_id, &user.user_id, role_id, Some("scim"))?;
    }
    Ok(changed)
}

fn named(document: &Map<String, Value>) -> impl Iterator<Item = &str> {
    let elements = document.get("roles").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    elements
        .iter()
        .filter_map(|element| element.get("value").and_then(Value::as_str).or_else(|| element.as_str()))
}

fn unknown(conn: &mut Conn, user: &User, named: &str) -> ScimError {
    let known: Vec<String> = roles::list(conn, &user.workspace_id)
        .map(|roles| roles.into_iter().map(|role| role.role_id).collect())
        .unwrap_or_default();
    let detail =
        format!("roles: there is no role {}; the roles here are {}", named.escape_debug(), known.join(", "));
    Rejection::new(ScimType::InvalidValue, detail).into()
}
