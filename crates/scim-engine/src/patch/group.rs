//! PATCH of a group, as a list of changes for the database. The members must never be loaded, so that the cost of
//! adding one does not grow with the group.

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use serde_json::Value;

use super::{
    path::PatchPath,
    request::{Action, Operation, Request},
};
use crate::{
    budget::{Budget, MEMBERS_CHANGE},
    document::{
        coerce::{self, Mode},
        member_ids,
    },
    error::{Rejection, quote},
    filter::{Filter, Op},
    schema::{Attribute, Schema, Target, is_never_stored},
};

/// One change of a group. Changes are applied in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupChange {
    /// Sets the name.
    SetDisplayName(String),
    /// Sets or removes the identifier of the client.
    SetExternalId(Option<String>),
    /// Adds members. Ids that are members already are ignored.
    AddMembers(Vec<String>),
    /// Removes members. Ids that are no members are ignored.
    RemoveMembers(Vec<String>),
    /// Removes all members.
    RemoveAllMembers,
    /// Replaces the members by these.
    ReplaceMembers(Vec<String>),
}

/// The changes of a request. The list may be empty: a client may send back the `id` and nothing else.
///
/// # Errors
/// As [`plan_within`].
pub fn plan(request: &Request) -> Result<Vec<GroupChange>, Rejection> {
    plan_within(request, &Budget::new())
}

/// The changes of a request, within a budget.
///
/// # Errors
/// `invalidPath`, `invalidFilter`, `invalidValue`, `mutability`; `tooMany` if the changes of members exceed the budget.
pub fn plan_within(request: &Request, budget: &Budget) -> Result<Vec<GroupChange>, Rejection> {
    let mut changes = Vec::new();
    for Operation { action, path, value } in &request.operations {
        let value = value.as_ref().unwrap_or(&Value::Null);
        match path {
            Some(path) => changes.extend(at_path(path, *action, value, false)?),
            None => changes.extend(merge(*action, value)?),
        }
    }
    let changes = merge_runs(changes);
    budget.charge(work(&changes))?;
    Ok(changes)
}

/// Merges each run of changes of one kind into one change, so that a thousand operations that add one member each are
/// one statement.
fn merge_runs(changes: Vec<GroupChange>) -> Vec<GroupChange> {
    let mut result: Vec<GroupChange> = Vec::with_capacity(changes.len());
    for change in changes {
        match (result.last_mut(), change) {
            (Some(GroupChange::AddMembers(ids)), GroupChange::AddMembers(more))
            | (Some(GroupChange::RemoveMembers(ids)), GroupChange::RemoveMembers(more)) => ids.extend(more),
            (Some(GroupChange::RemoveAllMembers), GroupChange::RemoveAllMembers) => {}
            (Some(last @ GroupChange::SetDisplayName(_)), new @ GroupChange::SetDisplayName(_))
            | (Some(last @ GroupChange::SetExternalId(_)), new @ GroupChange::SetExternalId(_)) => {
                *last = new;
            }
            (_, change) => result.push(change),
        }
    }
    for change in &mut result {
        if let GroupChange::AddMembers(ids) | GroupChange::RemoveMembers(ids) = change {
            let mut seen = HashSet::with_capacity(ids.len());
            ids.retain(|id| seen.insert(id.clone()));
        }
    }
    result
}

/// The work of these changes, in units. The first change of members costs only its ids.
fn work(changes: &[GroupChange]) -> u64 {
    let ids = |change: &GroupChange| match change {
        GroupChange::AddMembers(ids) | GroupChange::RemoveMembers(ids) | GroupChange::ReplaceMembers(ids) => {
            Some(ids.len() as u64)
        }
        GroupChange::RemoveAllMembers => Some(0),
        GroupChange::SetDisplayName(_) | GroupChange::SetExternalId(_) => None,
    };
    let member_counts: Vec<u64> = changes.iter().filter_map(ids).collect();
    let further = member_counts.len().saturating_sub(1) as u64;
    member_counts.iter().sum::<u64>().saturating_add(further.saturating_mul(MEMBERS_CHANGE))
}

/// The changes of an operation without a path. Okta renames with `{"id": "…", "displayName": "X"}`, which has the
/// unchanged id.
fn merge(action: Action, value: &Value) -> Result<Vec<GroupChange>, Rejection> {
    let Some(members) = value.as_object() else {
        return Err(Rejection::value("without a 'path' the 'value' must be an object of attributes"));
    };
    let mut changes = Vec::new();
    for (name, value) in members {
        changes.extend(at_path(&PatchPath::parse(name)?, action, value, true)?);
    }
    Ok(changes)
}

