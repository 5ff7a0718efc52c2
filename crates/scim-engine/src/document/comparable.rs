//! The comparable form of a document, which the database evaluates filters on: texts folded unless they have
//! `caseExact`, times in microseconds, no empty values. The result of a filter is then the same as that of
//! [`crate::filter::matches`].

use serde_json::{Map, Value};
use vestibule_core::fold::is_empty;

use crate::{
    filter::{Instant, fold},
    schema::{Attribute, Schema, Type},
};

/// The comparable form of a document.
pub fn comparable(document: &Map<String, Value>, schema: &Schema) -> Map<String, Value> {
    let mut result = Map::new();
    for (key, value) in document {
        let value = match schema.extension(key) {
            Some(extension) => Value::Object(members(value, |name| extension.attribute(name))),
            None => match schema.lookup(None, key, None) {
                Some(found) => of(found.attribute, value),
                None => continue,
            },
        };
        if !is_empty(&value) {
            result.insert(key.clone(), value);
        }
    }
    result
}

fn of(attribute: &Attribute, value: &Value) -> Value {
    match value {
        Value::Array(values) => {
            values.iter().map(|value| of(attribute, value)).filter(|value| !is_empty(value)).collect()
        }
        Value::Object(_) => Value::Object(members(value, |name| attribute.sub(name))),
        Value::String(text) => match attribute.kind {
            Type::DateTime => Instant::parse(text).map_or(Value::Null, |instant| instant.as_micros().into()),
            _ if attribute.case_exact => value.clone(),
            _ => fold(text).into(),
        },
        other => other.clone(),
    }
}

fn members<'a>(value: &Value, attribute: impl Fn(&str) -> Option<&'a Attribute>) -> Map<String, Value> {
    let members = value.as_object().into_iter().flatten();
    members
        .filter_map(|(name, value)| Some((name.clone(), of(attribute(name)?, value))))
        .filter(|(_, value)| !is_empty(value))
        .collect()
}
