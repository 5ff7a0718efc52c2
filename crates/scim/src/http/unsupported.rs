//! Responses to paths and methods under the SCIM base URL that no endpoint takes.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderValue},
    web,
};
use vestibule_web::{State, http::request, observe::inspect};

use crate::http::error::ScimError;

/// `404` for a path under the SCIM base URL that is no endpoint.
pub async fn unknown_path(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let detail = format!("{} is no SCIM endpoint; see /ResourceTypes", req.path());
    tracing::debug!(request_id = request::id(&req), "scim.unknown_path");
    inspect::of(&req).claims_path(&req);
    inspect::of(&req).refused("unknown_path", detail.clone());
    ScimError::NotFound(detail).respond(&state)
}

/// `405` for a method that an endpoint does not take; `allow` lists those it takes (RFC 9110 §15.5.6).
pub async fn unknown_method(state: web::Data<State>, allow: String) -> HttpResponse {
    let mut response = ScimError::MethodNotAllowed.respond(&state);
    if let Ok(allow) = HeaderValue::try_from(allow) {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response
}
