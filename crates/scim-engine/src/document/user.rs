//! Users as POST and PUT send them, in canonical form.

use serde_json::{Map, Value};

use super::{
    coerce::{self, Mode},
    schemas::{resource_object, sync_schemas},
};
use crate::{
    error::Rejection,
    path::AttrPath,
    schema::{Attribute, Schema},
};

/// Brings a User from a POST or PUT to canonical form: names in the schema's spelling and order, values of the right
/// type, correct `schemas`. Leaves out read-only, unknown and empty attributes and `password` (RFC 7644 §3.3, §3.5.1).
/// A missing `active` stays missing: its meaning depends on whether the user exists.
///
/// # Errors
/// `invalidSyntax` for a document that is no User; `invalidValue` for a value that does not fit its attribute.
pub fn normalise_user(document: &Value, schema: &Schema) -> Result<Map<String, Value>, Rejection> {
    let document = resource_object(document, schema)?;
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
                    put(extension_object(&mut extensions, &extension.urn)?, attribute, value)?;
                }
            }
        } else if let Some(found) = AttrPath::parse(key).ok().and_then(|path| schema.find(&path)) {
            match (found.sub, found.extension) {
                (None, Some(extension)) => {
                    put(extension_object(&mut extensions, &extension.urn)?, found.attribute, value)?;
                }
                (None, None) => put(&mut core, found.attribute, value)?,
                (Some(_), _) => {}
            }
        }
    }
    let mut result = Map::new();
    result.insert("schemas".into(), Value::Array(Vec::new()));
    move_in_order(&mut core, schema.attributes(), &mut result)?;
    for extension in schema.extensions() {
        let Some(Value::Object(mut values)) = extensions.remove(extension.urn.as_ref()) else { continue };
        let mut ordered = Map::new();
        move_in_order(&mut values, extension.attributes.iter(), &mut ordered)?;
        if !ordered.is_empty() {
            result.insert(extension.urn.to_string(), Value::Object(ordered));
        }
    }
    sync_schemas(&mut result, schema);
    Ok(result)
}

/// Inserts the canonical value under the canonical name. Ignores a read-only attribute; an empty value becomes null, so
/// that a repeated name is found.
fn put(into: &mut Map<String, Value>, attribute: &Attribute, value: &Value) -> Result<(), Rejection> {
    if attribute.is_read_only() {
        return Ok(());
    }
    let value = coerce::attribute(attribute, value, Mode::Document)?;
    if into.insert(attribute.name.to_string(), value.unwrap_or(Value::Null)).is_some() {
        return Err(Rejection::syntax(format!("{} is sent more than once", attribute.name)));
    }
    Ok(())
}

fn extension_object<'a>(
    extensions: &'a mut Map<String, Value>,
    urn: &str,
) -> Result<&'a mut Map<String, Value>, Rejection> {
    let object = extensions.entry(urn).or_insert_with(|| Value::Object(Map::new()));
    object.as_object_mut().ok_or_else(|| Rejection::value(format!("{urn} must be an object")))
}

/// Moves values in the order of the schema. Drops nulls, and refuses a missing required attribute.
fn move_in_order<'a>(
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
