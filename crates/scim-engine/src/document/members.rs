//! Reads the ids of group members from an array, one object, or bare texts. Must stay linear: a group may have a
//! hundred thousand members.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::error::Rejection;

/// The longest id of a member, in characters. Ids of Vestibule are shorter.
const MAX_ID: usize = 256;

/// The ids of the members, in order, each once.
pub(crate) fn ids(members: &Value) -> Result<Vec<String>, Rejection> {
    let members = match members {
        Value::Null => return Ok(Vec::new()),
        Value::Array(members) => members.as_slice(),
        member => std::slice::from_ref(member),
    };
    let mut seen = HashSet::with_capacity(members.len());
    let mut ids = Vec::with_capacity(members.len());
    for member in members {
        let id = id(member)?;
        if seen.insert(id) {
            ids.push(id.to_owned());
        }
    }
    Ok(ids)
}

fn id(member: &Value) -> Result<&str, Rejection> {
    let id = match member {
        Value::String(id) => id,
        Value::Object(member) => {
            // RFC 7643 §4.2 allows groups as members. `type` is optional, and Okta never sends it.
            if get(member, "type")
                .and_then(Value::as_str)
                .is_some_and(|kind| kind.eq_ignore_ascii_case("Group"))
            {
                return Err(Rejection::value(
                    "members can only be users: groups inside groups aren't supported, push each group on its own",
                ));
            }
            match get(member, "value") {
                Some(Value::String(id)) => id,
                _ => {
                    return Err(Rejection::value("each member needs a 'value', the id of a user, as a text"));
                }
            }
        }
        _ => {
            return Err(Rejection::value(
                "members must be an array of objects with a 'value', the id of a user",
            ));
        }
    };
    check_id(id)?;
    Ok(id)
}

/// Refuses a text that cannot be an id.
fn check_id(id: &str) -> Result<(), Rejection> {
    if id.trim().is_empty() || id.contains('\0') || id.chars().nth(MAX_ID).is_some() {
        return Err(Rejection::value("the 'value' of a member must be the id of a user"));
    }
    Ok(())
}

/// The member of an object, by its exact name first because that is the common case.
fn get<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object
        .get(name)
        .or_else(|| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}
