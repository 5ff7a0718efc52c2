//! SCIM documents: what POST and PUT bring, brought to one canonical form; and what an answer shows of it.
//! Pure. A document that doesn't fit its schema is refused by name; it must never be stored half understood.

mod app_role;
pub mod coerce;
mod comparable;
pub mod distinct;
mod group;
mod members;
mod messages;
mod project;
#[cfg(test)]
pub mod property_tests;
#[cfg(test)]
mod tests;

use coerce::Mode;
use serde_json::{Map, Value};

use crate::{
    error::Rejection,
    path::AttrPath,
    schema::{Attribute, Schema},
};

pub use comparable::comparable;

pub use group::{GroupInput, normalise_group};
pub use members::ids as member_ids;
pub use messages::open_list;
pub use messages::{ERROR_URN, LIST_URN, error_body, list_response};
pub use project::{includes, parse_attribute_list, project};

/// Accepted wherever a client sends it, and dropped there: never stored, advertised or filtered.
pub fn is_dropped(name: &str) -> bool {
    name.eq_ignore_ascii_case("password")
}

/// A User as POST and PUT bring it, in canonical form: names in the schema's spelling and order, values of their
/// type, `schemas` right. Read-only, unknown and empty attributes and `password` are left out (RFC 7644 §3.3, §3.5.1).
/// An absent `active` stays absent: what that means is for the caller, who knows whether the user exists.
pub fn normalise_user(document: &Value, schema: &Schema) -> Result<Map<String, Value>, Rejection> {
    let document = object(document, schema)?;
    let mut core = Map::new();
    let mut extensions = Map::new();
    for (key, value) in document {
        if let Some(extension) = schema.extension(key) {
            let Some(object) = value.as_object() else {
                if value.is_null() {
                    continue;
                }
                return Err(Rejection::value(format!("{} must be an object", extension.urn)));
            };
            for (key, value) in object {
                if let Some(attribute) = extension.attribute(key) {
                    put(part_of(&mut extensions, &extension.urn)?, attribute, value)?;
                }
            }
        } else if let Some(found) = AttrPath::parse(key).ok().and_then(|path| schema.find(&path)) {
            match (found.sub, found.extension) {
                (None, Some(extension)) => {
                    put(part_of(&mut extensions, &extension.urn)?, found.attribute, value)?;
                }
                (None, None) => put(&mut core, found.attribute, value)?,
                (Some(_), _) => {}
            }
        }
    }
    let mut result = Map::new();
    result.insert("schemas".into(), Value::Array(Vec::new()));
    take_in_order(&mut core, schema.attributes(), &mut result)?;
    for extension in schema.extensions() {
        let Some(Value::Object(mut values)) = extensions.remove(extension.urn.as_ref()) else { continue };
        let mut ordered = Map::new();
        take_in_order(&mut values, extension.attributes.iter(), &mut ordered)?;
        if !ordered.is_empty() {
            result.insert(extension.urn.to_string(), Value::Object(ordered));
        }
    }
    sync_schemas(&mut result, schema);
    Ok(result)
}

/// Refuses a change that gives an attribute more than [`coerce::MAX_VALUES`] values. One that has more already, from an
/// older version, stays as it is, may be sent back, and may shrink.
///
/// # Errors
/// `invalidValue`.
pub fn check_growth(
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    schema: &Schema,
) -> Result<(), Rejection> {
    check_members_growth(before, after, |name| schema.lookup(None, name, None).map(|found| found.attribute))?;
    let empty = Map::new();
    for extension in schema.extensions() {
        let urn = extension.urn.as_ref();
        if let Some(after) = after.get(urn).and_then(Value::as_object) {
            let before = before.get(urn).and_then(Value::as_object).unwrap_or(&empty);
            check_members_growth(before, after, |name| extension.attribute(name))?;
        }
    }
    Ok(())
}

fn check_members_growth<'a>(
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

/// Makes the `schemas` of a resource say what it holds, when it has any: its core schema, and each extension in use.
pub fn sync_schemas(resource: &mut Map<String, Value>, schema: &Schema) {
    if !resource.contains_key("schemas") {
        return;
    }
    let used = schema.extensions().iter().filter(|extension| resource.contains_key(extension.urn.as_ref()));
    let urns =
        std::iter::once(schema.core()).chain(used).map(|definition| Value::from(definition.urn.clone()));
    let urns = Value::Array(urns.collect());
    resource.insert("schemas".into(), urns);
}

/// The document as an object whose `schemas` name the core schema, RFC 7643 §3.
fn object<'a>(document: &'a Value, schema: &Schema) -> Result<&'a Map<String, Value>, Rejection> {
    let Some(object) = document.as_object() else {
        return Err(Rejection::syntax(format!("a {} is a JSON object", schema.kind().name())));
    };
    check_schemas(object, &schema.core().urn)?;
    Ok(object)
}

/// The member of that name in any letter case (RFC 7643 §2.1).
pub fn member<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// Refuses a message whose `schemas` doesn't hold the URN that says what it is.
pub fn check_schemas(object: &Map<String, Value>, urn: &str) -> Result<(), Rejection> {
    let schemas = member(object, "schemas");
    let named = schemas.and_then(Value::as_array).is_some_and(|schemas| {
        schemas.iter().filter_map(Value::as_str).any(|named| named.eq_ignore_ascii_case(urn))
    });
    if named {
        Ok(())
    } else {
        Err(Rejection::syntax(format!("'schemas' must be an array that contains \"{urn}\"")))
    }
}

/// Puts the canonical value under the canonical name; a read-only one is left out, an empty one kept as a mark.
fn put(into: &mut Map<String, Value>, attribute: &Attribute, value: &Value) -> Result<(), Rejection> {
    if attribute.is_read_only() {
        return Ok(());
    }
    let value = coerce::attribute(attribute, value, Mode::Document)?;
    if into.insert(attribute.name.to_string(), value.unwrap_or(Value::Null)).is_some() {
        return Err(Rejection::syntax(format!("{} is there more than once", attribute.name)));
    }
    Ok(())
}

fn part_of<'a>(
    parts: &'a mut Map<String, Value>,
    urn: &str,
) -> Result<&'a mut Map<String, Value>, Rejection> {
    let part = parts.entry(urn).or_insert_with(|| Value::Object(Map::new()));
    part.as_object_mut().ok_or_else(|| Rejection::value(format!("{urn} must be an object")))
}

fn take_in_order<'a>(
    from: &mut Map<String, Value>,
    attributes: impl Iterator<Item = &'a Attribute>,
    into: &mut Map<String, Value>,
) -> Result<(), Rejection> {
    for attribute in attributes {
        match from.remove(attribute.name.as_ref()) {
            Some(value) if !value.is_null() => {
                into.insert(attribute.name.to_string(), value);
            }
            _ if attribute.required && !attribute.is_read_only() => {
                return Err(Rejection::value(format!("{} is required and can't be empty", attribute.name)));
            }
            _ => {}
        }
    }
    Ok(())
}
