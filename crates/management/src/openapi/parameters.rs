//! Parameters of operations, by name.

use serde_json::{Value, json};
use vestibule_core::sets::DeliveryState;
use vestibule_store::trail::requests::DOORS;

/// A parameter, in the path, the query or a header.
pub(super) fn parameter(name: &str) -> Value {
    let text = |more: &[(&str, Value)]| {
        let mut schema = json!({ "type": "string", "minLength": 1 });
        if let Some(members) = schema.as_object_mut() {
            members.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        }
        schema
    };
    let (place, required, words, schema) = match name {
        "limit" => {
            let schema = json!({ "type": "integer", "minimum": 1, "maximum": 200, "default": 50 });
            ("query", false, "How many items at most", schema)
        }
        "cursor" => (
            "query",
            false,
            "The `next` of the page before",
            text(&[("pattern", json!("^s1\\.[0-9a-f]{8}\\.[A-Za-z0-9_-]+$"))]),
        ),
        "user_name" => ("query", false, "Only the user of this name, in any letter case", text(&[])),
        "email" => ("query", false, "Only users with this e-mail address, in any letter case", text(&[])),
        "active" => {
            ("query", false, "Only users who may have access, or who may not", json!({ "type": "boolean" }))
        }
        "after" => {
            let schema = json!({ "type": "integer", "format": "int64", "minimum": 0, "default": 0 });
            ("query", false, "Only events after this sequence number", schema)
        }
        "head" => (
            "query",
            false,
            "The hash of a last line that was kept elsewhere: it must still be in the trail",
            text(&[]),
        ),
        "state" => {
            let schema = json!({ "type": "string", "enum": DeliveryState::TEXTS });
            ("query", false, "Only those in this state", schema)
        }
        "door" => ("query", false, "Only those of this door", json!({ "type": "string", "enum": DOORS })),
        "outcome" => {
            let schema = json!({ "type": "string", "enum": ["ok", "refused"] });
            ("query", false, "Only those that were done, or refused", schema)
        }
        "text" => ("query", false, "Only those in whose path or reason this stands", text(&[])),
        "group" => ("query", true, "The group's name or pattern, as it was set", text(&[])),
        "Idempotency-Key" => {
            let schema = text(&[("maxLength", json!(255)), ("pattern", json!("^[!#-\\[\\]-~]+$"))]);
            ("header", false, "The same key with the same request is done once", schema)
        }
        "domain" => ("path", true, "An e-mail domain", text(&[("maxLength", json!(253))])),
        "role" => {
            let schema = text(&[("maxLength", json!(64)), ("pattern", json!("^[a-z0-9_]+(-[a-z0-9_]+)*$"))]);
            ("path", true, "The role's id", schema)
        }
        "entitlement" => ("path", true, "The entitlement's id", text(&[("maxLength", json!(64))])),
        "client" => {
            ("path", true, "The client's id", text(&[("pattern", json!("^vclient_[A-Za-z0-9_-]{44}$"))]))
        }
        _ => ("path", true, "An id", json!({ "type": "string", "format": "uuid" })),
    };
    json!({ "name": name, "in": place, "required": required, "description": words, "schema": schema })
}
