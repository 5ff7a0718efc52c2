//! Selects the returned attributes of a resource by `attributes`, `excludedAttributes` and the `returned` of each
//! attribute (RFC 7644 §3.9, RFC 7643 §2.2).

use serde_json::{Map, Value};

use crate::{
    error::{Rejection, ScimType},
    path::AttrPath,
    schema::{Attribute, Definition, Returned, Schema, Target},
};

/// Parses a list of attribute paths such as `userName,emails.value`.
///
/// # Errors
/// `invalidValue`.
pub fn parse_attribute_list(text: &str) -> Result<Vec<AttrPath>, Rejection> {
    let names = text.split([',', ' ']).map(str::trim).filter(|name| !name.is_empty());
    names
        .map(|name| AttrPath::parse(name).map_err(|refused| refused.with_type(ScimType::InvalidValue)))
        .collect()
}

/// The selected attributes of a resource. An empty list counts as no list; unknown names are ignored.
pub fn project(
    resource: &Map<String, Value>,
    attributes: Option<&[AttrPath]>,
    excluded: Option<&[AttrPath]>,
    schema: &Schema,
) -> Map<String, Value> {
    let selection = Selection::new(attributes, excluded, schema);
    let mut result = Map::new();
    for (key, value) in resource {
        if let Some(extension) = schema.extension(key) {
            let Some(object) = value.as_object() else { continue };
            let part: Map<_, _> = object
                .iter()
                .filter_map(|(key, value)| {
                    let attribute = extension.attribute(key)?;
                    Some((key.clone(), selection.apply(Some(extension), attribute, value)?))
                })
                .collect();
            if !part.is_empty() {
                result.insert(key.clone(), Value::Object(part));
            }
        } else if let Some(found) = schema.lookup(None, key, None)
            && let Some(value) = selection.apply(None, found.attribute, value)
        {
            result.insert(key.clone(), value);
        }
    }
    result
}

/// Whether a core attribute or one of its sub-attributes is selected.
pub fn includes(
    name: &str,
    attributes: Option<&[AttrPath]>,
    excluded: Option<&[AttrPath]>,
    schema: &Schema,
) -> bool {
    let selection = Selection::new(attributes, excluded, schema);
    schema.lookup(None, name, None).is_some_and(|found| {
        let has_sub = |sub| selection.contains(None, found.attribute, Some(sub));
        selection.contains(None, found.attribute, None) || found.attribute.sub_attributes.iter().any(has_sub)
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

    /// The selected part of a value; none if no part of it is selected.
    fn apply(&self, extension: Option<&Definition>, attribute: &Attribute, value: &Value) -> Option<Value> {
        if !attribute.is_complex() {
            return self.contains(extension, attribute, None).then(|| value.clone());
        }
        let parts: Vec<&str> = attribute
            .sub_attributes
            .iter()
            .filter(|sub| self.contains(extension, attribute, Some(sub)))
            .map(|sub| sub.name.as_ref())
            .collect();
        let select = |value: &Value| {
            let Some(object) = value.as_object() else { return Some(value.clone()) };
            let selected: Map<_, _> = object
                .iter()
                .filter(|(key, _)| parts.contains(&key.as_str()))
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect();
            (!selected.is_empty()).then_some(Value::Object(selected))
        };
        match value {
            Value::Array(values) => {
                let selected: Vec<Value> = values.iter().filter_map(select).collect();
                (!selected.is_empty()).then_some(Value::Array(selected))
            }
            value => select(value),
        }
    }

    /// Whether an attribute or a sub-attribute is selected.
    fn contains(
        &self,
        extension: Option<&Definition>,
        attribute: &Attribute,
        sub: Option<&Attribute>,
    ) -> bool {
        let leaf = sub.unwrap_or(attribute);
        match leaf.returned {
            Returned::Never => return false,
            Returned::Always if sub.is_none() || attribute.returned == Returned::Always => return true,
            _ => {}
        }
        let names = |target: &Target<'_>| match target {
            Target::Resource => extension.is_none(),
            Target::Extension(target) => extension.is_some_and(|extension| extension.urn == target.urn),
            Target::Attribute(found) => {
                found.attribute.name == attribute.name
                    && found.extension.map(|target| &target.urn) == extension.map(|extension| &extension.urn)
                    && found.sub.is_none_or(|target| sub.is_some_and(|sub| sub.name == target.name))
            }
        };
        let is_requested = match &self.attributes {
            Some(targets) => targets.iter().any(names),
            None => attribute.returned != Returned::Request && leaf.returned != Returned::Request,
        };
        is_requested && !self.excluded.iter().any(names)
    }
}
