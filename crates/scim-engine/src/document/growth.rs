//! The limit on the number of values of one attribute.

use serde_json::{Map, Value};

use super::coerce;
use crate::{
    error::Rejection,
    schema::{Attribute, Schema},
};

/// Refuses a change that gives an attribute more than `MAX_VALUES` values. An attribute that has more
/// already, from an older version, may stay, be sent back and shrink.
///
/// # Errors
/// `invalidValue`.
pub fn check_growth(
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    schema: &Schema,
) -> Result<(), Rejection> {
    check_object(before, after, |name| schema.lookup(None, name, None).map(|found| found.attribute))?;
    let empty = Map::new();
    for extension in schema.extensions() {
        let urn = extension.urn.as_ref();
        if let Some(after) = after.get(urn).and_then(Value::as_object) {
            let before = before.get(urn).and_then(Value::as_object).unwrap_or(&empty);
            check_object(before, after, |name| extension.attribute(name))?;
        }
    }
    Ok(())
}

fn check_object<'a>(
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    attribute: impl Fn(&str) -> Option<&'a Attribute>,
) -> Result<(), Rejection> {
    let count = |value: Option<&Value>| value.and_then(Value::as_array).map_or(0, Vec::len);
    for (name, value) in after {
        let now = count(Some(value));
        if now > coerce::MAX_VALUES
            && now > count(before.get(name))
            && let Some(attribute) = attribute(name).filter(|attribute| attribute.multi_valued)
        {
            return Err(coerce::too_many(attribute));
        }
    }
    Ok(())
}