/// The changes of one attribute. `from_value`: whether it was a member of a value; then a read-only attribute is ignored.
fn at_path(
    path: &PatchPath,
    action: Action,
    value: &Value,
    from_value: bool,
) -> Result<Vec<GroupChange>, Rejection> {
    if is_never_stored(&path.target.attr) {
        return Ok(Vec::new());
    }
    let unknown =
        || Rejection::path(format!("a Group has no attribute {} to change", quote(&path.to_string())));
    let found = match Schema::group().resolve(&path.target) {
        Some(Target::Attribute(found)) => found,
        Some(Target::Resource) if path.filter.is_none() && action != Action::Remove => {
            return merge(action, value);
        }
        _ => return Err(unknown()),
    };
    if found.is_read_only() {
        let refused = || Rejection::mutability(format!("{path} is written by the server alone"));
        return if from_value { Ok(Vec::new()) } else { Err(refused()) };
    }
    match (found.attribute.name.as_ref(), found.sub, &path.filter) {
        ("displayName", None, None) => {
            display_name(found.attribute, action, value).map(|change| vec![change])
        }
        ("externalId", None, None) => external_id(found.attribute, action, value),
        ("members", None, None) => members(action, value).map(Vec::from_iter),
        ("members", None, Some(filter)) if action == Action::Remove => {
            Ok(vec![GroupChange::RemoveMembers(ids_in(filter)?)])
        }
        ("members", ..) => Err(Rejection::mutability(format!(
            "{path} can't be changed: members are added with the path 'members' and removed with members[value eq \"…\"]"
        ))),
        _ => Err(unknown()),
    }
}

fn display_name(attribute: &Attribute, action: Action, value: &Value) -> Result<GroupChange, Rejection> {
    if action == Action::Remove {
        return Err(Rejection::mutability("displayName can't be removed, only replaced"));
    }
    match coerce::attribute(attribute, value, Mode::Patch)? {
        Some(Value::String(name)) => Ok(GroupChange::SetDisplayName(name)),
        _ => Err(Rejection::value("displayName can't be empty")),
    }
}

fn external_id(attribute: &Attribute, action: Action, value: &Value) -> Result<Vec<GroupChange>, Rejection> {
    let value = match action {
        Action::Remove => None,
        _ => coerce::attribute(attribute, value, Mode::Patch)?,
    };
    Ok(match value {
        Some(Value::String(id)) => vec![GroupChange::SetExternalId(Some(id))],
        // Adding no value changes nothing.
        _ if action == Action::Add => Vec::new(),
        _ => vec![GroupChange::SetExternalId(None)],
    })
}

fn members(action: Action, value: &Value) -> Result<Option<GroupChange>, Rejection> {
    // Not in the RFC: Entra sends the members to remove in `value`. Without `value` all members are removed.
    if action == Action::Remove && value.is_null() {
        return Ok(Some(GroupChange::RemoveAllMembers));
    }
    let ids = member_ids(value)?;
    Ok(match action {
        Action::Replace => Some(GroupChange::ReplaceMembers(ids)),
        _ if ids.is_empty() => None,
        Action::Add => Some(GroupChange::AddMembers(ids)),
        Action::Remove => Some(GroupChange::RemoveMembers(ids)),
    })
}

/// The ids in a filter. Other filters than those by id are refused, because they would need to read the members.
fn ids_in(filter: &Filter) -> Result<Vec<String>, Rejection> {
    let refused = || Rejection::filter("members to remove are named by id, as in members[value eq \"…\"]");
    let terms = match filter {
        Filter::Or(terms) => terms.as_slice(),
        term => std::slice::from_ref(term),
    };
    let mut seen = HashSet::new();
    let mut ids = Vec::new();
    for term in terms {
        let id = id_in(term).ok_or_else(refused)?;
        if seen.insert(id) {
            ids.push(id.to_owned());
        }
    }
    Ok(ids)
}

/// The id in `value eq "…"`, which may have `and type eq "User"`, because that is true for every member. Must read each
/// term once: reading terms twice would double the work at each level of nesting.
fn id_in(term: &Filter) -> Option<&str> {
    match term {
        Filter::Compare { attr, op: Op::Eq, value } if attr.urn.is_none() && attr.sub.is_none() => {
            attr.attr.eq_ignore_ascii_case("value").then(|| value.as_str())?
        }
        Filter::And(terms) => {
            let mut id = None;
            for term in terms {
                match id_in(term) {
                    Some(found) if id.is_none() => id = Some(found),
                    None if is_user(term) => {}
                    _ => return None,
                }
            }
            id
        }
        _ => None,
    }
}

/// Whether a term is `type eq "User"`.
fn is_user(term: &Filter) -> bool {
    let Filter::Compare { attr, op: Op::Eq, value } = term else { return false };
    let is_user = value.as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("User"));
    attr.attr.eq_ignore_ascii_case("type") && attr.urn.is_none() && attr.sub.is_none() && is_user
}
