//! The answer to a request that is not refused: a status and a JSON document, or nothing.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use serde_json::Value;

use crate::http::problem::Problem;

/// The result of an endpoint.
pub(crate) type Outcome = Result<Answer, Problem>;

/// The answer to a request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub status: StatusCode,
    /// The document; `None`: no content.
    pub body: Option<Value>,
}

impl Answer {
    /// 200 with this document.
    pub fn ok(body: Value) -> Outcome {
        Ok(Self { status: StatusCode::OK, body: Some(body) })
    }

    /// 201 with this document. A secret in it is never returned again.
    pub fn created(body: Value) -> Outcome {
        Ok(Self { status: StatusCode::CREATED, body: Some(body) })
    }

    /// As [`Answer::created`], with one more member, such as a secret.
    pub fn created_with(mut body: Value, name: &str, value: impl Into<Value>) -> Outcome {
        if let Some(members) = body.as_object_mut() {
            members.insert(name.to_owned(), value.into());
        }
        Self::created(body)
    }

    /// 204 without content.
    pub fn nothing() -> Outcome {
        Ok(Self { status: StatusCode::NO_CONTENT, body: None })
    }

    /// The HTTP response, which no cache may store.
    pub fn respond(self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        match self.body {
            Some(body) => response.json(body),
            None => response.finish(),
        }
    }
}
