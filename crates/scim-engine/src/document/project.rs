//! What an answer shows of a resource: `attributes`, `excludedAttributes` and each attribute's `returned`
//! (RFC 7644 §3.9, RFC 7643 §2.2). What is returned `always` is never left out, what is `never` never shown.

use serde_json::{Map, Value};

use crate::{
    error::{Rejection, ScimType},
    path::AttrPath,
    schema::{Attribute, Definition, Returned, Schema, Target},
};

/// Reads `userName,emails.value`. Refuses with `invalidValue` what isn't a list of attribute paths.
pub fn parse_attribute_list(text: &str) -> Result<Vec<AttrPath>, Rejection> {
    let names = text.split([',', ' ']).map(str::trim).filter(|name| !name.is_empty());
    names
        .map(|name| AttrPath::parse(name).map_err(|refused| refused.with_type(ScimType::InvalidValue)))
        .collect()
}

/// The resource with what was asked for. An empty list is as good as none; names that mean nothing are ignored.
pub fn project(
    resource: &Map<String, Value>,
    attributes: Option<&[AttrPath]>,
    excluded: Option<&[AttrPath]>,
    schema: &Schema,
) -> Map<String, Value> {
    let selection = Selection::new(attributes, excluded, schema);
    let mut shown = Map::new();
    for (key, value) in resource {
        if let Some(extension) = schema.extension(key) {
            let Some(object) = value.as_object() else { continue };
            let part: Map<_, _> = object
                .iter()
                .filter_map(|(key, value)| {
                    let attribute = extension.attribute(key)?;
                    Some((key.clone(), selection.show(Some(extension), attribute, value)?))
                })
                .collect();
            if !part.is_empty() {
                shown.insert(key.clone(), Value::Object(part));
            }
        } else if let Some(found) = schema.lookup(None, key, None)
            && let Some(value) = selection.show(None, found.attribute, value)
        {
            shown.insert(key.clone(), value);
        }
    }
    shown
}

/// Whether an answer would show any of that core attribute, to save reading what it wouldn't (`members`).
pub fn includes(
    name: &str,
    attributes: Option<&[AttrPath]>,
    excluded: Option<&[AttrPath]>,
    schema: &Schema,
) -> bool {
    let selection = Selection::new(attributes, excluded, schema);
    schema.lookup(None, name, None).is_some_and(|found| {
        let sub_shown = |sub| selection.shows(None, found.attribute, Some(sub));
        selection.shows(None, found.attribute, None) || found.attribute.sub_attributes.iter().any(sub_shown)
    })
}

struct Selection<'a> {
    attributes: Option<Vec<Target<'a>>>,
    excluded: Vec<Target<'a>>,
}

impl<'a> Selection<'a> {
    fn new(attributes: Option<&[AttrPath]>, excluded: Option<&[AttrPath]>, schema: &'a Schema) -> Self {
        let resolve = |paths: &[AttrPath]| paths.iter().filter_map(|path| schema.resolve(path)).collect();
        Self {
            attributes: attributes.filter(|paths| !paths.is_empty()).map(resolve),
            excluded: excluded.map(resolve).unwrap_or_default(),
        }
    }

    /// What of the value is shown, if any of it is.
    fn show(&self, extension: Option<&Definition>, attribute: &Attribute, value: &Value) -> Option<Value> {
        if !attribute.is_complex() {
            return self.shows(extension, attribute, None).then(|| value.clone());
        }
        let parts: Vec<&str> = attribute
            .sub_attributes
            .iter()
            .filter(|sub| self.shows(extension, attribute, Some(sub)))
            .map(|sub| sub.name.as_ref())
            .collect();
        let keep = |value: &Value| {
            let Some(object) = value.as_object() else { return Some(value.clone()) };
            let kept: Map<_, _> = object
                .iter()
                .filter(|(key, _)| parts.contains(&key.as_str()))
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect();
            (!kept.is_empty()).then_some(Value::Object(kept))
        };
        match value {
            Value::Array(values) => {
                let kept: Vec<Value> = values.iter().filter_map(keep).collect();
                (!kept.is_empty()).then_some(Value::Array(kept))
            }
            value => keep(value),
        }
    }

    /// Whether an attribute is shown, or that part of it.
    fn shows(&self, extension: Option<&Definition>, attribute: &Attribute, sub: Option<&Attribute>) -> bool {
        let leaf = sub.unwrap_or(attribute);
        match leaf.returned {
            Returned::Never => return false,
            Returned::Always if sub.is_none() || attribute.returned == Returned::Always => return true,
            _ => {}
        }
        let names = |target: &Target<'_>| match target {
            Target::Resource => extension.is_none(),
            Target::Extension(named) => extension.is_some_and(|extension| extension.urn == named.urn),
            Target::Attribute(found) => {
                found.attribute.name == attribute.name
                    && found.extension.map(|named| &named.urn) == extension.map(|own| &own.urn)
                    && found.sub.is_none_or(|named| sub.is_some_and(|sub| sub.name == named.name))
            }
        };
        let asked = match &self.attributes {
            Some(targets) => targets.iter().any(names),
            None => attribute.returned != Returned::Request && leaf.returned != Returned::Request,
        };
        asked && !self.excluded.iter().any(names)
    }
}
