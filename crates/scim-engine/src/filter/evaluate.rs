//! Evaluates a filter on a resource. This defines the meaning of filters; the SQL conditions must agree with it. An
//! attribute that is not in the schema counts as one without a value; `check` refuses it before.

use serde_json::{Map, Value};
use vestibule_core::fold::is_empty;

use super::{Filter, Literal, Op, check::sub_attribute, compare::compare};
use crate::{
    path::AttrPath,
    schema::{Attribute, Found, Schema},
};

/// Whether the resource satisfies the filter. A comparison with a multi-valued attribute is true if one value satisfies
/// it. `eq null` is true if there is no value; `ne` with another literal is true if there is no value or one value
/// differs.
pub fn matches(filter: &Filter, resource: &Map<String, Value>, schema: &Schema) -> bool {
    match filter {
        Filter::And(parts) => parts.iter().all(|part| matches(part, resource, schema)),
        Filter::Or(parts) => parts.iter().any(|part| matches(part, resource, schema)),
        Filter::Not(inner) => !matches(inner, resource, schema),
        Filter::Present(attr) => present(&values_of(attr, resource, schema).1),
        Filter::Compare { attr, op, value } => match values_of(attr, resource, schema) {
            (Some(leaf), values) => any(leaf, &values, *op, value),
            (None, _) => false,
        },
        Filter::ValuePath { attr, filter } => {
            let Some(Found { extension, attribute, sub: None }) = schema.find(attr) else { return false };
            let elements =
                elements_of(resource, extension.map(|extension| extension.urn.as_ref()), attribute);
            elements.iter().any(|element| element_matches(filter, element, attribute))
        }
    }
}

/// Whether one value of an attribute satisfies a filter on its sub-attributes.
pub fn element_matches(filter: &Filter, element: &Value, attribute: &Attribute) -> bool {
    let value_of = |path| {
        let part = sub_attribute(path, attribute)?;
        let value = if attribute.is_complex() { element.get(part.name.as_ref()) } else { Some(element) };
        Some((part, value.filter(|value| !is_empty(value)).into_iter().collect::<Vec<_>>()))
    };
    match filter {
        Filter::And(parts) => parts.iter().all(|part| element_matches(part, element, attribute)),
        Filter::Or(parts) => parts.iter().any(|part| element_matches(part, element, attribute)),
        Filter::Not(inner) => !element_matches(inner, element, attribute),
        Filter::Present(path) => value_of(path).is_some_and(|(_, values)| present(&values)),
        Filter::Compare { attr, op, value } => {
            value_of(attr).is_some_and(|(part, values)| any(part, &values, *op, value))
        }
        Filter::ValuePath { .. } => false,
    }
}

/// The values at a path, and the attribute that defines how they compare.
fn values_of<'a>(
    path: &AttrPath,
    resource: &'a Map<String, Value>,
    schema: &'a Schema,
) -> (Option<&'a Attribute>, Vec<&'a Value>) {
    let Some(found) = schema.find(path) else { return (None, Vec::new()) };
    let mut values =
        elements_of(resource, found.extension.map(|extension| extension.urn.as_ref()), found.attribute);
    let Some(sub) = found.sub else { return (Some(found.attribute), values) };
    values = values.into_iter().filter_map(|value| value.get(sub.name.as_ref())).collect();
    values.retain(|value| !is_empty(value));
    (Some(sub), values)
}

/// The non-empty values of an attribute.
fn elements_of<'a>(
    resource: &'a Map<String, Value>,
    urn: Option<&str>,
    attribute: &Attribute,
) -> Vec<&'a Value> {
    let object = match urn {
        Some(urn) => resource.get(urn).and_then(Value::as_object),
        None => Some(resource),
    };
    let values = match object.and_then(|object| object.get(attribute.name.as_ref())) {
        Some(Value::Array(values)) => values.iter().collect(),
        value => value.into_iter().collect::<Vec<_>>(),
    };
    values.into_iter().filter(|value| !is_empty(value)).collect()
}

fn any(leaf: &Attribute, values: &[&Value], op: Op, literal: &Literal) -> bool {
    if let Literal::Null = literal {
        return if op == Op::Eq { !present(values) } else { op == Op::Ne && present(values) };
    }
    // A complex attribute is compared by its sub-attribute `value`.
    let (leaf, values) = match leaf.sub("value") {
        Some(sub) if leaf.is_complex() => {
            (sub, values.iter().filter_map(|value| value.get("value")).collect())
        }
        _ => (leaf, values.to_vec()),
    };
    if values.is_empty() {
        return op == Op::Ne;
    }
    values.into_iter().any(|value| compare(leaf, value, op, literal))
}

fn present(values: &[&Value]) -> bool {
    !values.is_empty()
}
