//! `GET /`: leads to the first page of the person who asks.

use actix_web::HttpRequest;
use vestibule_web::http::session;

use crate::layout::{error::PageResult, request::PageRequest};

/// Redirects administrators and auditors to their first page, other people to their account, and everybody else to sign-in.
pub async fn get(req: HttpRequest, request: PageRequest) -> PageResult {
    let found = session::find(request.state(), &req).await.map_err(|error| request.failed(&error))?;
    Ok(request.redirect(match found {
        Some(signed_in) if signed_in.is_reader() => "/overview",
        Some(_) => "/account",
        None => "/auth",
    }))
}
