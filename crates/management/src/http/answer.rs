//! The answer to a request that is not refused: a status and a JSON document, or nothing.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use serde::Serialize;
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
    pub fn ok(body: impl Serialize) -> Outcome {
        Self::with(StatusCode::OK, body)
    }

    /// 201 with this document. A secret in it is never returned again.
    pub fn created(body: impl Serialize) -> Outcome {
        Self::with(StatusCode::CREATED, body)
    }

    fn with(status: StatusCode, body: impl Serialize) -> Outcome {
        let body = serde_json::to_value(body).map_err(|error| Problem::Internal(error.to_string()))?;
        Ok(Self { status, body: Some(body) })
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
