//! Checks a filter against a schema: the attributes exist, operators and literals fit their types.

use super::{Filter, Instant, Literal, Op};
use crate::{
    error::Rejection,
    path::AttrPath,
    schema::{Attribute, Returned, Schema, Type},
};

/// Refuses a filter with unknown attributes, or with operators or literals that do not fit.
///
/// # Errors
/// `invalidFilter`.
pub fn check(filter: &Filter, schema: &Schema) -> Result<(), Rejection> {
    match filter {
        Filter::And(parts) | Filter::Or(parts) => parts.iter().try_for_each(|part| check(part, schema)),
        Filter::Not(inner) => check(inner, schema),
        Filter::Present(attr) => find(attr, schema).map(drop),
        Filter::Compare { attr, op, value } => check_comparison(find(attr, schema)?, attr, *op, value),
        Filter::ValuePath { attr, filter } => check_element(filter, find(attr, schema)?),
    }
}

/// Checks a filter on one value of an attribute, whose paths are sub-attributes.
///
/// # Errors
/// `invalidFilter`.
pub(super) fn check_element(filter: &Filter, attribute: &Attribute) -> Result<(), Rejection> {
    match filter {
        Filter::And(parts) | Filter::Or(parts) => {
            parts.iter().try_for_each(|part| check_element(part, attribute))
        }
        Filter::Not(inner) => check_element(inner, attribute),
        Filter::Present(attr) => find_sub_attribute(attr, attribute).map(drop),
        Filter::Compare { attr, op, value } => {
            check_comparison(find_sub_attribute(attr, attribute)?, attr, *op, value)
        }
        Filter::ValuePath { .. } => {
            Err(Rejection::filter("a filter in brackets can't hold brackets of its own"))
        }
    }
}

fn find<'a>(path: &AttrPath, schema: &'a Schema) -> Result<&'a Attribute, Rejection> {
    let found = schema.find(path).filter(|found| found.leaf().returned != Returned::Never);
    found.map(|found| found.leaf()).ok_or_else(|| {
        let kind = schema.kind().name();
        Rejection::filter(format!(
            "a {kind} has no attribute '{path}'; /Schemas lists those it has, and one of an extension needs its URN"
        ))
    })
}

/// The sub-attribute that a path in brackets names. A simple attribute is its own sub-attribute `value`.
pub fn sub_attribute<'a>(path: &AttrPath, attribute: &'a Attribute) -> Option<&'a Attribute> {
    if path.urn.is_some() || path.sub.is_some() {
        return None;
    }
    if attribute.is_complex() {
        return attribute.sub(&path.attr);
    }
    path.attr.eq_ignore_ascii_case("value").then_some(attribute)
}

fn find_sub_attribute<'a>(path: &AttrPath, attribute: &'a Attribute) -> Result<&'a Attribute, Rejection> {
    sub_attribute(path, attribute)
        .ok_or_else(|| Rejection::filter(format!("{} has no part '{path}'", attribute.name)))
}

fn check_comparison(leaf: &Attribute, path: &AttrPath, op: Op, literal: &Literal) -> Result<(), Rejection> {
    // RFC 7644 §3.4.2.2: `emails co "example.com"` compares `emails.value`.
    let Some(leaf) = (if leaf.is_complex() { leaf.sub("value") } else { Some(leaf) }) else {
        return Err(Rejection::filter(format!(
            "'{path}' has parts: compare one of them, as in '{path}.{}'",
            leaf.sub_attributes.first().map_or("", |sub| &sub.name)
        )));
    };
    let is_supported = match leaf.kind {
        Type::String | Type::Reference => true,
        Type::Binary | Type::Boolean | Type::Complex => matches!(op, Op::Eq | Op::Ne),
        Type::Integer | Type::Decimal | Type::DateTime => !matches!(op, Op::Co | Op::Sw | Op::Ew),
    };
    if !is_supported {
        let (op, kind) = (op.as_str(), leaf.kind.as_str());
        return Err(Rejection::filter(format!("the operator '{op}' can't be used with '{path}', a {kind}")));
    }
    let (fits, expected) = match (leaf.kind, literal) {
        (_, Literal::Null) => (matches!(op, Op::Eq | Op::Ne), "null can only be compared with eq and ne"),
        (Type::Boolean, literal) => (literal.as_bool().is_some(), "it takes true or false"),
        (Type::Integer | Type::Decimal, literal) => {
            (matches!(literal, Literal::Number(_)), "it takes a number without quotes")
        }
        (Type::DateTime, literal) => (
            literal.as_str().is_some_and(|text| Instant::parse(text).is_some()),
            "it takes a date and time such as \"2026-01-31T09:00:00Z\"",
        ),
        (_, literal) => (literal.as_str().is_some(), "it takes a text in double quotes"),
    };
    if fits {
        Ok(())
    } else {
        Err(Rejection::filter(format!("'{path}' can't be compared with {literal}: {expected}")))
    }
}
