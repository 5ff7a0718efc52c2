//! Brings one value to the form of its attribute: checks the type, canonicalises names, drops empty values. All
//! tolerance for clients is here: "False" for a boolean, a bare text for a role, one object for an array of one. A
//! value that does not fit is refused with the name of the attribute.

use serde_json::{Map, Value};

use super::{app_role, distinct::retain_distinct};
use crate::{
    error::{Rejection, quote},
    filter::Instant,
    json::member,
    schema::{Attribute, Type},
};

/// The most values that an attribute of a user may grow to. Members of groups are rows and have no such limit.
pub(crate) const MAX_VALUES: usize = 200;
/// The most values that a request may have for one attribute. Older versions stored more than [`MAX_VALUES`], and a client
/// may send them back.
pub(crate) const MAX_ACCEPTED: usize = 1000;

/// The kind of request that a value comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// POST and PUT: unknown sub-attributes are ignored, null is no value.
    Document,
    /// PATCH: unknown sub-attributes are refused, and so is null for an attribute that must keep a value.
    Patch,
}

/// The canonical value of a whole attribute; none if it is empty (RFC 7643 §2.5).
pub(crate) fn attribute(
    attribute: &Attribute,
    value: &Value,
    mode: Mode,
) -> Result<Option<Value>, Rejection> {
    if attribute.multi_valued {
        let values = elements(attribute, value, mode)?;
        return Ok((!values.is_empty()).then_some(Value::Array(values)));
    }
    single(attribute, value, mode, &attribute.name)
}

/// The canonical values of a multi-valued attribute, from an array or from a single value.
pub(crate) fn elements(attribute: &Attribute, value: &Value, mode: Mode) -> Result<Vec<Value>, Rejection> {
    let values = match value {
        Value::Array(values) => values.as_slice(),
        value => std::slice::from_ref(value),
    };
    let values = app_role::read_all(attribute, values);
    if values.len() > MAX_ACCEPTED {
        return Err(too_many(attribute));
    }
    let mut result: Vec<Value> = Vec::with_capacity(values.len());
    for value in values.iter() {
        result.extend(element(attribute, value, mode)?);
    }
    retain_distinct(&mut result);
    check_primary(attribute, result.iter())?;
    Ok(result)
}

/// One canonical value of a multi-valued attribute; none if its `value` is empty.
pub(crate) fn element(attribute: &Attribute, value: &Value, mode: Mode) -> Result<Option<Value>, Rejection> {
    if attribute.is_complex() && !is_nothing(value) {
        let read = app_role::read_all(attribute, std::slice::from_ref(value));
        let value = match read.as_ref() {
            [one] => one,
            _ => value,
        };
        let parts = parts(attribute, value, mode)?;
        let has_empty_value = parts.iter().any(|(part, value)| part.name == "value" && value.is_none());
        return Ok(if has_empty_value { None } else { assemble(parts) });
    }
    single(attribute, value, mode, &attribute.name)
}

/// The canonical value of one sub-attribute, for a PATCH.
pub(crate) fn part(
    attribute: &Attribute,
    part: &Attribute,
    value: &Value,
) -> Result<Option<Value>, Rejection> {
    let name = format!("{}.{}", attribute.name, part.name);
    match app_role::read_value(attribute, part, value) {
        Some(value) => single(part, &value, Mode::Patch, &name),
        None => single(part, value, Mode::Patch, &name),
    }
}

/// The sub-attributes of a complex value that were sent, each with its canonical value, or none for an empty one.
pub(crate) fn parts<'a>(attribute: &'a Attribute, value: &Value, mode: Mode) -> Result<Parts<'a>, Rejection> {
    let name = &attribute.name;
    let object = match alone(attribute, value) {
        Value::Object(object) => object,
        Value::String(_) if attribute.bare => {
            let Some(part) = attribute.sub("value") else { return Ok(Vec::new()) };
            let value = alone(attribute, value);
            return Ok(vec![(part, single(part, value, mode, &format!("{name}.value"))?)]);
        }
        _ => return Err(Rejection::value(format!("{name} must be an object, not {}", kind_of(value)))),
    };
    let mut parts: Parts<'a> = Vec::with_capacity(object.len());
    for (key, value) in object {
        let Some(part) = attribute.sub(key) else {
            // Entra sends roles as `{id, value, displayName}` in POST and PATCH alike.
            if mode == Mode::Document || attribute.is_list_of_names() {
                continue;
            }
            return Err(Rejection::value(format!("{name} has no part {}", quote(key))));
        };
        if part.is_read_only() {
            continue;
        }
        if parts.iter().any(|(existing, _)| existing.name == part.name) {
            return Err(Rejection::syntax(format!("{name}.{} is sent more than once", part.name)));
        }
        parts.push((part, single(part, value, mode, &format!("{name}.{}", part.name))?));
    }
    Ok(parts)
}

