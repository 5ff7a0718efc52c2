//! `GET|POST /oauth/authorize`: a person lets an app know who they are (OpenID Connect Core §3.1), or an MCP client act for
//! them. Client and redirect URI (wrong ones redirect nowhere), the list of checks, who is signed in and how lately, then a
//! code at once for the operator's own apps, and for MCP clients a page that asks. SCIM's own door is `scim`.

mod consent;
mod refusal;
mod request;
pub mod scim;
mod standing;
mod step_up;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use refusal::{Refusal, Reply, answer, forged, redirect, reply};
pub(crate) use request::is_resource;
use request::{Asked, Call, Fault, read};
use serde_json::json;
use standing::Standing;
use url::Url;
use vestibule_core::sets::ClientKind;
use vestibule_store::{
    oauth::{
        clients::{self, Client},
        codes::{self, Approval},
    },
    trail::events::{self, Target, kinds::ClientApproved},
    workspaces::{self, Workspace},
};
use vestibule_web::{
    State,
    crypto::signing,
    http::{
        input::Parameters,
        limits::RetryAfter,
        request as web_request,
        session::{self, SignedIn},
    },
    observe::inspect,
    pages::Refused,
};

use crate::{
    Documents,
    client::{documents, redirect_uri},
    inspector,
};

const PATH: &str = "/oauth/authorize";
const AGAIN: &str = "Go back to the app you came from and start again.";

/// What is carried along through sign-in and form.
const CARRIED: [&str; 14] = [
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
    step_up::SENT_AT,
];

/// Answers the app, or shows the MCP client's page.
pub async fn get(req: HttpRequest, state: web::Data<State>, documents: web::Data<Documents>) -> HttpResponse {
    let answered = async {
        let parameters = Parameters::of_query(&req)?;
        let asked = check(&req, &state, &documents, &parameters).await?;
        let (signed_in, workspace) = person(&req, &state, &asked, &parameters).await?;
        if asked.client.kind == ClientKind::App {
            return approve(&req, &state, asked, signed_in).await;
        }
        // A client on somebody's machine can't prove who it is: each time is asked (RFC 8252 §8.6).
        if asked.prompts("none") {
            let issuer = issuer(&state);
            return Err(reply(&asked, Some(&issuer)).fault(Fault {
                error: "consent_required",
                description: "the person has to approve this client".to_owned(),
            }));
        }
        consent::page(&state, &asked, fields(&parameters), &signed_in, &workspace)
    };
    answered.await.unwrap_or_else(|refusal| answer(&req, &state, refusal))
}

/// Approves: the form came back. A request that an app posts (OpenID Connect Core §3.1.2.1) goes on as if it had not: a
/// browser shows no cookie with another site's form.
pub async fn post(
    req: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
    documents: web::Data<Documents>,
) -> HttpResponse {
    let approved = async {
        let parameters = Parameters::of_form(&req, payload).await?;
        let asked = check(&req, &state, &documents, &parameters).await?;
        let Some(csrf) = parameters.get("csrf") else {
            return Ok(redirect(here(&state, PATH, &parameters)?.into()));
        };
        let (signed_in, _) = person(&req, &state, &asked, &parameters).await?;
        if !signed_in.sent(csrf) {
            return Err(forged(AGAIN));
        }
        approve(&req, &state, asked, signed_in).await
    };
    approved.await.unwrap_or_else(|refusal| answer(&req, &state, refusal))
}

fn issuer(state: &State) -> String {
    state.config().region.api_url.clone()
}

