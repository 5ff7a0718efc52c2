//! One value brought to what its attribute says: type checked, names canonical, nothing meant by null kept as null.
//! The forgiveness of the house lives here and nowhere else: "False" for a boolean, a bare text for a role, one
//! object for an array of one. What doesn't fit is refused by the name of the attribute.

use serde_json::{Map, Value};

use super::{app_role, distinct::retain_distinct};
use crate::{
    error::{Rejection, quote},
    filter::Instant,
    json::member,
    schema::{Attribute, Type},
};

/// The most values one attribute of a user may grow to. Members of groups are rows, and not counted here.
pub const MAX_VALUES: usize = 200;
/// The most values one attribute may have at all: older versions stored so many, and a client may send them back.
pub const MOST_STORED: usize = 1000;

/// Where a value comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// POST and PUT: unknown parts are ignored, null is no value.
    Document,
    /// PATCH: unknown parts are refused, and so is null for what must keep a value.
    Patch,
}

/// The canonical value of a whole attribute, or none when it is empty (RFC 7643 §2.5).
pub fn attribute(attribute: &Attribute, value: &Value, mode: Mode) -> Result<Option<Value>, Rejection> {
    if attribute.multi_valued {
        let values = elements(attribute, value, mode)?;
        return Ok((!values.is_empty()).then_some(Value::Array(values)));
    }
    single(attribute, value, mode, &attribute.name)
}

/// The canonical values of a multi-valued attribute: from an array, or from one value that forgot the brackets.
pub fn elements(attribute: &Attribute, value: &Value, mode: Mode) -> Result<Vec<Value>, Rejection> {
    let values = match value {
        Value::Array(values) => values.as_slice(),
        value => std::slice::from_ref(value),
    };
    let values = app_role::read_all(attribute, values);
    if values.len() > MOST_STORED {
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

/// One canonical value of a multi-valued attribute. One whose `value` is sent empty is none.
pub fn element(attribute: &Attribute, value: &Value, mode: Mode) -> Result<Option<Value>, Rejection> {
    if attribute.is_complex() && !is_nothing(value) {
        let read = app_role::read_all(attribute, std::slice::from_ref(value));
        let value = match read.as_ref() {
            [one] => one,
            _ => value,
        };
        let parts = parts(attribute, value, mode)?;
        let emptied = parts.iter().any(|(part, value)| part.name == "value" && value.is_none());
        return Ok(if emptied { None } else { assemble(parts) });
    }
    single(attribute, value, mode, &attribute.name)
}

/// The canonical value of one part of a complex value.
pub fn part(attribute: &Attribute, part: &Attribute, value: &Value) -> Result<Option<Value>, Rejection> {
    let name = format!("{}.{}", attribute.name, part.name);
    match app_role::read_value(attribute, part, value) {
        Some(value) => single(part, &value, Mode::Patch, &name),
        None => single(part, value, Mode::Patch, &name),
    }
}

/// The parts of a complex value that were sent, each with its canonical value or none when it was sent empty.
pub fn parts<'a>(attribute: &'a Attribute, value: &Value, mode: Mode) -> Result<Parts<'a>, Rejection> {
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
        if parts.iter().any(|(known, _)| known.name == part.name) {
            return Err(Rejection::syntax(format!("{name}.{} is there more than once", part.name)));
        }
        parts.push((part, single(part, value, mode, &format!("{name}.{}", part.name))?));
    }
    Ok(parts)
}

/// Parts of a complex value: which, and with what value.
pub type Parts<'a> = Vec<(&'a Attribute, Option<Value>)>;

fn assemble(parts: Parts<'_>) -> Option<Value> {
    let object: Map<_, _> =
        parts.into_iter().filter_map(|(part, value)| Some((part.name.to_string(), value?))).collect();
    (!object.is_empty()).then_some(Value::Object(object))
}

/// One canonical value. `name` is what the refusal calls it.
pub fn single(
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
        |wanted: &str| Err(Rejection::value(format!("{name} must be {wanted}, not {}", kind_of(value))));
    let value = match attribute.kind {
        Type::Complex => return Ok(assemble(parts(attribute, value, mode)?)),
        Type::Boolean => match truth(value) {
            Some(truth) => Value::Bool(truth),
            None => return refuse("true or false"),
        },
        // Both databases hold whole numbers of 64 bits with a sign.
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

/// The value itself, when an attribute with one value is sent as an array of one. Entra's older form of that is
/// `[{"$ref": null, "value": "x"}]`, for simple attributes too.
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
    // Bytes are never fewer than characters, so most texts needn't be counted.
    if text.len() > attribute.max_length && text.chars().count() > attribute.max_length {
        return refuse(format!("is longer than {} characters", attribute.max_length));
    }
    // PostgreSQL stores it neither as text nor in JSON.
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

/// Refuses two primary values, RFC 7643 §2.4.
pub fn check_primary<'a>(
    attribute: &Attribute,
    values: impl Iterator<Item = &'a Value>,
) -> Result<(), Rejection> {
    if values.filter(|value| is_primary(value)).nth(1).is_some() {
        return Err(Rejection::value(format!("only one of {} can be primary", attribute.name)));
    }
    Ok(())
}

/// Whether an element of a multi-valued attribute has `"primary": true` (RFC 7643 §2.4).
pub fn is_primary(value: &Value) -> bool {
    value.get("primary").and_then(Value::as_bool) == Some(true)
}

/// The refusal of more than [`MAX_VALUES`] values of one attribute.
pub fn too_many(attribute: &Attribute) -> Rejection {
    Rejection::value(format!("{} holds at most {MAX_VALUES} values", attribute.name))
}

/// Exactly what clients are known to send for a boolean: Entra's "True" and "False", and their lower case.
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

/// RFC 7643 §2.5: null and the empty array are no value. Okta pushes an emptied attribute as an empty text.
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
