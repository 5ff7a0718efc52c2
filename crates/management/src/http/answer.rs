//! What a request is answered when it is not refused: a status and a JSON document, or nothing.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use serde_json::Value;

use crate::http::problem::Problem;

/// How every job ends.
pub(crate) type Outcome = Result<Answer, Problem>;

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub status: StatusCode,
    /// `None`: without content.
    pub body: Option<Value>,
}

impl Answer {
    /// 200.
    pub fn ok(body: Value) -> Outcome {
        Ok(Self { status: StatusCode::OK, body: Some(body) })
    }

    /// 201. A secret in it is shown here and never again.
    pub fn created(body: Value) -> Outcome {
        Ok(Self { status: StatusCode::CREATED, body: Some(body) })
    }

    /// 204.
    pub fn nothing() -> Outcome {
        Ok(Self { status: StatusCode::NO_CONTENT, body: None })
    }

    /// Goes out. Nothing of it is ever cached on the way.
    pub fn respond(self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        match self.body {
            Some(body) => response.json(body),
            None => response.finish(),
        }
    }
}
