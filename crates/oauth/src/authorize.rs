//! `GET|POST /oauth/authorize`: authorization endpoint for apps (OpenID Connect Core §3.1) and MCP clients. `scim` is the one for
//! SCIM clients.
//!
//! The order: client and redirect URI (an error page, no redirect, if wrong), the list of checks of the request, the session and the age
//! of the authentication. Then the operator's apps get a code at once; for MCP clients a page asks the person.

mod consent;
mod parameters;
mod refusal;
mod request;
pub mod scim;
mod session_check;
mod step_up;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use parameters::{PATH, authorize_url, fields, issuer};
use refusal::{Refusal, Reply, invalid_form, reply, respond};
use request::{AuthorizeRequest, ClientError, RawRequest, validate};
use serde_json::json;
use session_check::SessionCheck;
use url::Url;
use vestibule_core::{
    ids::{UserId, WorkspaceId},
    sets::ClientKind,
};
use vestibule_store::{
    oauth::{
        clients::{self, Client},
        codes::{self, Approval},
    },
    trail::events::{self, Target, kinds::ClientApproved},
    workspaces::Workspace,
};
use vestibule_web::{
    State,
    crypto::signing,
    http::{
        input::Parameters,
        limits::RetryAfter,
        redirect, request as web_request,
        session::{self, SignedIn},
    },
    observe::inspect,
    pages::Refused,
};

use crate::{
    Documents,
    client::{documents, offer::Offer, redirect_uri},
    inspector,
};

const AGAIN: &str = "Go back to the app you came from and start again.";

/// Issues a code to an app, or renders the consent page for an MCP client.
pub async fn get(req: HttpRequest, state: web::Data<State>, documents: web::Data<Documents>) -> HttpResponse {
    let answered = async {
        let parameters = Parameters::of_query(&req)?;
        let request = check(&req, &state, &documents, &parameters).await?;
        let (signed_in, workspace) = person(&req, &state, &request, &parameters).await?;
        let (request, offer) = offered(&state, request, &signed_in).await?;
        if request.client.kind == ClientKind::App {
            return approve(&req, &state, request, signed_in).await;
        }
        // A client on a person's machine can't prove its identity, so every request needs consent (RFC 8252 §8.6).
        if request.prompts("none") {
            let issuer = issuer(&state);
            return Err(reply(&request, Some(&issuer)).error(ClientError {
                error: "consent_required",
                description: "the person has to approve this client".to_owned(),
            }));
        }
        consent::page(&state, (&request, &offer), fields(&parameters), &signed_in, &workspace)
    };
    answered.await.unwrap_or_else(|refusal| respond(&req, &state, refusal))
}

/// Handles the form of the consent page. A request that an app sends by POST (OpenID Connect Core §3.1.2.1) is redirected to a GET,
/// because browsers send no session cookie with another site's form.
pub async fn post(
    req: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
    documents: web::Data<Documents>,
) -> HttpResponse {
    let approved = async {
        let parameters = Parameters::of_form(&req, payload).await?;
        let request = check(&req, &state, &documents, &parameters).await?;
        let Some(csrf) = parameters.get("csrf") else {
            return Ok(redirect::see_other(authorize_url(&state, PATH, &parameters)?.as_str()).finish());
        };
        let (signed_in, _) = person(&req, &state, &request, &parameters).await?;
        if !signed_in.sent(csrf) {
            return Err(invalid_form(AGAIN));
        }
        let (request, _) = offered(&state, request, &signed_in).await?;
        approve(&req, &state, request, signed_in).await
    };
    approved.await.unwrap_or_else(|refusal| respond(&req, &state, refusal))
}

/// Checks client, redirect URI and parameters.
async fn check(
    req: &HttpRequest,
    state: &State,
    documents: &Documents,
    parameters: &Parameters,
) -> Result<AuthorizeRequest, Refusal> {
    let error_page = |what: &str| {
        Refusal::from(
            Refused::new(StatusCode::BAD_REQUEST, "The app's request is invalid", what)
                .advise("If you run the app: compare its client_id and redirect_uri with the ones registered here.")
                .advise("The operator registers them with: vestibule client create --kind app --redirect-uri …"),
        )
    };
    let note = inspect::of(req);
    inspector::form(&note, parameters);
    let client_id = parameters.get("client_id").ok_or_else(|| error_page("client_id is missing."))?;
    let client = match documents::client(req, state, documents, client_id).await {
        Ok(client) => client,
        Err(documents::LookupError::SignIn) => {
            return Err(Refusal::SignIn(email_sign_in_url(state, authorize_url(state, PATH, parameters)?)?));
        }
        Err(documents::LookupError::Invalid(why)) => {
            return Err(error_page(&format!("Its client_id can't be resolved: {why}.")));
        }
        Err(documents::LookupError::TooMany(RetryAfter(seconds))) => {
            let happened =
                "This service looked up many new apps for you just now, and does not look up more at once.";
            let refused = Refused::new(StatusCode::TOO_MANY_REQUESTS, "Too many new apps at once", happened);
            return Err(refused.advise(format!("Wait {seconds} seconds, then try again.")).into());
        }
        Err(documents::LookupError::Store(error)) => return Err(Refusal::Internal(error)),
    };
    let client = client
        .filter(|client| matches!(client.kind, ClientKind::App | ClientKind::Mcp))
        .ok_or_else(|| {
            error_page(&format!(
                "Its client_id is not that of an app or MCP client in region {}.",
                state.config().region.name
            ))
        })?;
    inspector::claimed_client(&note, &client);
    // RFC 9700 §2.1: exact comparison, and never a redirect to an address that is not registered.
    let redirect_uri =
        parameters.get("redirect_uri").ok_or_else(|| error_page("It names no redirect_uri."))?;
    if !redirect_uri::is_registered(&client, redirect_uri) {
        return Err(error_page(
            "Its redirect_uri is not registered for this client, so nothing is sent there.",
        ));
    }
    let issuer = issuer(state);
    let offer = Offer::configured(&state.config().oauth.mcp_scopes);
    let raw = RawRequest { client: &client, parameters, offer: &offer };
    let mode = request::mode(&raw).unwrap_or_default();
    let reply = Reply { redirect_uri, state: parameters.text("state"), issuer: Some(&issuer), mode };
    validate(&raw, redirect_uri).map_err(|error| reply.error(error))
}

