//! Identity and time of a request, and the cause that handlers record in events.

use actix_web::{HttpMessage, HttpRequest};
use tracing_actix_web::RequestId;
use vestibule_core::time::Micros;
use vestibule_store::trail::events::Cause;

/// The time at which a request arrived, set by the first middleware.
#[derive(Clone, Copy)]
pub struct Arrived(pub Micros);

/// The id of the request, as in log lines and in `X-Request-Id`.
pub fn id(req: &HttpRequest) -> String {
    req.extensions().get::<RequestId>().map(ToString::to_string).unwrap_or_default()
}

/// The time at which the request arrived.
pub fn accepted_at(req: &HttpRequest) -> Option<Micros> {
    req.extensions().get::<Arrived>().map(|Arrived(at)| *at)
}

/// The cause for events of this request, done by `actor`.
pub fn cause(req: &HttpRequest, actor: impl Into<String>) -> Cause {
    let mut cause = Cause::new(actor, id(req));
    cause.accepted_at = accepted_at(req);
    cause
}
