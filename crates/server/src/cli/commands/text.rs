//! A command's result as text for people: `name  value` lines; a list has one block per entry.

use serde_json::Value;

/// The text of a result.
pub(crate) fn of(output: &Value) -> String {
    match output {
        Value::Array(entries) if entries.is_empty() => "none\n".to_owned(),
        Value::Array(entries) => entries.iter().map(of).collect::<Vec<_>>().join("\n"),
        Value::Object(members) => {
            let width = members.keys().map(String::len).max().unwrap_or_default();
            members.iter().map(|(name, value)| line(name, value, width)).collect()
        }
        other => format!("{}\n", one(other)),
    }
}

/// A line `name  value`. A list of objects is below its name, with one indented block per entry.
fn line(name: &str, value: &Value, width: usize) -> String {
    let blocks = value.as_array().filter(|entries| entries.iter().any(Value::is_object));
    let Some(entries) = blocks else { return format!("{name:width$}  {}\n", one(value)) };
    let within = |entry: &Value| of(entry).lines().map(|line| format!("    {line}\n")).collect::<String>();
    format!("{name}\n{}", entries.iter().map(within).collect::<Vec<_>>().join("\n"))
}

fn one(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "-".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Array(values) => values.iter().map(one).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn people_read_lines() {
        let text = super::of(&json!([{ "id": "a", "roles": ["x", "y"], "active": true }, { "id": "b" }]));
        assert_eq!(text, "id      a\nroles   x, y\nactive  yes\n\nid  b\n");
        let text =
            super::of(&json!({ "well": false, "findings": [{ "id": "a" }, { "id": "b", "at": null }] }));
        assert_eq!(text, "well      no\nfindings\n    id  a\n\n    id  b\n    at  -\n");
    }
}
