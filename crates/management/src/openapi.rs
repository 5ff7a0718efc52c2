//! The OpenAPI 3.1 document of this API: served to anybody, checked in as docs/openapi.json.

mod parameters;
mod schemas;

use actix_web::{HttpResponse, http::Method};
use parameters::parameter;
use serde_json::{Map, Value, json};

use crate::operations::{Operation, operations};

/// `GET /api/v1/openapi.json`
pub async fn get() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(text())
}

/// The document as it is served and checked in.
pub fn text() -> String {
    format!("{:#}\n", document())
}

fn address(operation: &Operation) -> String {
    format!("/api/v1{}", operation.path)
}

fn document() -> Value {
    let mut paths = Map::new();
    for operation in &operations() {
        let path = paths.entry(address(operation)).or_insert_with(|| json!({}));
        if let Some(methods) = path.as_object_mut() {
            methods.insert(operation.method.as_str().to_lowercase(), described(operation));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Vestibule management API",
            "version": "1",
            "description": "For the operator's machines. Conventions are in docs/management.md.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "security": [{ "operator_key": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "operator_key": {
                    "type": "http", "scheme": "bearer",
                    "description": "An operator key: vestibule operator-key create",
                },
            },
            "schemas": schemas::all(),
            "responses": {
                "Problem": {
                    "description": "A refusal (RFC 9457). Nothing was changed.",
                    "content": { "application/problem+json": { "schema": schemas::named("Problem") } },
                },
            },
        },
    })
}

fn described(operation: &Operation) -> Value {
    let names = operation.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let mut parameters: Vec<Value> = names.map(parameter).collect();
    parameters.extend(operation.query.iter().map(|name| in_query(parameter(name))));
    if operation.method == Method::POST {
        parameters.push(parameter("Idempotency-Key"));
    }
    let mut answers = Map::new();
    for (status, schema) in operation.answers {
        answers.insert((*status).to_owned(), answer(status, *schema));
    }
    for status in refusals(operation) {
        answers.insert(status.to_owned(), json!({ "$ref": "#/components/responses/Problem" }));
    }
    let mut described = json!({
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "parameters": parameters,
        "responses": answers,
    });
    if let Some(members) = described.as_object_mut() {
        if let Some(schema) = operation.body {
            let body = json!({
                "required": true, "content": { "application/json": { "schema": schemas::named(schema) } },
            });
            members.insert("requestBody".to_owned(), body);
        }
        if operation.is_open {
            members.insert("security".to_owned(), json!([]));
        }
    }
    described
}

/// An id that narrows a list stands in the query, and may be left out.
fn in_query(mut parameter: Value) -> Value {
    if let Some(members) = parameter.as_object_mut()
        && members.get("in").is_some_and(|place| place == "path")
    {
        members.insert("in".to_owned(), "query".into());
        members.insert("required".to_owned(), false.into());
        members.insert("description".to_owned(), "Only those of this one".into());
    }
    parameter
}

fn answer(status: &str, schema: Option<&str>) -> Value {
    let words = match status {
        "201" => "Made",
        "204" => "Done",
        _ => "As asked",
    };
    match schema {
        Some(name) => json!({
            "description": words, "content": { "application/json": { "schema": schemas::named(name) } },
        }),
        None => json!({ "description": words }),
    }
}

/// Every way an operation may refuse.
fn refusals(operation: &Operation) -> Vec<&'static str> {
    if operation.is_open {
        return Vec::new();
    }
    let mut statuses = vec!["400", "401", "403"];
    statuses.extend(operation.path.contains('{').then_some("404"));
    statuses.extend((operation.method != Method::GET).then_some(["409", "413", "415"]).into_iter().flatten());
    statuses.extend(["422", "429", "500", "503"]);
    statuses
}
