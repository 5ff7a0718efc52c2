//! `GET|POST /api/okta/saml/slo/{team_id}`: logout messages of a workspace's providers (SAML Profiles §4.4). A LogoutRequest ends sessions
//! here; a LogoutResponse answers our own request, and redirects to the return URL of the sign-out. Anybody may send a message, so no
//! message is followed before its signature is verified with a trusted certificate.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;
use vestibule_core::ids::WorkspaceId;
use vestibule_saml::{
    logout::{LogoutRequest, LogoutResponse},
    request::LogoutStatus,
};
use vestibule_store::{Error, access::saml_logouts, providers::saml_connections::SamlConnection, workspaces};
use vestibule_web::{
    State,
    config::region,
    http::{redirect, request},
    observe::{inspect, sightings::SightingKind},
};

use super::{
    super::trusted::{self, Trusted},
    answer::answer,
    end::{Ended, end},
    incoming::{Incoming, Verified},
    refused,
};
use crate::refusal::Refusal;

/// Receives a message by HTTP-Redirect.
pub async fn get(req: HttpRequest, path: web::Path<String>, state: web::Data<State>) -> HttpResponse {
    let outcome = async { receive(&req, &path, Incoming::of_query(&req)?, &state).await };
    finish(&req, &state, outcome.await)
}

/// Receives a message by HTTP-POST.
pub async fn post(
    req: HttpRequest,
    path: web::Path<String>,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let outcome = async { receive(&req, &path, Incoming::of_form(&req, payload).await?, &state).await };
    finish(&req, &state, outcome.await)
}

fn finish(req: &HttpRequest, state: &State, outcome: Result<HttpResponse, Refusal>) -> HttpResponse {
    outcome.unwrap_or_else(|refusal| {
        refusal.inspect(&inspect::of(req));
        refusal.page(state, &request::id(req))
    })
}

async fn receive(
    req: &HttpRequest,
    team_id: &str,
    message: Incoming,
    state: &State,
) -> Result<HttpResponse, Refusal> {
    let unknown = |id: &str| Refusal::UnknownWorkspace(region::not_here(&state.config().region, id));
    let workspace_id = WorkspaceId::parse_exact(team_id).ok_or_else(|| unknown("this workspace"))?;
    let note = inspect::of(req);
    note.claims(&workspace_id);
    let issuer = message.claimed_issuer(state, &format!("saml {workspace_id}")).await?;
    let (wanted, region) = (workspace_id.clone(), state.config().region.name.clone());
    let found = state.read(move |conn| {
        let workspace = workspaces::find(conn, &wanted, &region)?;
        Ok::<_, Error>((workspace, trusted::all(conn, &wanted)?))
    });
    let (workspace, all) = found.await?;
    let workspace = workspace.ok_or_else(|| unknown(&workspace_id))?;
    if all.is_empty() {
        return Err(Refusal::not_connected(state, workspace).await?);
    }
    let Some(Trusted { connection, certificates }) = trusted::pick(all, issuer.as_deref()) else {
        return Err(Refusal::SamlLogout {
            check: "issuer",
            reason: "the message is of none of the workspace's SAML connections".to_owned(),
        });
    };
    let mut verified = message.verify(state, &connection, certificates).await?;
    if verified.as_ref().is_err_and(|refused| refused.check == "signature")
        && let Some(certificates) = trusted::newer(req, state, &connection).await?
    {
        verified = message.verify(state, &connection, certificates).await?;
    }
    let verified = match verified {
        Ok(verified) => verified,
        Err(failed) => {
            let refusal = refused::record(req, state, &connection, failed).await?;
            return Err(refusal.of(connection.kind()));
        }
    };
    note.proves(&workspace_id);
    match verified {
        Verified::Request(request) => {
            let relay_state = request.relay_state.clone().or(message.relay_state);
            follow(req, state, &connection, request, relay_state).await
        }
        Verified::Response(response) => conclude(req, state, &connection, response).await,
    }
}

/// Ends the sessions that a request means, and answers the request.
async fn follow(
    req: &HttpRequest,
    state: &State,
    connection: &SamlConnection,
    request: LogoutRequest,
    relay_state: Option<String>,
) -> Result<HttpResponse, Refusal> {
    let note = inspect::of(req);
    note.understood(
        "logout_request",
        || json!({ "subject": request.name_id.value, "sessions": request.session_indexes }),
    );
    let (cause, now) = (request::cause(req, refused::ACTOR), state.now());
    let (of, meant) = (connection.clone(), request.clone());
    let status = match state.write_access(move |conn| end(conn, &of, &meant, &cause, now)).await {
        Ok(Ended::Sessions(count)) => {
            note.changed(|| json!({ "sessions ended": count }));
            tracing::info!(workspace = %connection.workspace_id, count, "saml_logout.completed");
            see_success(state, connection);
            LogoutStatus::Success
        }
        Ok(Ended::Repeated) => {
            note.refused("saml_logout", "this LogoutRequest was used before");
            state.metrics().refused("sign_in", "saml_logout");
            tracing::warn!(workspace = %connection.workspace_id, "saml_logout.repeated");
            LogoutStatus::Requester
        }
        Err(error) => {
            tracing::error!(%error, workspace = %connection.workspace_id, "saml_logout.failed");
            LogoutStatus::Responder
        }
    };
    answer(state, connection, &request, relay_state.as_deref(), status).await
}

/// Handles the provider's answer to our request: redirects the browser to the return URL of the sign-out. The session ended when the
/// sign-out began, so an answer that fits no sign-out changes nothing.
async fn conclude(
    req: &HttpRequest,
    state: &State,
    connection: &SamlConnection,
    response: LogoutResponse,
) -> Result<HttpResponse, Refusal> {
    inspect::of(req).understood("logout_response", || json!({ "status": response.status }));
    let (of, now) = (connection.clone(), state.now());
    let request_id = response.in_response_to.clone().unwrap_or_default();
    let taken = state.write_access(move |conn| {
        saml_logouts::take(conn, (&of.workspace_id, &of.connection_id), &request_id, now)
    });
    let auth = state.app_url("/auth");
    let Some(logout) = taken.await? else {
        return Ok(redirect::see_other(&format!("{auth}?signed_out=1")).finish());
    };
    if response.is_success() {
        see_success(state, connection);
        return Ok(redirect::see_other(&logout.return_to).finish());
    }
    let status = response.status.join(", ");
    tracing::warn!(workspace = %connection.workspace_id, status, "saml_logout.not_followed");
    refused::see(state, connection, "status", &format!("the provider answered {status}"));
    // Our own page says that the person is signed out here only; we add nothing to the URL of an app's page.
    let is_ours = logout.return_to.starts_with(&format!("{auth}?"));
    let to = if is_ours { format!("{auth}?signed_out=here") } else { logout.return_to };
    Ok(redirect::see_other(&to).finish())
}

fn see_success(state: &State, connection: &SamlConnection) {
    state.sightings().note_of(connection.key(), SightingKind::SamlLogout, "", state.now());
}
