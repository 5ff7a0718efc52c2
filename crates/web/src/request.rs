//! Who asks, in which request: the cause of what a handler does.

use actix_web::{HttpMessage, HttpRequest};
use tracing_actix_web::RequestId;
use vestibule_store::events::Cause;

/// The request's id, as in its log lines and its `X-Request-Id`.
pub fn id(req: &HttpRequest) -> String {
    req.extensions().get::<RequestId>().map(ToString::to_string).unwrap_or_default()
}

/// The cause of what this request does, on behalf of `actor`.
pub fn cause(req: &HttpRequest, actor: impl Into<String>) -> Cause {
    Cause { actor: actor.into(), request_id: id(req) }
}
