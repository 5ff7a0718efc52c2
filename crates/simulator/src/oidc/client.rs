//! Client authentication at the token endpoint: `client_secret_basic` or `client_secret_post` (RFC 6749 §2.3.1), or `private_key_jwt`
//! (RFC 7523 §2.2), according to the app's settings.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, http::header::AUTHORIZATION};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;

use crate::{
    directory::App,
    org::Org,
    support::jwt::{self, member},
};

/// The authenticated app, or the error for the response.
pub(super) fn authenticate(
    org: &Org,
    issuer: &str,
    http: &HttpRequest,
    form: &HashMap<String, String>,
) -> Result<App, &'static str> {
    if let Some(assertion) = form.get("client_assertion") {
        return asserted(org, issuer, assertion);
    }
    let header = http.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (id, secret) = header
        .and_then(basic)
        .or_else(|| Some((form.get("client_id")?.clone(), form.get("client_secret")?.clone())))
        .ok_or("Client authentication failed. Either the client or the client credentials are missing.")?;
    org.openid_app(&id)
        .filter(|state| state.app.client_secret == secret && state.app.settings.public_keys.is_none())
        .map(|state| state.app.clone())
        .ok_or("The client secret supplied for a confidential client is invalid.")
}

fn asserted(org: &Org, issuer: &str, assertion: &str) -> Result<App, &'static str> {
    let (header, claims) = jwt::read_unverified(assertion).ok_or("The client_assertion is no JWT.")?;
    let app =
        member(&claims, "sub").as_str().and_then(|id| org.openid_app(id)).map(|state| state.app.clone());
    let app = app.ok_or("The client_assertion names no client.")?;
    let keys = app.settings.public_keys.as_ref().and_then(|set| member(set, "keys").as_array());
    let mut keys = keys.ok_or("The client is not set to a public key.")?.iter();
    let key = keys
        .find(|key| member(key, "kid") == member(&header, "kid"))
        .ok_or("The client has no key of this kid.")?;
    if member(&header, "alg") != "RS256" || !jwt::verifies(assertion, key) {
        return Err("The client_assertion signature is invalid.");
    }
    let wanted = match app.settings.assertions_name_issuer {
        true => issuer.to_owned(),
        false => format!("{issuer}/oauth2/v1/token"),
    };
    if member(&claims, "aud").as_str() != Some(&wanted) {
        return Err("The audience claim for client_assertion must be the endpoint invoked for the request.");
    }
    let now = org.now();
    let lives =
        member(&claims, "exp").as_i64().is_some_and(|exp| exp > now && exp <= now.saturating_add(3600));
    if member(&claims, "iss") != member(&claims, "sub") || !lives || !member(&claims, "jti").is_string() {
        return Err("The client_assertion is expired or incomplete.");
    }
    Ok(app)
}

fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, value) = header.split_once(' ')?;
    let decoded = STANDARD.decode(value.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let decoded = String::from_utf8(decoded).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((form_decoded(id), form_decoded(secret)))
}

/// Id and secret are form-encoded before they are joined (RFC 6749 §2.3.1). Many clients omit that, so both forms are accepted.
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
