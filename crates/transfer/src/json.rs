//! Reads JSON: lines of a JSON Lines file, documents that are one value, and members of objects.

use serde_json::{Map, Value};

use crate::{
    MOST_ROW_BYTES, MOST_VALUES,
    csv::text_of,
    record::{BadFile, BadRow},
};

/// A JSON object, and the number of its line.
pub(crate) type Object = (usize, Map<String, Value>);

/// The objects of a JSON Lines file, one for each line that is not blank.
pub(crate) fn lines(bytes: &[u8]) -> Result<impl Iterator<Item = Result<Object, BadRow>>, BadFile> {
    let lines = text_of(bytes)?.split(|byte| *byte == b'\n').enumerate();
    Ok(lines.filter(|(_, line)| !line.iter().all(u8::is_ascii_whitespace)).map(|(place, line)| {
        let number = place + 1;
        object(line).map(|object| (number, object)).map_err(|sentence| BadRow { line: number, sentence })
    }))
}

/// The objects of a file: JSON Lines, or one array. In an array, an element's line is its number.
pub(crate) fn objects(bytes: &[u8]) -> Result<Vec<Result<Object, BadRow>>, BadFile> {
    let text = text_of(bytes)?;
    let first = text.iter().find(|byte| !byte.is_ascii_whitespace());
    if first != Some(&b'[') {
        return Ok(lines(bytes)?.collect());
    }
    let values: Vec<Value> = serde_json::from_slice(text).map_err(|error| BadFile(broken(&error)))?;
    let element = |(place, value)| match value {
        Value::Object(object) => Ok((place + 1, object)),
        _ => Err(BadRow { line: place + 1, sentence: "the element is no JSON object".to_owned() }),
    };
    Ok(values.into_iter().enumerate().map(element).collect())
}

/// The whole file as one object.
pub(crate) fn document(bytes: &[u8]) -> Result<Map<String, Value>, BadFile> {
    serde_json::from_slice(text_of(bytes)?).map_err(|error| BadFile(broken(&error)))
}

fn broken(error: &serde_json::Error) -> String {
    format!("the file is no JSON document of the expected form: {error}")
}

fn object(line: &[u8]) -> Result<Map<String, Value>, String> {
    if line.len() > MOST_ROW_BYTES {
        return Err(format!("the line has more than {MOST_ROW_BYTES} bytes"));
    }
    let text = std::str::from_utf8(line).map_err(|_| "the line is not UTF-8".to_owned())?;
    serde_json::from_str(text).map_err(|error| format!("the line is no JSON object: {error}"))
}

/// Reads members of an object. Each refusal names the member.
#[derive(Clone, Copy)]
pub(crate) struct Members<'a>(pub(crate) &'a Map<String, Value>);

impl<'a> Members<'a> {
    pub(crate) fn get(self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// A text, trimmed; an empty one counts as absent.
    pub(crate) fn text(self, name: &str) -> Result<Option<String>, String> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.contains('\0') => {
                Err(format!("{name} has a NUL character; remove it"))
            }
            Some(Value::String(text)) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
            Some(_) => Err(format!("{name} must be a text")),
        }
    }

    /// A text that must be there.
    pub(crate) fn needed(self, name: &str) -> Result<String, String> {
        self.text(name)?.ok_or_else(|| format!("{name} is missing"))
    }

    pub(crate) fn truth(self, name: &str) -> Result<Option<bool>, String> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Bool(truth)) => Ok(Some(*truth)),
            Some(_) => Err(format!("{name} must be true or false")),
        }
    }

    pub(crate) fn object(self, name: &str) -> Result<Option<Members<'a>>, String> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Object(object)) => Ok(Some(Members(object))),
            Some(_) => Err(format!("{name} must be an object")),
        }
    }

    /// The elements of an array; none if it is absent.
    pub(crate) fn list(self, name: &str) -> Result<&'a [Value], String> {
        match self.get(name) {
            None => Ok(&[]),
            Some(Value::Array(values)) if values.len() > MOST_VALUES => {
                Err(format!("{name} has more than {MOST_VALUES} values"))
            }
            Some(Value::Array(values)) => Ok(values),
            Some(_) => Err(format!("{name} must be an array")),
        }
    }

    /// The texts of an array. An element that is an object has its text in one of these members.
    pub(crate) fn texts(self, name: &str, within: &[&str]) -> Result<Vec<String>, String> {
        let text = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Object(object) => {
                within.iter().find_map(|member| object.get(*member)?.as_str()).map(str::to_owned)
            }
            _ => None,
        };
        let read = |value: &Value| {
            let text = text(value).ok_or_else(|| format!("{name} must be texts"))?;
            let text = text.trim();
            if text.is_empty() || text.contains('\0') {
                return Err(format!("{name} has an empty text or a NUL character"));
            }
            Ok(text.to_owned())
        };
        self.list(name)?.iter().map(read).collect()
    }
}
