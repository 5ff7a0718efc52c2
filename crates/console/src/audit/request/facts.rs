//! Notes of a request, and its changes, as named values. Pure.

use serde_json::{Map, Value};

/// A named value.
pub(super) struct Fact {
    pub name: String,
    pub text: String,
    /// Whether the text has several lines.
    pub long: bool,
}

/// The changes of one object.
pub(super) struct Change {
    pub what: String,
    /// Name, before, after.
    pub attributes: Vec<(String, String, String)>,
    pub others: Vec<Fact>,
}

/// What was understood of the request.
pub(super) fn facts(members: &Map<String, Value>) -> Vec<Fact> {
    members.iter().map(|(name, value)| fact(name, value)).collect()
}

fn fact(name: &str, value: &Value) -> Fact {
    let text = words(value);
    Fact { name: name.replace('_', " "), long: text.contains('\n'), text }
}

/// A value in words: texts as they are, objects as JSON of several lines.
fn words(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Array(values) if values.iter().all(Value::is_string) => {
            values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    }
}

/// What changed.
pub(super) fn changes(changes: &[Value]) -> Vec<Change> {
    changes.iter().map(change).collect()
}

fn change(change: &Value) -> Change {
    let Some(members) = change.as_object() else {
        return Change { what: words(change), attributes: Vec::new(), others: Vec::new() };
    };
    let mut found = Change { what: String::new(), attributes: Vec::new(), others: Vec::new() };
    for (name, value) in members {
        match (name.as_str(), value) {
            ("changed" | "created" | "deleted", Value::String(what)) => found.what = format!("{name} {what}"),
            ("attributes", Value::Object(attributes)) => {
                for (name, value) in attributes {
                    match (value.get("before"), value.get("after")) {
                        (Some(before), Some(after)) => {
                            found.attributes.push((name.clone(), words(before), words(after)));
                        }
                        _ => found.others.push(fact(name, value)),
                    }
                }
            }
            _ => found.others.push(fact(name, value)),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn changes_are_listed_by_attribute() {
        let found = changes(&[
            json!({ "changed": "Users/1", "attributes": {
                "active": { "before": true, "after": false }, "members": { "added": 2 } } }),
            json!("(cut)"),
            json!({ "given": { "scope": "x" } }),
        ]);
        assert_eq!(found[0].what, "changed Users/1");
        assert_eq!(found[0].attributes, [("active".to_owned(), "yes".to_owned(), "no".to_owned())]);
        assert!(found[0].others[0].long);
        assert_eq!(found[1].what, "(cut)");
        assert_eq!(found[2].others[0].name, "given");
    }
}
