//! `GET|POST /api/okta/scim/oauth/authorize`: an administrator lets Okta manage the people of their workspace.
//! Client and redirect URI, then the list of checks, then a signed-in administrator of the client's workspace (of their own,
//! for the client all customers share), then one form.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde_json::json;
use url::Url;
use vestibule_core::sets::ClientKind;
use vestibule_store::{
    oauth::{
        clients,
        codes::{self, Approval},
    },
    trail::events::{self, Target, kinds::ClientApproved},
    workspaces::{self, Workspace},
};
use vestibule_web::{
    State,
    http::{
        input::Parameters,
        request,
        session::{self, SignedIn},
    },
    observe::inspect,
    pages::{self, FormTargets, Frame, Refused},
};

use super::{
    fields,
    refusal::{Refusal, Reply, answer, forged, redirect, reply},
    request::{Asked, Call, read},
    sign_in_url,
};
use crate::{client::scope, inspector};

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

/// Shows the approval page.
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let shown = async {
        let parameters = Parameters::of_query(&req)?;
        let asked = check(&req, &state, &parameters).await?;
        let (signed_in, workspace) = administrator(&req, &state, &asked, &parameters).await?;
        approval_page(&state, &asked, &parameters, &signed_in, &workspace)
    };
    shown.await.unwrap_or_else(|refusal| answer(&req, &state, refusal))
}

/// Approves: the form came back.
pub async fn post(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let approved = async {
        let parameters = Parameters::of_form(&req, payload).await?;
        let asked = check(&req, &state, &parameters).await?;
        let (signed_in, _) = administrator(&req, &state, &asked, &parameters).await?;
        if !signed_in.sent(parameters.text("csrf")) {
            return Err(forged(AGAIN));
        }
        approve(&req, &state, asked, signed_in).await
    };
    approved.await.unwrap_or_else(|refusal| answer(&req, &state, refusal))
}

async fn check(req: &HttpRequest, state: &State, parameters: &Parameters) -> Result<Asked, Refusal> {
    let note = inspect::of(req);
    inspector::form(&note, parameters);
    let stop = |what: &str| {
        Refusal::from(
            Refused::new(StatusCode::BAD_REQUEST, "Okta's request does not fit", what)
                .advise("In Okta, compare Client ID, Authorize endpoint and the callback address with the ones registered here.")
                .advise("The operator registers callback addresses with: vestibule client create --kind scim --redirect-uri …"),
        )
    };
    let client_id = parameters.get("client_id").ok_or_else(|| stop("It names no client_id."))?.to_owned();
    let client = state.read(move |conn| clients::find(conn, &client_id)).await?;
    let client = client.filter(|client| client.kind == ClientKind::Scim).ok_or_else(|| {
        stop(&format!("Its client_id is not that of a SCIM client in region {}.", state.config().region.name))
    })?;
    inspector::from(&note, &client);
    // RFC 9700 §2.1: exact comparison, and never a redirect to an address that is not registered.
    let redirect_uri = parameters.get("redirect_uri").ok_or_else(|| stop("It names no redirect_uri."))?;
    if !client.may_redirect_to(redirect_uri) {
        return Err(stop("Its redirect_uri is not registered for this client, so nothing is sent there."));
    }
    let to = Reply { redirect_uri, state: parameters.text("state"), issuer: None };
    read(&Call { client: &client, parameters, mcp_scopes: "" }, redirect_uri).map_err(|fault| to.fault(fault))
}

/// The signed-in administrator who may approve this, and their workspace.
async fn administrator(
    req: &HttpRequest,
    state: &State,
    asked: &Asked,
    parameters: &Parameters,
) -> Result<(SignedIn, Workspace), Refusal> {
    let signed_in = session::find(state, req).await?.filter(|signed_in| super::fits(asked, signed_in));
    let Some(signed_in) = signed_in else {
        return Err(Refusal::SignIn(sign_in_url(state, PATH, &asked.client, parameters)?));
    };
    let (workspace_id, region) = (signed_in.user.workspace_id.clone(), state.config().region.name.clone());
    let workspace = state
        .read(move |conn| workspaces::find(conn, &workspace_id, &region))
        .await?
        .ok_or_else(|| Refusal::SignIn(state.app_url("/auth")))?;
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
    asked: &Asked,
    parameters: &Parameters,
    signed_in: &SignedIn,
    workspace: &Workspace,
) -> Result<HttpResponse, Refusal> {
    let redirect_uri = Url::parse(&asked.redirect_uri)?;
    let mut fields = fields(parameters);
    fields.push(("csrf", signed_in.csrf.clone()));
    let content = ApprovePage {
        client: &asked.client.name,
        workspace: &workspace.name,
        administrator: signed_in.user.greeting(),
        host: redirect_uri.host_str().unwrap_or_default(),
        scopes: asked.scope.split(' ').map(scope::in_words).collect(),
        is_owner: signed_in.is_owner(),
        cancel: reply(asked, None).with(&[("error", "access_denied")])?,
        fields,
    };
    let frame = Frame {
        workspace: Some(&workspace.name),
        form_targets: FormTargets::And(&redirect_uri),
        ..Frame::default()
    };
    let title = format!("{} asks to manage people", asked.client.name);
    Ok(pages::render(state, StatusCode::OK, &title, &frame, &content))
}

async fn approve(
    req: &HttpRequest,
    state: &State,
    asked: Asked,
    signed_in: SignedIn,
) -> Result<HttpResponse, Refusal> {
    let (now, cause) = (state.now(), request::cause(req, signed_in.actor()));
    let of_job = asked.clone();
    let code = state
        .write(move |conn| {
            let approval = Approval {
                client_id: &of_job.client.client_id,
                redirect_uri: &of_job.redirect_uri,
                scope: &of_job.scope,
                code_challenge: of_job.code_challenge.as_deref(),
                nonce: None,
                resource: "",
                session_id: None,
                auth_time: None,
            };
            let code = codes::issue(conn, &signed_in.user, signed_in.session.epoch, &approval, now)?;
            let data = ClientApproved { client: &of_job.client.name, scope: &of_job.scope, resource: "" };
            let target = Target::Client(&of_job.client.client_id);
            events::record(conn, &signed_in.user.workspace_id, &cause, target, &data, now)?;
            Ok::<_, vestibule_store::Error>(code)
        })
        .await?;
    tracing::info!("oauth.approved");
    inspect::of(req).changed(|| json!({ "approved": { "client": asked.client.name, "scope": asked.scope } }));
    Ok(redirect(reply(&asked, None).with(&[("code", &code)])?))
}
