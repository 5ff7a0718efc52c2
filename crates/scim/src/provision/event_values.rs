//! The changed attributes of a user and their values, for the event `user_updated`.

use serde_json::{Map, Value, json};
use vestibule_store::rights::roles::Element;

use super::elements;

/// The longest value that an event has in full, in bytes of JSON.
const MAX_EVENT_VALUE: usize = 2048;

/// The values of these attributes in a document, for an event; of roles and entitlements the ids assigned over SCIM,
/// after a plan if there is one. A long value is replaced by its length.
pub(super) fn values(
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

/// The values of these attributes in a document that assigns nothing, for an event.
pub(crate) fn of_attributes(names: &[String], document: &Map<String, Value>) -> Map<String, Value> {
    values(names, document, &[], None)
}

/// The names of the top-level attributes that differ, for an event.
pub(super) fn changed_names(
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
