//! A page with the operations and schemas of this API, rendered on the server from the OpenAPI document. Needs no script and no
//! other host.

mod operation;
mod schema;

use std::{collections::BTreeMap, sync::LazyLock};

use actix_web::{HttpResponse, http::StatusCode, web};
use askama::Template;
use serde_json::Value;
use vestibule_web::{
    State,
    pages::{self, Frame, Layout},
};

use crate::openapi::document;

static PAGE: LazyLock<Docs> =
    LazyLock::new(|| Docs::of(&serde_json::to_value(document()).unwrap_or_default()));

/// The page's content.
#[derive(Template)]
#[template(path = "docs.html")]
struct Docs {
    groups: Vec<Group>,
    schemas: Vec<schema::View>,
}

/// Operations of one tag.
struct Group {
    tag: String,
    operations: Vec<operation::View>,
}

/// `GET /api/v1/docs`
pub async fn get(state: web::Data<State>) -> HttpResponse {
    let frame = Frame { layout: Layout::Wide, ..Frame::default() };
    pages::render(&state, StatusCode::OK, "Management API", &frame, &*PAGE)
}

impl Docs {
    fn of(document: &Value) -> Self {
        let mut groups: BTreeMap<String, Vec<operation::View>> = BTreeMap::new();
        for (path, methods) in members(&document["paths"]) {
            for (method, described) in members(methods) {
                let view = operation::View::of(path, method, described);
                groups.entry(view.tag.clone()).or_default().push(view);
            }
        }
        Self {
            groups: groups.into_iter().map(|(tag, operations)| Group { tag, operations }).collect(),
            schemas: members(at(document, "/components/schemas"))
                .map(|(name, described)| schema::View::of(name, described))
                .collect(),
        }
    }
}

/// The value that a JSON pointer leads to; null if there is none.
fn at<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}

/// Members of an object; none of anything else.
fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// Items of an array; none of anything else.
fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The text of a value; empty if the value is no text.
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
