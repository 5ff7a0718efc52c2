//! `GET|POST /api/okta/scim/oauth/authorize`: authorization endpoint for Okta's SCIM client. An administrator approves that Okta manages
//! the people of the workspace.
//!
//! The order: client and redirect URI, the list of checks of the request, a session of an administrator of the client's workspace (of any
//! workspace for a client of the deployment), the form.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde_json::json;
use url::Url;
use vestibule_core::{ids::ClientId, sets::ClientKind};
use vestibule_store::{
    oauth::{
        clients,
        codes::{self, Approval},
    },
    trail::events::{self, Target, kinds::ClientApproved},
    workspaces::Workspace,
};
use vestibule_web::{
    State,
    http::{
        input::Parameters,
        redirect, request,
        session::{self, SignedIn},
    },
    observe::inspect,
    pages::{self, FormTargets, Frame, Refused},
};

use super::{
    parameters::fields,
    refusal::{Refusal, Reply, invalid_form, reply, respond},
    request::{AuthorizeRequest, RawRequest, ResponseMode, validate},
    sign_in_url,
};
use crate::{
    client::{offer::Offer, scope},
    inspector,
};

const PATH: &str = "/api/okta/scim/oauth/authorize";
const AGAIN: &str = "Start again in Okta with Authenticate.";

#[derive(Template)]
#[template(path = "approve.html")]
struct ApprovePage<'a> {
    client: &'a str,
    workspace: &'a str,
    administrator: &'a str,
    host: &'a str,
    scopes: Vec<String>,
    is_owner: bool,
    cancel: String,
    fields: Vec<(&'static str, String)>,
}

/// Renders the approval page.
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let rendered = async {
        let parameters = Parameters::of_query(&req)?;
        let request = check(&req, &state, &parameters).await?;
        let (signed_in, workspace) = administrator(&req, &state, &request, &parameters).await?;
        approval_page(&state, &request, &parameters, &signed_in, &workspace)
    };
    rendered.await.unwrap_or_else(|refusal| respond(&req, &state, refusal))
}

/// Handles the form of the approval page.
pub async fn post(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let approved = async {
        let parameters = Parameters::of_form(&req, payload).await?;
        let request = check(&req, &state, &parameters).await?;
        let (signed_in, _) = administrator(&req, &state, &request, &parameters).await?;
        if !signed_in.sent(parameters.text("csrf")) {
            return Err(invalid_form(AGAIN));
        }
        approve(&req, &state, request, signed_in).await
    };
    approved.await.unwrap_or_else(|refusal| respond(&req, &state, refusal))
}

/// Checks client, redirect URI and parameters.
async fn check(
    req: &HttpRequest,
    state: &State,
    parameters: &Parameters,
) -> Result<AuthorizeRequest, Refusal> {
    let note = inspect::of(req);
    inspector::form(&note, parameters);
    let error_page = |what: &str| {
        Refusal::from(
            Refused::new(StatusCode::BAD_REQUEST, "Okta's request is invalid", what)
                .advise("In Okta, compare Client ID, Authorize endpoint and the callback address with the ones registered here.")
                .advise("The operator registers callback addresses with: vestibule client create --kind scim --redirect-uri …"),
        )
    };
    let client_id = parameters.get("client_id").ok_or_else(|| error_page("client_id is missing."))?;
    let client_id = ClientId::sent(client_id);
    let client = state.read(move |conn| clients::find(conn, &client_id)).await?;
    let client = client.filter(|client| client.kind == ClientKind::Scim).ok_or_else(|| {
        error_page(&format!(
            "Its client_id is not that of a SCIM client in region {}.",
            state.config().region.name
        ))
    })?;
    inspector::claimed_client(&note, &client);
    // RFC 9700 §2.1: exact comparison, and never a redirect to an address that is not registered.
    let redirect_uri =
        parameters.get("redirect_uri").ok_or_else(|| error_page("It names no redirect_uri."))?;
    if !client.may_redirect_to(redirect_uri) {
        return Err(error_page(
            "Its redirect_uri is not registered for this client, so nothing is sent there.",
        ));
    }
    let offer = Offer::configured("");
    let raw = RawRequest { client: &client, parameters, offer: &offer };
    let mode = ResponseMode::Query;
    let reply = Reply { redirect_uri, state: parameters.text("state"), issuer: None, mode };
    validate(&raw, redirect_uri).map_err(|error| reply.error(error))
}

