//! One schema on the page.

use serde_json::Value;

use super::{items, members, text};

/// Constraints that are copied from the schema unchanged.
const CONSTRAINTS: [(&str, &str); 8] = [
    ("minimum", "at least"),
    ("maximum", "at most"),
    ("minLength", "characters at least"),
    ("maxLength", "characters at most"),
    ("minItems", "items at least"),
    ("maxItems", "items at most"),
    ("pattern", "pattern"),
    ("default", "default"),
];

/// One schema.
pub(super) struct View {
    pub name: String,
    pub description: String,
    /// Names of the schemas that it includes with their members (`allOf`).
    pub includes: Vec<String>,
    pub members: Vec<Member>,
    /// Whether a member that is not listed is refused.
    pub is_closed: bool,
}

/// One member of an object.
pub(super) struct Member {
    /// Name of the member; before that of a nested member, the name of its object and a dot.
    pub name: String,
    pub required: bool,
    pub kind: Kind,
    pub description: String,
}

/// Type of a value, with its constraints.
pub(super) struct Kind {
    /// The type in words, without the name of a schema.
    pub words: String,
    /// Name of the schema, if it has one.
    pub schema: Option<String>,
    pub constraints: String,
}

impl View {
    pub fn of(name: &str, schema: &Value) -> Self {
        let mut view = Self {
            name: name.to_owned(),
            description: text(&schema["description"]),
            includes: Vec::new(),
            members: Vec::new(),
            is_closed: schema["additionalProperties"] == false,
        };
        view.add("", schema);
        for part in items(&schema["allOf"]) {
            match name_of(part) {
                Some(name) => view.includes.push(name),
                None => view.add("", part),
            }
        }
        view
    }

    /// Adds the members of an object, and those of objects in it that have no name.
    fn add(&mut self, prefix: &str, object: &Value) {
        for (name, schema) in members(&object["properties"]) {
            let required = items(&object["required"]).any(|required| required == name);
            let (kind, description) = (Kind::of(schema), text(&schema["description"]));
            let name = format!("{prefix}{name}");
            self.members.push(Member { name: name.clone(), required, kind, description });
            for nested in [schema].into_iter().chain(items(&schema["oneOf"])) {
                self.add(&format!("{name}."), nested);
                self.add(&format!("{name}[]."), &nested["items"]);
            }
        }
    }
}

impl Kind {
    pub fn of(schema: &Value) -> Self {
        let (inner, is_list) = match schema.get("items") {
            Some(items) => (items, true),
            None => (schema, false),
        };
        let mut words: Vec<String> = match &schema["type"] {
            Value::String(kind) => vec![kind.clone()],
            Value::Array(kinds) => kinds.iter().map(text).collect(),
            _ => items(&schema["oneOf"]).map(|one| text(&one["type"])).collect(),
        };
        words.retain(|word| !word.is_empty());
        let mut words = words.join(" or ");
        if is_list && name_of(inner).is_none() {
            words = format!("{words} of {}", text(&inner["type"]));
        }
        let constraints = constraints(schema).chain(constraints(inner).filter(|_| is_list));
        let constraints = constraints.collect::<Vec<_>>().join("; ");
        Self { words, schema: name_of(inner), constraints }
    }
}

fn constraints(schema: &Value) -> impl Iterator<Item = String> {
    let format = schema["format"].as_str().map(str::to_owned);
    let values: Vec<String> = items(&schema["enum"]).map(Value::to_string).collect();
    let values = (!values.is_empty()).then(|| format!("one of {}", values.join(", ")));
    let rest = CONSTRAINTS
        .iter()
        .filter_map(|(name, words)| schema.get(*name).map(|value| format!("{words} {value}")));
    format.into_iter().chain(values).chain(rest)
}

/// Name of the schema that a reference leads to.
pub(super) fn name_of(schema: &Value) -> Option<String> {
    schema["$ref"].as_str()?.rsplit('/').next().map(str::to_owned)
}