async fn check(
    req: &HttpRequest,
    state: &State,
    documents: &Documents,
    parameters: &Parameters,
) -> Result<Asked, Refusal> {
    let stop = |what: &str| {
        Refusal::from(
            Refused::new(StatusCode::BAD_REQUEST, "The app's request does not fit", what)
                .advise("If you run the app: compare its client_id and redirect_uri with the ones registered here.")
                .advise("The operator registers them with: vestibule client create --kind app --redirect-uri …"),
        )
    };
    let note = inspect::of(req);
    inspector::form(&note, parameters);
    let client_id = parameters.get("client_id").ok_or_else(|| stop("It names no client_id."))?;
    let client = match documents::client(req, state, documents, client_id).await {
        Ok(client) => client,
        Err(documents::Absent::SignIn) => {
            return Err(Refusal::SignIn(by_email(state, here(state, PATH, parameters)?)?));
        }
        Err(documents::Absent::Wrong(why)) => {
            return Err(stop(&format!("Its client_id leads nowhere: {why}.")));
        }
        Err(documents::Absent::TooMany(RetryAfter(seconds))) => {
            let happened =
                "Vestibule looked up many new apps for you just now, and does not look up more at once.";
            let refused = Refused::new(StatusCode::TOO_MANY_REQUESTS, "Too many new apps at once", happened);
            return Err(refused.advise(format!("Wait {seconds} seconds, then try again.")).into());
        }
        Err(documents::Absent::Store(error)) => return Err(Refusal::Internal(error)),
    };
    let client = client
        .filter(|client| matches!(client.kind, ClientKind::App | ClientKind::Mcp))
        .ok_or_else(|| {
            stop(&format!(
                "Its client_id is not that of an app or MCP client in region {}.",
                state.config().region.name
            ))
        })?;
    inspector::from(&note, &client);
    // RFC 9700 §2.1: exact comparison, and never a redirect to an address that is not registered.
    let asked_for = parameters.get("redirect_uri").ok_or_else(|| stop("It names no redirect_uri."))?;
    if !redirect_uri::fits(&client, asked_for) {
        return Err(stop("Its redirect_uri is not registered for this client, so nothing is sent there."));
    }
    let issuer = issuer(state);
    let to = Reply { redirect_uri: asked_for, state: parameters.text("state"), issuer: Some(&issuer) };
    let call = Call { client: &client, parameters, mcp_scopes: &state.config().oauth.mcp_scopes };
    read(&call, asked_for).map_err(|fault| to.fault(fault))
}

/// The user whom the client expects: of an ID token that we gave it, expired or not (OpenID Connect Core §3.1.2.1).
async fn hinted(state: &State, asked: &Asked, parameters: &Parameters) -> Result<Option<String>, Refusal> {
    let Some(hint) = parameters.get("id_token_hint") else { return Ok(None) };
    let claims =
        signing::read(state, "JWT", hint).await.map_err(|error| Refusal::Internal(error.to_string()))?;
    let says = |name: &str| claims.as_ref()?.get(name)?.as_str().map(str::to_owned);
    let is_for_it = says("aud").is_some_and(|aud| aud == asked.client.client_id);
    match says("sub").filter(|_| is_for_it) {
        Some(user_id) => Ok(Some(user_id)),
        None => {
            let issuer = issuer(state);
            let description = "id_token_hint is no ID token that this client was given here".to_owned();
            Err(reply(asked, Some(&issuer)).fault(Fault { error: "invalid_request", description }))
        }
    }
}

/// Who is signed in, as lately as is asked, and their workspace.
async fn person(
    req: &HttpRequest,
    state: &State,
    asked: &Asked,
    parameters: &Parameters,
) -> Result<(SignedIn, Workspace), Refusal> {
    let now = state.now();
    let signed_in = session::find(state, req).await?.filter(|signed_in| fits(asked, signed_in));
    let sent_at = step_up::sent_at(req, state, parameters);
    let hinted = hinted(state, asked, parameters).await?;
    let session = signed_in.as_ref().map(|signed_in| &signed_in.session);
    let standing = standing::judge(asked, hinted.as_deref(), session, sent_at, now);
    match (standing, signed_in) {
        (Standing::Missing(why), _) => {
            let issuer = issuer(state);
            let fault = Fault { error: "login_required", description: why.to_owned() };
            Err(reply(asked, Some(&issuer)).fault(fault))
        }
        (Standing::SignIn(anew), signed_in) => {
            Err(to_sign_in(req, state, asked, parameters, signed_in.as_ref(), anew)?)
        }
        (Standing::Fits, None) => Err(Refusal::SignIn(sign_in_url(state, PATH, &asked.client, parameters)?)),
        (Standing::Fits, Some(signed_in)) => {
            let (id, region) = (signed_in.user.workspace_id.clone(), state.config().region.name.clone());
            let workspace = state.read(move |conn| workspaces::find(conn, &id, &region)).await?;
            let workspace = workspace.ok_or_else(|| Refusal::SignIn(state.app_url("/auth")))?;
            Ok((signed_in, workspace))
        }
    }
}