/// Session of an administrator who may approve the request, and its workspace.
async fn administrator(
    req: &HttpRequest,
    state: &State,
    request: &AuthorizeRequest,
    parameters: &Parameters,
) -> Result<(SignedIn, Workspace), Refusal> {
    let signed_in =
        session::find(state, req).await?.filter(|signed_in| super::is_of_workspace(request, signed_in));
    let Some(signed_in) = signed_in else {
        return Err(Refusal::SignIn(sign_in_url(state, PATH, &request.client, parameters)?));
    };
    let workspace = signed_in.workspace.clone();
    inspect::of(req).proves(&workspace.workspace_id);
    if !signed_in.is_administrator() {
        let (name, who) = (&workspace.name, signed_in.user.greeting());
        let happened = format!("You are signed in to {name} as {who}, without the role Owner or Admin.");
        return Err(Refusal::from(
            Refused::new(StatusCode::FORBIDDEN, "Only an administrator can approve this", happened)
                .advise("Ask an owner or admin of the workspace to do this step.")
                .advise("Or sign out, and sign in as somebody who is."),
        ));
    }
    Ok((signed_in, workspace))
}

fn approval_page(
    state: &State,
    request: &AuthorizeRequest,
    parameters: &Parameters,
    signed_in: &SignedIn,
    workspace: &Workspace,
) -> Result<HttpResponse, Refusal> {
    let redirect_uri = Url::parse(&request.redirect_uri)?;
    let mut fields = fields(parameters);
    fields.push(("csrf", signed_in.csrf.clone()));
    let content = ApprovePage {
        client: &request.client.name,
        workspace: &workspace.name,
        administrator: signed_in.user.greeting(),
        host: redirect_uri.host_str().unwrap_or_default(),
        scopes: request.scope.split(' ').map(scope::describe).collect(),
        is_owner: signed_in.is_owner(),
        cancel: reply(request, None).url(&[("error", "access_denied")])?,
        fields,
    };
    let frame = Frame {
        workspace: Some(&workspace.name),
        form_targets: FormTargets::And(&redirect_uri),
        ..Frame::default()
    };
    let title = format!("{} asks to manage people", request.client.name);
    Ok(pages::render(state, StatusCode::OK, &title, &frame, &content))
}

async fn approve(
    req: &HttpRequest,
    state: &State,
    request: AuthorizeRequest,
    signed_in: SignedIn,
) -> Result<HttpResponse, Refusal> {
    let (now, cause) = (state.now(), request::cause(req, signed_in.actor()));
    let approved = request.clone();
    let code = state
        .write(move |conn| {
            let approval = Approval {
                client_id: &approved.client.client_id,
                redirect_uri: &approved.redirect_uri,
                scope: &approved.scope,
                code_challenge: approved.code_challenge.as_deref(),
                nonce: None,
                resource: "",
                session_id: None,
                auth_time: None,
                dpop_jkt: None,
            };
            let code = codes::issue(conn, &signed_in.user, signed_in.session.epoch, &approval, now)?;
            let data = ClientApproved { client: &approved.client.name, scope: &approved.scope, resource: "" };
            let target = Target::Client(&approved.client.client_id);
            events::record(conn, &signed_in.user.workspace_id, &cause, target, &data, now)?;
            Ok::<_, vestibule_store::Error>(code)
        })
        .await?;
    tracing::info!("oauth.approved");
    inspect::of(req)
        .changed(|| json!({ "approved": { "client": request.client.name, "scope": request.scope } }));
    Ok(redirect::see_other(&reply(&request, None).url(&[("code", &code)])?).finish())
}
