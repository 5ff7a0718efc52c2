//! Responses to unknown paths and methods.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
    web,
};
use serde_json::json;
use vestibule_web::{State, http::request, pages::Refused};

/// Responds 404: JSON under the paths of an API, a page elsewhere.
pub(crate) async fn path(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    refuse(&req, &state, StatusCode::NOT_FOUND, "not_found", "There is nothing at this address")
}

/// Responds 405; `allow` lists the methods of the route (RFC 9110 §15.5.6).
pub(crate) async fn method(req: HttpRequest, state: web::Data<State>, allow: String) -> HttpResponse {
    let (status, words) = (StatusCode::METHOD_NOT_ALLOWED, "This address does not accept this method");
    let mut response = refuse(&req, &state, status, "method_not_allowed", words);
    if let Ok(allow) = HeaderValue::try_from(allow) {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response
}

fn refuse(req: &HttpRequest, state: &State, status: StatusCode, error: &str, words: &str) -> HttpResponse {
    if is_api(req.path()) {
        return HttpResponse::build(status).json(json!({ "error": error, "error_description": words }));
    }
    Refused::new(status, words, "The address may be mistyped, or the page has moved.")
        .advise("Start from your app or from the dashboard of your identity provider.")
        .refer(request::id(req))
        .page(state)
}

/// Whether the path is part of an API, so that its errors are JSON.
pub(crate) fn is_api(path: &str) -> bool {
    ["/api", "/oauth", "/.well-known"]
        .iter()
        .any(|prefix| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}
