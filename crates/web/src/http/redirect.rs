//! Redirects: 303 responses that no cache stores and that pass no `Referer` on, because their URLs may contain codes and tickets.

use actix_web::{HttpResponse, HttpResponseBuilder, http::header};

/// Starts a 303 response to a URL. Cookies may be added.
pub fn see_other(url: &str) -> HttpResponseBuilder {
    let mut response = HttpResponse::SeeOther();
    response
        .insert_header((header::LOCATION, url))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"));
    response
}
