//! The answer to a provider's LogoutRequest: a signed LogoutResponse (SAML Profiles §4.4.3.4).

use actix_web::HttpResponse;
use vestibule_core::time::SECOND;
use vestibule_saml::{
    logout::{Kind, LogoutRequest},
    request::{LogoutResponse, LogoutStatus, new_id},
};
use vestibule_store::{access::secrets, providers::saml_connections::SamlConnection};
use vestibule_web::{State, http::redirect};

use super::super::{
    addresses,
    send::{Outgoing, current_signer, send},
};
use crate::refusal::Refusal;

/// Answers a request. Without an address for answers, redirects the browser to our page.
pub(super) async fn answer(
    state: &State,
    connection: &SamlConnection,
    request: &LogoutRequest,
    relay_state: Option<&str>,
    status: LogoutStatus,
) -> Result<HttpResponse, Refusal> {
    let url = match connection.slo_response_url.as_str() {
        "" => connection.slo_url.as_str(),
        own => own,
    };
    if url.is_empty() {
        return Ok(redirect::see_other(&state.app_url("/auth?signed_out=1")).finish());
    }
    let signer = current_signer(state).await?;
    let xml = LogoutResponse {
        id: &new_id(secrets::random()?),
        issued_at: state.now() / SECOND,
        destination: url,
        issuer: &addresses::of(&state.config().region.api_url, connection).entity_id,
        in_response_to: &request.id,
        status,
    }
    .xml();
    let message = Outgoing {
        kind: Kind::Response,
        binding: connection.slo_binding,
        url,
        xml,
        relay_state,
        signer: Some(&signer),
        title: "Continue to sign out",
        text: "You are signed out here. The answer goes to",
        name: &connection.name,
        in_frame: true,
    };
    send(state, message)
}
