//! Who asks, in which request: the cause of what a handler does.

use actix_web::{HttpMessage, HttpRequest};
use tracing_actix_web::RequestId;
use vestibule_core::time::Micros;
use vestibule_store::trail::events::Cause;

/// When a request came in, noted at the door.
#[derive(Clone, Copy)]
pub struct Arrived(pub Micros);

/// The request's id, as in its log lines and its `X-Request-Id`.
pub fn id(req: &HttpRequest) -> String {
    req.extensions().get::<RequestId>().map(ToString::to_string).unwrap_or_default()
}

/// When the request came in.
pub fn accepted_at(req: &HttpRequest) -> Option<Micros> {
    req.extensions().get::<Arrived>().map(|Arrived(at)| *at)
}

/// The cause of what this request does, on behalf of `actor`.
pub fn cause(req: &HttpRequest, actor: impl Into<String>) -> Cause {
    let mut cause = Cause::new(actor, id(req));
    cause.accepted_at = accepted_at(req);
    cause
}