/// The way to sign-in. Where the client asks how lately the person authenticated, the provider is asked the same (OpenID Connect
/// Core §3.1.2.1: it must tell `auth_time` then), and the way back carries the moment.
fn to_sign_in(
    req: &HttpRequest,
    state: &State,
    asked: &Asked,
    parameters: &Parameters,
    signed_in: Option<&SignedIn>,
    anew: bool,
) -> Result<Refusal, Refusal> {
    let anew = anew || asked.wants_anew();
    let workspace_id = match signed_in {
        Some(signed_in) => Some(&signed_in.user.workspace_id),
        // Whose provider to ask, the person says first.
        None if asked.client.is_deployment_wide() => None,
        None => Some(&asked.client.workspace_id),
    };
    let Some(workspace_id) = workspace_id.filter(|_| anew || asked.max_age.is_some()) else {
        return Ok(Refusal::SignIn(sign_in_url(state, PATH, &asked.client, parameters)?));
    };
    let (back, browser) = step_up::way_back(req, state, parameters)?;
    let mut url = to_workspace(state, workspace_id, &back, parameters)?;
    match asked.max_age {
        Some(max_age) if !anew => url.query_pairs_mut().append_pair("max_age", &max_age.to_string()),
        _ => url.query_pairs_mut().append_pair("prompt", "login"),
    };
    Ok(Refusal::Authenticate(url.into(), Box::new(browser)))
}

/// Whether the session is of the client's workspace, if it has one.
fn fits(asked: &Asked, signed_in: &SignedIn) -> bool {
    asked.client.is_deployment_wide() || signed_in.user.workspace_id == asked.client.workspace_id
}

/// The request again, for the way through sign-in and for the form.
fn fields(parameters: &Parameters) -> Vec<(&'static str, String)> {
    CARRIED.into_iter().filter_map(|name| Some((name, parameters.get(name)?.to_owned()))).collect()
}

fn here(state: &State, path: &str, parameters: &Parameters) -> Result<Url, url::ParseError> {
    Url::parse_with_params(&state.api_url(path), fields(parameters))
}

/// Where to sign in, so that the browser comes back here: straight to the client's workspace, or by e-mail for a client
/// that all customers share.
fn sign_in_url(
    state: &State,
    path: &str,
    client: &Client,
    parameters: &Parameters,
) -> Result<String, Refusal> {
    let back = here(state, path, parameters)?;
    if client.is_deployment_wide() {
        return by_email(state, back);
    }
    Ok(to_workspace(state, &client.workspace_id, &back, parameters)?.into())
}

fn by_email(state: &State, back: Url) -> Result<String, Refusal> {
    let back = [("target_link_uri", back.as_str())];
    Ok(Url::parse_with_params(&state.app_url("/auth"), back)?.into())
}

fn to_workspace(
    state: &State,
    workspace_id: &str,
    back: &Url,
    parameters: &Parameters,
) -> Result<Url, url::ParseError> {
    let mut url = Url::parse(&state.api_url("/api/okta/oidc/login"))?;
    url.query_pairs_mut().append_pair("team_id", workspace_id).append_pair("target_link_uri", back.as_str());
    if let Some(hint) = parameters.get("login_hint") {
        url.query_pairs_mut().append_pair("login_hint", hint);
    }
    Ok(url)
}

/// Issues the code under the session's epoch, bound to the session: what races with a revocation or a sign-out is born dead.
async fn approve(
    req: &HttpRequest,
    state: &State,
    asked: Asked,
    signed_in: SignedIn,
) -> Result<HttpResponse, Refusal> {
    let (now, cause, issuer) = (state.now(), web_request::cause(req, signed_in.actor()), issuer(state));
    let (of_job, note) = (asked.clone(), inspect::of(req));
    // The one who is signed in here speaks for their workspace.
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
            };
            // What the person approved is what the token endpoint uses.
            if of_job.client.describes_itself() {
                clients::save_described(conn, &of_job.client)?;
            }
            let code = codes::issue(conn, user, session.epoch, &approval, now)?;
            // Who may come into an app is the operator's decision: only what a person approved is told.
            if of_job.client.kind == ClientKind::Mcp {
                let Asked { client, scope, resource, .. } = &of_job;
                let data = ClientApproved { client: &client.name, scope, resource };
                let target = Target::Client(&client.client_id);
                events::record(conn, &user.workspace_id, &cause, target, &data, now)?;
            }
            Ok::<_, vestibule_store::Error>(code)
        })
        .await?;
    note.changed(|| json!({ "a code": { "client": asked.client.name, "scope": asked.scope } }));
    Ok(redirect(reply(&asked, Some(&issuer)).with(&[("code", &code)])?))
}
