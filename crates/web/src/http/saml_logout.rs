//! Where a sign-out goes on at a SAML provider. Every way to sign out leads there; the login crate serves it.

use url::Url;
use vestibule_core::ids::WorkspaceId;

use crate::State;

/// The address that sends the LogoutRequest of this ID. `None`: the configured address of the API host is no URL, which the start of the
/// server refuses.
pub fn url(state: &State, workspace_id: &WorkspaceId, request_id: &str) -> Option<Url> {
    let pairs = [("team_id", workspace_id.as_str()), ("request", request_id)];
    Url::parse_with_params(&state.api_url("/api/okta/saml/logout"), pairs).ok()
}
