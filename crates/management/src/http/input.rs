//! Strict reading of bodies: an unknown member, or one of the wrong type, is refused, and the refusal names it.

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;
use vestibule_web::http::input::BodyError;

use crate::http::{endpoint::Caller, problem::Problem};

const JSON: &str = "application/json";

impl Caller<'_> {
    /// The body, as the type that this endpoint takes.
    ///
    /// # Errors
    /// 413, 415, 400 when it is no JSON, 422 when it is not of this type.
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let bytes = self.call.body.as_ref().map_err(|error| Problem::from(error.clone()))?;
        if self.call.media_type.as_deref() != Some(JSON) {
            return Err(BodyError::ContentType(JSON).into());
        }
        let malformed = |error: serde_json::Error| {
            Problem::from(BodyError::Malformed(format!("the body is no JSON: {error}")))
        };
        let value: Value = serde_json::from_slice(bytes).map_err(malformed)?;
        if !value.is_object() {
            return Err(Problem::field("body", "must be an object"));
        }
        if holds_nul(&value) {
            return Err(Problem::field("body", "must not contain NUL"));
        }
        // Read from the text, because a parsed value hides repeated members.
        serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_slice(bytes)).map_err(refused)
    }

    /// Refuses a body that is not empty.
    ///
    /// # Errors
    /// As [`Caller::body`].
    pub fn no_body(&self) -> Result<(), Problem> {
        if matches!(&self.call.body, Ok(bytes) if bytes.is_empty()) {
            return Ok(());
        }
        self.body::<Nothing>().map(|Nothing {}| ())
    }
}

/// A body without members.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// The field and the sentence of a refusal.
fn refused(error: serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let message = error.inner().to_string();
    // Without "at line 1 column 2".
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(start, _)| start);
    let named = |start: &str| message.strip_prefix(start)?.split_once('`').map(|(name, _)| name.to_owned());
    if let Some(name) = named("unknown field `") {
        return Problem::field(&name, "is no member here");
    }
    if let Some(name) = named("missing field `") {
        return Problem::field(&name, "is missing");
    }
    if let Some(name) = named("duplicate field `") {
        return Problem::field(&name, "is repeated");
    }
    let path = error.path().to_string();
    Problem::field(if path == "." { "body" } else { &path }, message)
}

fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(holds_nul),
        Value::Object(members) => members.iter().any(|(name, value)| name.contains('\0') || holds_nul(value)),
        _ => false,
    }
}

/// Reads a member that may be null: `Some(None)` for null. The default for an absent member is `None`.
pub(crate) fn present<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

/// A whole number within bounds.
///
/// # Errors
/// 422.
pub(crate) fn within(field: &str, number: i64, least: i64, most: i64) -> Result<i64, Problem> {
    if (least..=most).contains(&number) {
        return Ok(number);
    }
    Err(Problem::field(field, format!("must be a whole number from {least} to {most}")))
}
