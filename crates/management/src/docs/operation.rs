//! One operation on the page.

use serde_json::Value;

use super::{
    at, items, members,
    schema::{Kind, name_of},
    text,
};

/// One operation.
pub(super) struct View {
    pub id: String,
    pub tag: String,
    pub method: String,
    pub path: String,
    pub summary: String,
    /// Whether the operation needs no operator key.
    pub is_open: bool,
    pub parameters: Vec<Parameter>,
    /// Name of the body's schema.
    pub body: Option<String>,
    pub answers: Vec<Answer>,
    /// Statuses of refusals.
    pub refusals: String,
}

/// A parameter of the path, the query or a header.
pub(super) struct Parameter {
    pub name: String,
    pub place: String,
    pub required: bool,
    pub kind: Kind,
    pub description: String,
}

/// An answer that is no refusal.
pub(super) struct Answer {
    pub status: String,
    pub description: String,
    /// Name of its schema.
    pub schema: Option<String>,
}

impl View {
    pub fn of(path: &str, method: &str, described: &Value) -> Self {
        let (refusals, answers): (Vec<_>, Vec<_>) =
            members(&described["responses"]).partition(|(_, answer)| answer.get("$ref").is_some());
        let statuses: Vec<&str> = refusals.iter().map(|(status, _)| status.as_str()).collect();
        Self {
            id: text(&described["operationId"]),
            tag: text(at(described, "/tags/0")),
            method: method.to_uppercase(),
            path: path.to_owned(),
            summary: text(&described["summary"]),
            is_open: described["security"].is_array(),
            parameters: items(&described["parameters"]).map(Parameter::of).collect(),
            body: json_schema(&described["requestBody"]),
            answers: answers.into_iter().map(|(status, answer)| Answer::of(status, answer)).collect(),
            refusals: statuses.join(", "),
        }
    }
}

impl Parameter {
    fn of(parameter: &Value) -> Self {
        Self {
            name: text(&parameter["name"]),
            place: text(&parameter["in"]),
            required: parameter["required"] == true,
            kind: Kind::of(&parameter["schema"]),
            description: text(&parameter["description"]),
        }
    }
}

impl Answer {
    fn of(status: &str, answer: &Value) -> Self {
        Self {
            status: status.to_owned(),
            description: text(&answer["description"]),
            schema: json_schema(answer),
        }
    }
}

/// Name of the schema of a JSON body.
fn json_schema(described: &Value) -> Option<String> {
    name_of(at(described, "/content/application~1json/schema"))
}
