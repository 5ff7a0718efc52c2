//! Answers to unknown paths and unknown methods.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_web::State;

use crate::http::problem::Problem;

/// Answers 404.
pub async fn unknown_path(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    Problem::NotFound.answer(&req, &state)
}

/// Answers 405; `allow` lists the methods of the path (RFC 9110 §15.5.6).
pub async fn unknown_method(req: HttpRequest, state: web::Data<State>, allow: String) -> HttpResponse {
    Problem::Method(allow).answer(&req, &state)
}
