//! The words that schemas are made of.

use serde_json::{Value, json};
use vestibule_admin::clients;
use vestibule_web::crypto::signing::Algorithm;

pub(super) fn text() -> Value {
    json!({ "type": "string" })
}

pub(super) fn texts() -> Value {
    json!({ "type": "array", "items": text() })
}

pub(super) fn short() -> Value {
    json!({ "type": "string", "minLength": 1, "maxLength": 256 })
}

pub(super) fn id() -> Value {
    json!({ "type": "string", "format": "uuid" })
}

pub(super) fn domain() -> Value {
    json!({ "type": "string", "minLength": 3, "maxLength": 253, "examples": ["acme.example"] })
}

pub(super) fn url() -> Value {
    json!({ "type": "string", "format": "uri", "minLength": 1 })
}

pub(super) fn moment() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

pub(super) fn truth() -> Value {
    json!({ "type": "boolean" })
}

pub(super) fn whole_number() -> Value {
    json!({ "type": "integer", "format": "int64" })
}

pub(super) fn between(least: i64, most: i64) -> Value {
    json!({ "type": "integer", "minimum": least, "maximum": most })
}

pub(super) fn one_of(words: &[&str]) -> Value {
    json!({ "type": "string", "enum": words })
}

pub(super) fn or_null(mut schema: Value) -> Value {
    if let Some(kind) = schema.get_mut("type") {
        *kind = json!([kind.clone(), "null"]);
    }
    schema
}

/// An object that always has all its members.
pub(super) fn whole(members: Value) -> Value {
    let names: Vec<&String> = members.as_object().map(|members| members.keys().collect()).unwrap_or_default();
    json!({ "type": "object", "required": names, "properties": members })
}

/// The same with members in front of more.
pub(super) fn and(first: Value, more: Value) -> Value {
    let mut members = first.get("properties").cloned().unwrap_or_default();
    if let (Some(members), Value::Object(more)) = (members.as_object_mut(), more) {
        members.extend(more);
    }
    whole(members)
}

/// A body, in which nothing else may stand.
pub(super) fn body(required: &[&str], members: Value) -> Value {
    json!({ "type": "object", "required": required, "properties": members, "additionalProperties": false })
}

/// For how long an app's access tokens live as JWTs; null: they are opaque.
pub(super) fn jwt_seconds() -> Value {
    between(*clients::JWT_SECONDS.start(), *clients::JWT_SECONDS.end())
}

/// By what ID tokens are signed; null: as before, or RS256.
pub(super) fn algorithm() -> Value {
    let mut names: Vec<Value> = Algorithm::TEXTS.map(Value::from).to_vec();
    names.push(Value::Null);
    json!({ "type": ["string", "null"], "enum": names })
}
