//! `GET /api/okta/saml/logout?team_id=&request=`: continues a sign-out at the provider (SAML Profiles §4.4.4.1). The session has ended
//! already, so whatever goes wrong here, the person is signed out.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_core::{ids::WorkspaceId, time::SECOND};
use vestibule_saml::{logout::Kind, request::LogoutRequest, response::NameId};
use vestibule_store::{
    Error,
    access::saml_logouts::{self, SamlLogout},
    providers::saml_connections::{self, SamlConnection},
};
use vestibule_web::{
    State,
    http::{input::Parameters, redirect, request},
    observe::inspect,
};

use super::super::{
    addresses,
    send::{Outgoing, current_signer, send},
};
use crate::refusal::Refusal;

/// Sends the browser to the provider.
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    match begin(&req, &state).await {
        Ok(response) => response,
        Err(refusal) => {
            refusal.inspect(&inspect::of(&req));
            refusal.page(&state, &request::id(&req))
        }
    }
}

async fn begin(req: &HttpRequest, state: &State) -> Result<HttpResponse, Refusal> {
    let query = Parameters::of_query(req).map_err(|error| Refusal::Malformed(error.to_string()))?;
    let workspace_id = WorkspaceId::parse_exact(query.text("team_id"))
        .ok_or_else(|| Refusal::Malformed("its team_id is missing or no id".to_owned()))?;
    let (request_id, now) = (query.text("request").to_owned(), state.now());
    let wanted = request_id.clone();
    let found = state.read(move |conn| {
        let Some(logout) = saml_logouts::find(conn, &workspace_id, &wanted, now)? else { return Ok(None) };
        let connection = saml_connections::find(conn, &workspace_id, &logout.connection_id)?;
        Ok::<_, Error>(Some((logout, connection)))
    });
    let Some((logout, connection)) = found.await? else {
        // Opened again after the provider's answer, or much later.
        return Ok(redirect::see_other(&state.app_url("/auth?signed_out=1")).finish());
    };
    let note = inspect::of(req);
    note.proves(&logout.workspace_id);
    // The settings may have changed since.
    let Some(connection) = connection.filter(|connection| !connection.slo_url.is_empty()) else {
        return Ok(redirect::see_other(&logout.return_to).finish());
    };
    note.understood("sent_to", || connection.slo_url.clone().into());
    ask(state, &connection, logout, &request_id).await
}

/// Sends the LogoutRequest.
async fn ask(
    state: &State,
    connection: &SamlConnection,
    logout: SamlLogout,
    request_id: &str,
) -> Result<HttpResponse, Refusal> {
    let signer = current_signer(state).await?;
    let ours = addresses::of(&state.config().region.api_url, connection);
    let name_id = NameId { value: logout.name_id, format: logout.name_id_format };
    let xml = LogoutRequest {
        id: request_id,
        issued_at: state.now() / SECOND,
        destination: &connection.slo_url,
        issuer: &ours.entity_id,
        name_id: &name_id,
        session_index: Some(logout.session_index.as_str()).filter(|index| !index.is_empty()),
    }
    .xml();
    tracing::info!(workspace = %connection.workspace_id, "saml_logout.sent");
    let message = Outgoing {
        kind: Kind::Request,
        binding: connection.slo_binding,
        url: &connection.slo_url,
        xml,
        relay_state: None,
        signer: Some(&signer),
        title: "Continue to sign out",
        text: "You are signed out here. This signs you out of",
        name: &connection.name,
        in_frame: false,
    };
    send(state, message)
}
