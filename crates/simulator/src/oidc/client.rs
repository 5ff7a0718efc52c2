//! Who calls the token endpoint: `client_secret_basic` or `client_secret_post`, RFC 6749 §2.3.1.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, http::header::AUTHORIZATION};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;

use crate::{directory::App, org::Org};

/// The app whose id and secret were given, or what to tell whoever has none.
pub(super) fn authenticate(
    org: &Org,
    http: &HttpRequest,
    form: &HashMap<String, String>,
) -> Result<App, &'static str> {
    let header = http.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (id, secret) = header
        .and_then(basic)
        .or_else(|| Some((form.get("client_id")?.clone(), form.get("client_secret")?.clone())))
        .ok_or("Client authentication failed. Either the client or the client credentials are missing.")?;
    org.app(&id)
        .filter(|state| state.app.client_secret == secret)
        .map(|state| state.app.clone())
        .ok_or("The client secret supplied for a confidential client is invalid.")
}

fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, value) = header.split_once(' ')?;
    let decoded = STANDARD.decode(value.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let decoded = String::from_utf8(decoded).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((form_decoded(id), form_decoded(secret)))
}

/// Both halves are form-encoded before they are joined (RFC 6749 §2.3.1); few clients bother, so both must work.
fn form_decoded(text: &str) -> String {
    url::form_urlencoded::parse(format!("v={text}").as_bytes())
        .next()
        .map_or_else(|| text.to_owned(), |(_, value)| value.into_owned())
}

pub(super) fn error(status: u16, error: &str, description: &str) -> HttpResponse {
    let mut response = match status {
        401 => HttpResponse::Unauthorized(),
        _ => HttpResponse::BadRequest(),
    };
    response
        .insert_header(("Cache-Control", "no-store"))
        .json(json!({ "error": error, "error_description": description }))
}
