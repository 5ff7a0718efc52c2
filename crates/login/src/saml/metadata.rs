//! `GET /api/okta/saml/metadata/{team_id}`: metadata of this service provider for a workspace (SAML Metadata §2.4.4). Public: it contains
//! only addresses and certificates. Its URL is our entity ID, unless a connection sets another (`?connection=`).

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_core::ids::{ConnectionId, WorkspaceId};
use vestibule_saml::metadata::{SpMetadata, render_sp};
use vestibule_store::{Error, providers::saml_connections, workspaces};
use vestibule_web::{
    State,
    config::region,
    crypto::saml_keys,
    http::{input::Parameters, request},
};

use super::addresses;
use crate::refusal::Refusal;

/// Answers with the metadata.
pub async fn get(req: HttpRequest, path: web::Path<String>, state: web::Data<State>) -> HttpResponse {
    match describe(&req, &path, &state).await {
        Ok(xml) => HttpResponse::Ok().content_type("application/samlmetadata+xml").body(xml),
        Err(refusal) => refusal.page(&state, &request::id(&req)),
    }
}

async fn describe(req: &HttpRequest, team_id: &str, state: &State) -> Result<String, Refusal> {
    let unknown = || Refusal::UnknownWorkspace(region::not_here(&state.config().region, "this workspace"));
    let workspace_id = WorkspaceId::parse_exact(team_id).ok_or_else(unknown)?;
    let query = Parameters::of_query(req).map_err(|error| Refusal::Malformed(error.to_string()))?;
    let connection_id = query.get("connection").map(ConnectionId::parse);
    let (wanted, region) = (workspace_id.clone(), state.config().region.name.clone());
    let (workspace, connection) = state
        .read(move |conn| {
            let workspace = workspaces::find(conn, &wanted, &region)?;
            let connection = match connection_id {
                Some(Some(id)) => Some(saml_connections::find(conn, &wanted, &id)?),
                Some(None) => Some(None),
                None => None,
            };
            Ok::<_, Error>((workspace, connection))
        })
        .await?;
    workspace.ok_or_else(unknown)?;
    let api_url = &state.config().region.api_url;
    let requests_signed = matches!(&connection, Some(Some(connection)) if connection.signs_requests);
    let ours = match connection {
        None => addresses::of_workspace(api_url, &workspace_id),
        Some(Some(connection)) => addresses::of(api_url, &connection),
        Some(None) => return Err(Refusal::Malformed("connection is none of this workspace's".to_owned())),
    };
    let keys = saml_keys::all(state).await?;
    let certificates: Vec<_> = keys.iter().map(|own| own.signer.certificate().clone()).collect();
    Ok(render_sp(&SpMetadata {
        entity_id: &ours.entity_id,
        acs_url: &ours.acs_url,
        slo_url: Some(&ours.slo_url),
        requests_signed,
        signing: &certificates,
        // The oldest first, because providers encrypt with the first one.
        encryption: &certificates.iter().rev().cloned().collect::<Vec<_>>(),
    }))
}
