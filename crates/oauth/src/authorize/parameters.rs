//! Parameters of an authorization request that are passed on through sign-in and through the form.

use url::Url;
use vestibule_web::{State, http::input::Parameters};

/// Path of the authorization endpoint.
pub(super) const PATH: &str = "/oauth/authorize";

/// Parameter with the sealed time of a redirect to authenticate again (`step_up`).
pub(super) const SENT_AT: &str = "sent_at";

/// Parameters that are passed on through sign-in and through the form.
const PARAMETERS: [&str; 15] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "state",
    "scope",
    "code_challenge",
    "code_challenge_method",
    "nonce",
    "resource",
    "prompt",
    "max_age",
    "login_hint",
    "response_mode",
    "dpop_jkt",
    SENT_AT,
];

pub(super) fn issuer(state: &State) -> String {
    state.config().region.api_url.clone()
}

/// Parameters of the request, for the return URL and for the form.
pub(super) fn fields(parameters: &Parameters) -> Vec<(&'static str, String)> {
    PARAMETERS.into_iter().filter_map(|name| Some((name, parameters.get(name)?.to_owned()))).collect()
}

/// URL of this request.
pub(super) fn authorize_url(
    state: &State,
    path: &str,
    parameters: &Parameters,
) -> Result<Url, url::ParseError> {
    Url::parse_with_params(&state.api_url(path), fields(parameters))
}
