//! Writes a planned person: the row, its addresses, roles and entitlements, and the events. The caller adds the memberships.

use serde_json::{Map, Value};
use vestibule_admin::rights::assignments;
use vestibule_core::{ids::UserId, sets::UserSource};
use vestibule_store::{
    Error, Tx,
    people::users::{self, User},
    rights::roles,
    trail::events::{self, kinds::UserUpdated},
};

use super::{Import, Problem, known::Known, plan::Plan, refuse, report::Change};
use crate::provision::{event_values, row::fill};

/// Writes a plan. Returns the id of the user.
pub(super) fn apply(
    conn: &mut Tx<'_>,
    import: &Import<'_>,
    known: &Known,
    plan: &Plan,
    is_provisioned: bool,
) -> Result<UserId, Problem> {
    let user = match &plan.before {
        Some(before) => change(conn, import, known, plan, before)?,
        None => create(conn, import, known, plan, is_provisioned)?,
    };
    assignments::add_manual(conn, &import.actor, &user, &plan.roles, &plan.entitlements)?;
    Ok(user.user_id)
}

fn create(
    conn: &mut Tx<'_>,
    import: &Import<'_>,
    known: &Known,
    plan: &Plan,
    is_provisioned: bool,
) -> Result<User, Problem> {
    let (cause, now) = (&import.actor.cause, import.actor.now);
    let source = if is_provisioned { UserSource::Scim } else { UserSource::Operator };
    let mut user = User::new(&import.workspace_id, "", source, now);
    let emails = fill(&mut user, &plan.document_after, &known.schema);
    match users::insert(conn, &user, &emails) {
        Err(Error::Conflict(rule)) => {
            return refuse(vestibule_admin::refusal::violated(&rule));
        }
        other => other?,
    }
    for element in &plan.assigned {
        roles::give_element(conn, &user.workspace_id, &user.user_id, element, now)?;
    }
    users::created(conn, &user, cause, now)?;
    Ok(user)
}

fn change(
    conn: &mut Tx<'_>,
    import: &Import<'_>,
    known: &Known,
    plan: &Plan,
    before: &User,
) -> Result<User, Problem> {
    if plan.changed.is_empty() {
        return Ok(before.clone());
    }
    let (cause, now) = (&import.actor.cause, import.actor.now);
    let mut user = before.clone();
    let emails = fill(&mut user, &plan.document_after, &known.schema);
    let emails = plan.changed.iter().any(|name| name == "emails").then_some(emails.as_slice());
    match users::save(conn, before, &mut user, emails, now) {
        Err(Error::Conflict(rule)) => return refuse(vestibule_admin::refusal::violated(&rule)),
        other => other?,
    }
    let values = |document: &Map<String, Value>| event_values::of_attributes(&plan.changed, document);
    let (values_before, values_after) = (values(&plan.document_before), values(&plan.document_after));
    let data = UserUpdated { changed: &plan.changed, before: &values_before, after: &values_after };
    events::record(conn, &user.workspace_id, cause, user.target(), &data, now)?;
    Ok(user)
}

/// The plan as the report lists it.
pub(super) fn described(line: usize, plan: &Plan) -> Change {
    let name = |document: &Map<String, Value>| {
        document.get("userName").and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let attributes = plan.changed.iter().map(|name| {
        let value = |document: &Map<String, Value>| document.get(name).cloned().unwrap_or_default();
        (name.clone(), serde_json::json!([value(&plan.document_before), value(&plan.document_after)]))
    });
    Change {
        line,
        user_name: name(&plan.document_after),
        is_new: plan.before.is_none(),
        attributes: attributes.collect(),
        roles: plan.roles.iter().map(ToString::to_string).collect(),
        entitlements: plan.entitlements.iter().map(ToString::to_string).collect(),
        groups: plan.groups.clone(),
    }
}