/// Decides what is granted at the resource that the request names, in the workspace of the person. A request without a resource stays as it
/// is.
async fn offered(
    state: &State,
    request: AuthorizeRequest,
    signed_in: &SignedIn,
) -> Result<(AuthorizeRequest, Offer), Refusal> {
    if request.resource.is_empty() {
        return Ok((request, Offer::configured(&state.config().oauth.mcp_scopes)));
    }
    let (config, resource, user) =
        (state.config().oauth.clone(), request.resource.clone(), signed_in.user.clone());
    let found = state.read(move |conn| {
        let Some(offer) = Offer::find(conn, &config, &user.workspace_id, &resource)? else { return Ok(None) };
        let admits = offer.admits(conn, &user.workspace_id, &user.user_id)?;
        Ok::<_, vestibule_store::Error>(Some((offer, admits)))
    });
    let issuer = issuer(state);
    let refuse = |error, description: &str| {
        Err(reply(&request, Some(&issuer)).error(ClientError { error, description: description.to_owned() }))
    };
    let offer = match found.await? {
        Some((offer, true)) => offer,
        Some((_, false)) => {
            return refuse("access_denied", "the person has no role that this resource needs");
        }
        None => return refuse("invalid_target", "resource is not registered here (RFC 8707 §2)"),
    };
    match request.clone().offered(&offer) {
        Ok(request) => Ok((request, offer)),
        Err(error) => Err(reply(&request, Some(&issuer)).error(error)),
    }
}

/// Id of the user whom the client expects, from `id_token_hint`: an ID token of this server for this client, which may have expired
/// (OpenID Connect Core §3.1.2.1).
async fn hinted_user(
    state: &State,
    request: &AuthorizeRequest,
    parameters: &Parameters,
) -> Result<Option<UserId>, Refusal> {
    let Some(hint) = parameters.get("id_token_hint") else { return Ok(None) };
    let claims =
        signing::read(state, "JWT", hint).await.map_err(|error| Refusal::Internal(error.to_string()))?;
    let claim = |name: &str| claims.as_ref()?.get(name)?.as_str().map(str::to_owned);
    let is_for_client = claim("aud").is_some_and(|aud| aud == request.client.client_id.as_str());
    match claim("sub").filter(|_| is_for_client) {
        Some(user_id) => Ok(Some(UserId::from_stored(user_id))),
        None => {
            let issuer = issuer(state);
            let description = "id_token_hint is no ID token that this client was given here".to_owned();
            Err(reply(request, Some(&issuer)).error(ClientError { error: "invalid_request", description }))
        }
    }
}

/// Session that satisfies the request, and its workspace.
async fn person(
    req: &HttpRequest,
    state: &State,
    request: &AuthorizeRequest,
    parameters: &Parameters,
) -> Result<(SignedIn, Workspace), Refusal> {
    let now = state.now();
    let signed_in = session::find(state, req).await?.filter(|signed_in| is_of_workspace(request, signed_in));
    let sent_at = step_up::sent_at(req, state, parameters);
    let hinted_user = hinted_user(state, request, parameters).await?;
    let session = signed_in.as_ref().map(|signed_in| &signed_in.session);
    let check = session_check::check(request, hinted_user.as_ref(), session, sent_at, now);
    match (check, signed_in) {
        (SessionCheck::LoginRequired(why), _) => {
            let issuer = issuer(state);
            let error = ClientError { error: "login_required", description: why.to_owned() };
            Err(reply(request, Some(&issuer)).error(error))
        }
        (SessionCheck::SignIn { again }, signed_in) => {
            Err(to_sign_in(req, state, request, parameters, signed_in.as_ref(), again)?)
        }
        (SessionCheck::Accepted, None) => {
            Err(Refusal::SignIn(sign_in_url(state, PATH, &request.client, parameters)?))
        }
        (SessionCheck::Accepted, Some(signed_in)) => {
            let workspace = signed_in.workspace.clone();
            Ok((signed_in, workspace))
        }
    }
}

