//! The address at which a sign-out continues at a SAML provider. Every way to sign out redirects there; the crate `login` serves it.

use actix_web::HttpResponse;
use url::Url;
use vestibule_core::ids::WorkspaceId;

use crate::{
    State,
    pages::{self, Words},
};

/// The address that sends the LogoutRequest with this ID. `None`: the configured address of the API host is no URL, but the server does
/// not start then.
pub fn url(state: &State, workspace_id: &WorkspaceId, request_id: &str) -> Option<Url> {
    let pairs = [("team_id", workspace_id.as_str()), ("request", request_id)];
    Url::parse_with_params(&state.api_url("/api/okta/saml/logout"), pairs).ok()
}

/// A page that sends the browser on from our form to [`url()`].
pub fn page(state: &State, url: &Url) -> HttpResponse {
    let words = Words {
        title: "Continue to sign out",
        text: "You are signed out here. Now your organization's sign-in is asked to sign you out, too.",
    };
    pages::onward(state, words, url)
}
