//! Applying a PATCH to a document: finds what each operation is about and puts the changed value in its place.
//! Never replaces the document: an operation without a path merges, attribute by attribute.

use serde_json::{Map, Value};

use super::values::{Change, changed};
use super::{Action, Operation, Request};
use crate::document::{is_dropped, sync_schemas};
use crate::error::{Rejection, quote};
use crate::path::PatchPath;
use crate::schema::{Definition, Found, Mutability, Schema, Target};

/// The resource after the request, or why it is refused. Names come out in the schema's spelling.
pub fn apply(
    before: &Map<String, Value>,
    request: &Request,
    schema: &Schema,
) -> Result<Map<String, Value>, Rejection> {
    let mut after = before.clone();
    for Operation { action, path, value } in &request.operations {
        let value = value.as_ref().unwrap_or(&Value::Null);
        match path {
            Some(path) => at_path(&mut after, path, *action, value, Origin::Path, schema)?,
            None => merge(&mut after, *action, value, schema)?,
        }
    }
    sync_schemas(&mut after, schema);
    Ok(after)
}

/// Whether the client named the attribute in `path`, or it came along in a value.
#[derive(Clone, Copy, PartialEq)]
enum Origin {
    Path,
    /// Clients send back what they were given, `id` and `meta` included: what only the server writes is passed over.
    Value,
}

/// An operation on the resource itself: each member of its value is an operation of its own.
fn merge(
    resource: &mut Map<String, Value>,
    action: Action,
    value: &Value,
    schema: &Schema,
) -> Result<(), Rejection> {
    let Some(members) = value.as_object() else {
        return Err(Rejection::value("without a 'path' the 'value' must be an object of attributes"));
    };
    for (name, value) in members {
        // Names may be paths: Entra sends `name.familyName`, even `emails[type eq "work"].value`.
        let path = PatchPath::parse(name)?;
        at_path(resource, &path, action, value, Origin::Value, schema)?;
    }
    Ok(())
}

fn at_path(
    resource: &mut Map<String, Value>,
    path: &PatchPath,
    action: Action,
    value: &Value,
    origin: Origin,
    schema: &Schema,
) -> Result<(), Rejection> {
    if is_dropped(&path.target.attr) && path.filter.is_none() {
        return Ok(());
    }
    match schema.resolve(&path.target) {
        Some(Target::Attribute(found)) if found.is_read_only() => match origin {
            Origin::Value => Ok(()),
            Origin::Path => Err(Rejection::mutability(format!("{path} is written by the server alone"))),
        },
        Some(Target::Attribute(found)) => set(resource, found, Change { path, action, value }),
        Some(Target::Extension(extension)) if path.filter.is_none() => {
            extend(resource, extension, action, value, schema)
        }
        Some(Target::Resource) if path.filter.is_none() && action != Action::Remove => {
            merge(resource, action, value, schema)
        }
        _ => Err(unknown(path, schema)),
    }
}

/// An operation on a whole extension object: merges like one on the resource.
fn extend(
    resource: &mut Map<String, Value>,
    extension: &Definition,
    action: Action,
    value: &Value,
    schema: &Schema,
) -> Result<(), Rejection> {
    if action == Action::Remove || (action == Action::Replace && value.is_null()) {
        let kept = extension.attributes.iter().find(|attribute| attribute.required || attribute.not_null);
        if let Some(attribute) = kept {
            return Err(Rejection::mutability(format!(
                "{} is required and can't be removed",
                attribute.name
            )));
        }
        resource.shift_remove(extension.urn.as_ref());
        return Ok(());
    }
    let Some(members) = value.as_object() else {
        return Err(Rejection::value(format!(
            "the 'value' for {} must be an object of attributes",
            extension.urn
        )));
    };
    for (name, value) in members {
        // Some clients write `schemas` into the extension object too: an echo there as it is above.
        let own = extension.attribute(name).is_some();
        if !own && schema.lookup(None, name, None).is_some_and(|found| found.is_read_only()) {
            continue;
        }
        let mut path = PatchPath::parse(name)?;
        path.target.urn.get_or_insert_with(|| extension.urn.to_string());
        at_path(resource, &path, action, value, Origin::Value, schema)?;
    }
    Ok(())
}

/// Changes one attribute where it lives.
fn set(resource: &mut Map<String, Value>, found: Found<'_>, change: Change<'_>) -> Result<(), Rejection> {
    let attribute = found.attribute;
    let name = attribute.name.as_ref();
    let current = match found.extension {
        Some(extension) => resource.get(extension.urn.as_ref()).and_then(|object| object.get(name)),
        None => resource.get(name),
    };
    let new = changed(found, change, current)?;
    if attribute.mutability == Mutability::Immutable && current.is_some() && new.as_ref() != current {
        return Err(Rejection::mutability(format!("{name} can't be changed once it is set")));
    }
    if new.is_none() && (attribute.required || attribute.not_null) {
        // RFC 7644 §3.5.2.2: removing what is required is a matter of mutability; an empty value is a wrong value.
        return Err(match change.action {
            Action::Remove => Rejection::mutability(format!("{name} can't be removed, only replaced")),
            _ => Rejection::value(format!("{name} can't be empty")),
        });
    }
    match (found.extension, new) {
        (None, Some(value)) => {
            resource.insert(name.to_owned(), value);
        }
        (None, None) => {
            resource.shift_remove(name);
        }
        (Some(extension), new) => {
            let object = resource.entry(extension.urn.as_ref()).or_insert_with(|| Value::Object(Map::new()));
            let Some(object) = object.as_object_mut() else {
                return Err(Rejection::value(format!("{} must be an object", extension.urn)));
            };
            match new {
                Some(value) => object.insert(name.to_owned(), value),
                None => object.shift_remove(name),
            };
            if object.is_empty() {
                resource.shift_remove(extension.urn.as_ref());
            }
        }
    }
    Ok(())
}

fn unknown(path: &PatchPath, schema: &Schema) -> Rejection {
    let kind = schema.kind().name();
    let path = quote(&path.to_string());
    Rejection::path(format!(
        "a {kind} has no attribute {path}; /Schemas lists those it has, each extension by its URN"
    ))
}