/// Redirect to sign-in. If the request demands a new authentication or limits its age, and the workspace is known, the provider gets the
/// same demand and must then send `auth_time` (OpenID Connect Core §3.1.2.1), and the return URL contains the sealed time of the redirect.
fn to_sign_in(
    req: &HttpRequest,
    state: &State,
    request: &AuthorizeRequest,
    parameters: &Parameters,
    signed_in: Option<&SignedIn>,
    again: bool,
) -> Result<Refusal, Refusal> {
    let again = again || request.requires_authentication();
    let workspace_id = match signed_in {
        Some(signed_in) => Some(&signed_in.user.workspace_id),
        // The person chooses the workspace first.
        None if request.client.is_deployment_wide() => None,
        None => Some(&request.client.workspace_id),
    };
    let Some(workspace_id) = workspace_id.filter(|_| again || request.max_age.is_some()) else {
        return Ok(Refusal::SignIn(sign_in_url(state, PATH, &request.client, parameters)?));
    };
    let (return_url, browser) = step_up::return_url(req, state, parameters)?;
    let mut url = workspace_sign_in_url(state, workspace_id, &return_url, parameters)?;
    match request.max_age {
        Some(max_age) if !again => url.query_pairs_mut().append_pair("max_age", &max_age.to_string()),
        _ => url.query_pairs_mut().append_pair("prompt", "login"),
    };
    Ok(Refusal::Authenticate(url.into(), Box::new(browser)))
}

/// Whether the session is in the client's workspace; always for a client of the deployment.
fn is_of_workspace(request: &AuthorizeRequest, signed_in: &SignedIn) -> bool {
    request.client.is_deployment_wide() || signed_in.user.workspace_id == request.client.workspace_id
}

/// Sign-in URL that returns to this request: of the client's workspace, or the page that asks for an email address for a client of
/// the deployment.
fn sign_in_url(
    state: &State,
    path: &str,
    client: &Client,
    parameters: &Parameters,
) -> Result<String, Refusal> {
    let return_url = authorize_url(state, path, parameters)?;
    if client.is_deployment_wide() {
        return email_sign_in_url(state, return_url);
    }
    Ok(workspace_sign_in_url(state, &client.workspace_id, &return_url, parameters)?.into())
}

fn email_sign_in_url(state: &State, return_url: Url) -> Result<String, Refusal> {
    let pairs = [("target_link_uri", return_url.as_str())];
    Ok(Url::parse_with_params(&state.app_url("/auth"), pairs)?.into())
}

fn workspace_sign_in_url(
    state: &State,
    workspace_id: &WorkspaceId,
    return_url: &Url,
    parameters: &Parameters,
) -> Result<Url, url::ParseError> {
    let mut url = Url::parse(&state.api_url("/api/okta/oidc/login"))?;
    url.query_pairs_mut()
        .append_pair("team_id", workspace_id)
        .append_pair("target_link_uri", return_url.as_str());
    if let Some(hint) = parameters.get("login_hint") {
        url.query_pairs_mut().append_pair("login_hint", hint);
    }
    Ok(url)
}

/// Issues the code, bound to the session and its epoch, so that it is invalid from the start if a revocation or sign-out happens at the
/// same time.
async fn approve(
    req: &HttpRequest,
    state: &State,
    request: AuthorizeRequest,
    signed_in: SignedIn,
) -> Result<HttpResponse, Refusal> {
    let (now, cause, issuer) = (state.now(), web_request::cause(req, signed_in.actor()), issuer(state));
    let (of_job, note) = (request.clone(), inspect::of(req));
    note.proves(&signed_in.user.workspace_id);
    let code = state
        .write(move |conn| {
            let SignedIn { user, session, .. } = &signed_in;
            let approval = Approval {
                client_id: &of_job.client.client_id,
                redirect_uri: &of_job.redirect_uri,
                scope: &of_job.scope,
                code_challenge: of_job.code_challenge.as_deref(),
                nonce: of_job.nonce.as_deref(),
                resource: &of_job.resource,
                session_id: Some(&session.session_id),
                auth_time: session.auth_time,
                dpop_jkt: of_job.dpop_jkt.as_deref(),
            };
            // The token endpoint uses the client as the person approved it.
            if of_job.client.describes_itself() {
                clients::save_described(conn, &of_job.client)?;
            }
            let code = codes::issue(conn, user, session.epoch, &approval, now)?;
            // Only consent of a person is an event: access to the operator's apps is the operator's decision.
            if of_job.client.kind == ClientKind::Mcp {
                let AuthorizeRequest { client, scope, resource, .. } = &of_job;
                let data = ClientApproved { client: &client.name, scope, resource };
                let target = Target::Client(&client.client_id);
                events::record(conn, &user.workspace_id, &cause, target, &data, now)?;
            }
            Ok::<_, vestibule_store::Error>(code)
        })
        .await?;
    note.changed(|| json!({ "a code": { "client": request.client.name, "scope": request.scope } }));
    Ok(reply(&request, Some(&issuer)).answer(&[("code", &code)])?.respond(state))
}
