//! Members of JSON objects, whose names have any letter case in SCIM (RFC 7643 §2.1), and `schemas`, which identifies the
//! kind of a message.

use serde_json::{Map, Value};

use crate::error::Rejection;

/// The member with this name in any letter case.
pub fn member<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// Refuses a message or resource whose `schemas` does not contain this URN.
pub fn check_schemas(object: &Map<String, Value>, urn: &str) -> Result<(), Rejection> {
    let schemas = member(object, "schemas");
    let is_named = schemas.and_then(Value::as_array).is_some_and(|schemas| {
        schemas.iter().filter_map(Value::as_str).any(|schema| schema.eq_ignore_ascii_case(urn))
    });
    if is_named {
        Ok(())
    } else {
        Err(Rejection::syntax(format!("'schemas' must be an array that contains \"{urn}\"")))
    }
}
