//! The work of a PATCH operation on a multi-valued attribute, which is counted before it is done.

use serde_json::Value;

use super::prepare::NewValue;
use crate::budget::BYTES_PER_UNIT;

/// The number of values of an attribute, and their bytes of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    values: u64,
    bytes: u64,
}

impl Size {
    pub(super) fn of(value: Option<&Value>) -> Self {
        match value {
            None => Self { values: 0, bytes: 0 },
            Some(Value::Array(values)) => {
                Self { values: values.len() as u64, bytes: values.iter().map(bytes).sum() }
            }
            Some(value) => Self { values: 1, bytes: bytes(value) },
        }
    }
}

fn bytes(value: &Value) -> u64 {
    match value {
        Value::String(text) => text.len() as u64,
        Value::Array(values) => values.iter().map(bytes).sum(),
        Value::Object(members) => members.values().map(bytes).sum(),
        _ => 0,
    }
}

/// The work of one operation on a multi-valued attribute of this size, in units: one visit of each value, and one
/// comparison of each value with each term of the filter.
pub(super) fn work(new: &NewValue<'_>, size: Size) -> u64 {
    let visits = size.values.saturating_add(1);
    match new {
        NewValue::Values(values) => visits.saturating_add(values.len() as u64),
        NewValue::Selected(_, selection) | NewValue::Part(_, _, Some(selection)) => {
            let comparisons = size.values.saturating_add(size.bytes / BYTES_PER_UNIT);
            visits.saturating_add(comparisons.saturating_mul(selection.filter.terms()))
        }
        _ => visits,
    }
}
