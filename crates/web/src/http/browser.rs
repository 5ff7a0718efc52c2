//! Cookies with a random value that recognise the browser which started a flow. One value serves the flows of several tabs.

use actix_web::HttpRequest;
use vestibule_store::{Error, access::secrets};

use crate::{State, http::session::cookie_name};

/// Length of a value: 32 random bytes in base64url.
const LENGTH: usize = 43;

/// Value of the cookie `name`, if the browser sent one of the right length.
pub fn value(state: &State, req: &HttpRequest, name: &str) -> Option<String> {
    let cookie = req.cookie(&cookie_name(state, name))?;
    Some(cookie.value().to_owned()).filter(|value| value.len() == LENGTH)
}

/// Value of the cookie `name`, or a new one.
pub fn value_or_new(state: &State, req: &HttpRequest, name: &str) -> Result<String, Error> {
    value(state, req, name).map_or_else(secrets::nonce, Ok)
}