/// Sub-attributes with their canonical values.
pub(crate) type Parts<'a> = Vec<(&'a Attribute, Option<Value>)>;

fn assemble(parts: Parts<'_>) -> Option<Value> {
    let object: Map<_, _> =
        parts.into_iter().filter_map(|(part, value)| Some((part.name.to_string(), value?))).collect();
    (!object.is_empty()).then_some(Value::Object(object))
}

/// One canonical value. `name` is the name of the attribute in a refusal.
pub(crate) fn single(
    attribute: &Attribute,
    value: &Value,
    mode: Mode,
    name: &str,
) -> Result<Option<Value>, Rejection> {
    let value = alone(attribute, value);
    if is_nothing(value) {
        if attribute.not_null && mode == Mode::Patch {
            return Err(Rejection::value(format!("{name} can't be empty")));
        }
        return Ok(None);
    }
    let refuse =
        |expected: &str| Err(Rejection::value(format!("{name} must be {expected}, not {}", kind_of(value))));
    let value = match attribute.kind {
        Type::Complex => return Ok(assemble(parts(attribute, value, mode)?)),
        Type::Boolean => match truth(value) {
            Some(truth) => Value::Bool(truth),
            None => return refuse("true or false"),
        },
        // Both databases store signed integers of 64 bits.
        Type::Integer if value.is_i64() => value.clone(),
        Type::Integer => return refuse("a whole number"),
        Type::Decimal if value.is_number() => value.clone(),
        Type::Decimal => return refuse("a number"),
        Type::String | Type::Reference | Type::DateTime | Type::Binary => match value {
            Value::String(text) => {
                check_text(attribute, text, name)?;
                value.clone()
            }
            _ => return refuse("a text"),
        },
    };
    Ok(Some(value))
}

/// The single element of an array that was sent for a single-valued attribute; other values unchanged. Older versions
/// of Entra send `[{"$ref": null, "value": "x"}]`, also for simple attributes.
fn alone<'a>(attribute: &Attribute, value: &'a Value) -> &'a Value {
    let Value::Array(values) = value else { return value };
    let [one] = values.as_slice() else { return value };
    if attribute.multi_valued {
        return value;
    }
    match one {
        Value::Object(members)
            if !attribute.is_complex() && members.keys().all(|key| is_value_or_ref(key)) =>
        {
            member(members, "value").unwrap_or(one)
        }
        one => one,
    }
}

fn is_value_or_ref(key: &str) -> bool {
    key.eq_ignore_ascii_case("value") || key.eq_ignore_ascii_case("$ref")
}

fn check_text(attribute: &Attribute, text: &str, name: &str) -> Result<(), Rejection> {
    let refuse = |why: String| Err(Rejection::value(format!("{name} {why}")));
    // A text has at least as many bytes as characters, so short texts need not be counted.
    if text.len() > attribute.max_length && text.chars().count() > attribute.max_length {
        return refuse(format!("is longer than {} characters", attribute.max_length));
    }
    // PostgreSQL stores U+0000 neither in texts nor in JSON.
    if text.contains('\0') {
        return refuse("can't contain the character U+0000".into());
    }
    if attribute.required && text.trim().is_empty() {
        return refuse("is required and can't be blank".into());
    }
    match attribute.kind {
        Type::DateTime if Instant::parse(text).is_none() => {
            refuse("must be a date and time such as 2026-01-31T09:00:00Z".into())
        }
        Type::Binary
            if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=-_\r\n".contains(&byte)) =>
        {
            refuse("must be base64".into())
        }
        _ => Ok(()),
    }
}

/// Refuses more than one primary value, RFC 7643 §2.4.
pub(crate) fn check_primary<'a>(
    attribute: &Attribute,
    values: impl Iterator<Item = &'a Value>,
) -> Result<(), Rejection> {
    if values.filter(|value| is_primary(value)).nth(1).is_some() {
        return Err(Rejection::value(format!("only one of {} can be primary", attribute.name)));
    }
    Ok(())
}

/// Whether an element of a multi-valued attribute has `"primary": true` (RFC 7643 §2.4).
pub(crate) fn is_primary(value: &Value) -> bool {
    value.get("primary").and_then(Value::as_bool) == Some(true)
}

/// The refusal of more than [`MAX_VALUES`] values of one attribute.
pub(crate) fn too_many(attribute: &Attribute) -> Rejection {
    Rejection::value(format!("{} holds at most {MAX_VALUES} values", attribute.name))
}

/// A boolean, or one of the texts that Entra and others send for one: "True", "False", "true", "false".
fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::String(text) => match text.as_str() {
            "True" | "true" => Some(true),
            "False" | "false" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a value means no value: null and the empty array (RFC 7643 §2.5), the empty object, and the empty text, which
/// Okta sends for a cleared attribute.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(object) => object.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
