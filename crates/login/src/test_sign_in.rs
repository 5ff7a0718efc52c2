//! Test sign-in: a real sign-in at the provider that ends in a report. It starts no session, links no user, and also works while the
//! connection is switched off. One of a set-up link makes the person an owner where nobody administers the workspace (`person::first`).
//!
//! The administrator's form on the app host (`POST /auth/test`) issues a sealed ticket, valid for a minute and used once. With it the login
//! starts on the API host (`GET /api/okta/oidc/test`), because its cookie belongs to that host. The form's field `connection` names the
//! connection; without it the test uses the first connection of OpenID Connect.

mod report;
pub(crate) mod saml;
mod sentences;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use askama::Template;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;
use vestibule_core::{
    ids::{ConnectionId, WorkspaceId},
    sets::ProviderKind,
    time::{Micros, SECOND},
};
use vestibule_store::{
    access::{logins::Login, secrets},
    providers::connections::{self, Connection},
    safeguards::assertions,
    trail::events::{self, Target, kinds::TestSignIn},
    workspaces,
};
use vestibule_web::{
    State,
    http::{input::Parameters, request, session, setup_session},
    observe::inspect,
    pages::{self, Frame, Layout},
};

use report::Outcome;

use crate::{
    callback::response,
    choose::{self, Chosen},
    person::{self, Terms},
    provider::{CodeResponse, Providers, Verification},
    refusal::Refusal,
    saml::start::begin as start_saml,
    start::{self, LoginRequest},
};

/// Lifetime of a ticket: the time of one redirect.
const TICKET_LIFETIME: Micros = 60 * SECOND;

#[derive(Serialize, Deserialize)]
struct Ticket {
    id: String,
    tester: String,
    /// The connection; `None`: the first of OpenID Connect.
    #[serde(default)]
    connection: Option<ConnectionId>,
    expires_at: Micros,
}

#[derive(Template)]
#[template(path = "test_begin.html")]
struct Begin<'a> {
    url: String,
    provider: &'a str,
}

/// Handles the administrator's form.
pub async fn post(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let answer = async {
        let form = Parameters::of_form(&req, payload).await;
        let form = form.map_err(|error| Refusal::Malformed(error.to_string()))?;
        let (workspace_id, tester) = tester(&req, &form, &state).await?;
        let connection = named(&state, &workspace_id, form.text("connection")).await?;
        let name = match &connection {
            Some(connection) => connection.name().to_owned(),
            None => first(&state, &workspace_id).await?,
        };
        offer(&state, &workspace_id, &tester, connection.as_ref(), &name)
    };
    answer.await.unwrap_or_else(|refusal: Refusal| refusal.page(&state, &request::id(&req)))
}

/// Workspace and actor of a form from a page of this session: an administrator, or somebody with a set-up link.
async fn tester(
    req: &HttpRequest,
    form: &Parameters,
    state: &State,
) -> Result<(WorkspaceId, String), Refusal> {
    let signed_in = session::find(state, req).await?.filter(|signed_in| signed_in.is_administrator());
    if let Some(signed_in) = signed_in.filter(|signed_in| signed_in.sent(form.text("csrf"))) {
        return Ok((signed_in.user.workspace_id.clone(), signed_in.actor()));
    }
    let setup = setup_session::find(state, req).await?.filter(|setup| setup.sent(form.text("csrf")));
    let setup = setup.ok_or(Refusal::NoTester)?;
    Ok((setup.workspace.workspace_id, SETUP_LINK.to_owned()))
}

/// The connection that the form names.
async fn named(
    state: &State,
    workspace_id: &WorkspaceId,
    connection: &str,
) -> Result<Option<Chosen>, Refusal> {
    if connection.is_empty() {
        return Ok(None);
    }
    let unknown = || Refusal::Malformed("connection is none of this workspace's".to_owned());
    let (workspace_id, connection) =
        (workspace_id.clone(), ConnectionId::parse(connection).ok_or_else(unknown)?);
    let found = state.read(move |conn| choose::find(conn, &workspace_id, &connection)).await?;
    found.ok_or_else(unknown).map(Some)
}

/// The name of the first connection of OpenID Connect.
async fn first(state: &State, workspace_id: &WorkspaceId) -> Result<String, Refusal> {
    let workspace_id = workspace_id.clone();
    let found = state.read(move |conn| connections::find_first(conn, &workspace_id)).await?;
    Ok(found.map_or_else(|| ProviderKind::Any.facts().name.to_owned(), |connection| connection.name))
}

/// Page that continues to the test of a connection of this workspace, for the actor `tester`, whose permission the caller has checked.
///
/// It continues by a link and a `Refresh` header, not by a form, because browsers apply the page's `form-action` policy to every
/// redirect that follows a form.
fn offer(
    state: &State,
    workspace_id: &WorkspaceId,
    tester: &str,
    connection: Option<&Chosen>,
    provider: &str,
) -> Result<HttpResponse, Refusal> {
    let ticket = Ticket {
        id: secrets::nonce()?,
        tester: tester.to_owned(),
        connection: connection.map(|connection| connection.id().clone()),
        expires_at: state.now() + TICKET_LIFETIME,
    };
    let sealed = state.sealer().seal(&context(workspace_id), &json!(ticket).to_string())?;
    let query = [("team_id", workspace_id.as_str()), ("ticket", &sealed)];
    let url = Url::parse_with_params(&state.api_url("/api/okta/oidc/test"), query)
        .map_err(|error| Refusal::Internal(error.to_string()))?
        .to_string();
    let content = Begin { url: url.clone(), provider };
    let mut answer = pages::render(state, StatusCode::OK, "Test sign-in", &Frame::default(), &content);
    if let Ok(refresh) = header::HeaderValue::from_str(&format!("0; url={url}")) {
        answer.headers_mut().insert(header::REFRESH, refresh);
    }
    Ok(answer)
}

/// Starts the login.
pub async fn get(req: HttpRequest, state: web::Data<State>, providers: web::Data<Providers>) -> HttpResponse {
    match begin(&req, &state, &providers).await {
        Ok(response) => response,
        Err(refusal) => refusal.page(&state, &request::id(&req)),
    }
}

async fn begin(req: &HttpRequest, state: &State, providers: &Providers) -> Result<HttpResponse, Refusal> {
    let query = Parameters::of_query(req).map_err(|error| Refusal::Malformed(error.to_string()))?;
    let workspace_id = WorkspaceId::parse(query.text("team_id")).ok_or(Refusal::Spent)?;
    let opened = state.sealer().open(&context(&workspace_id), query.text("ticket"));
    let opened = opened.map_err(|_| Refusal::Spent)?;
    let ticket: Ticket = serde_json::from_str(opened.expose_secret()).map_err(|_| Refusal::Spent)?;
    let now = state.now();
    if ticket.expires_at <= now {
        return Err(Refusal::Spent);
    }
    let (region, workspace_of_ticket, used) =
        (state.config().region.name.clone(), workspace_id.clone(), ticket.id.clone());
    let named = ticket.connection.clone();
    let (workspace, connection) = state
        .write(move |conn| {
            if !assertions::accept(conn, &workspace_of_ticket, "test sign-in", &used, ticket.expires_at)? {
                return Err(Refusal::Spent);
            }
            let connection = match named {
                Some(id) => choose::find(conn, &workspace_of_ticket, &id)?,
                None => connections::find_first(conn, &workspace_of_ticket)?
                    .map(|connection| Chosen::Oidc(Box::new(connection))),
            };
            Ok((workspaces::find(conn, &workspace_of_ticket, &region)?, connection))
        })
        .await?;
    let workspace = workspace.ok_or(Refusal::Spent)?;
    let connection = connection.ok_or(Refusal::NotConnected(workspace.name))?;
    let tester = ticket.tester;
    let request = LoginRequest {
        return_to: String::new(),
        login_hint: None,
        fresh: false,
        max_age: workspace.max_age_seconds,
        tester: Some(tester.clone()),
        leaves: String::new(),
    };
    let connection = match connection {
        Chosen::Oidc(connection) => connection,
        Chosen::Saml(connection) => return start_saml(req, state, &connection, request).await,
    };
    match start::begin(req, state, providers, &connection, request).await {
        Err(refusal @ Refusal::Answer(_)) => {
            let outcome = Outcome {
                kind: connection.provider,
                verification: Err(refusal),
                preview: None,
                created: false,
            };
            finish(req, state, &workspace_id, &tester, outcome).await
        }
        other => other,
    }
}

/// Handles the callback of a test: renders the report.
pub(crate) async fn conclude(
    req: &HttpRequest,
    state: &State,
    providers: &Providers,
    query: &Parameters,
    login: Login,
    connection: Option<Connection>,
) -> Result<HttpResponse, Refusal> {
    let kind = connection.as_ref().map_or(ProviderKind::Okta, |connection| connection.provider);
    let verification = verify(req, state, providers, query, &login, connection.as_ref()).await;
    if let Ok(verification) = &verification {
        verification.inspect(&inspect::of(req), &login.workspace_id);
    }
    let claims =
        verification.as_ref().ok().and_then(|verification| verification.outcome.as_ref().ok()).cloned();
    let mut created = false;
    let preview = match (claims, connection) {
        (Some(claims), Some(connection)) => {
            let terms = Terms::from(&connection);
            created = first_administrator(req, state, &login, &terms, &claims).await?;
            Some(state.read(move |conn| person::preview(conn, &terms, &claims)).await?)
        }
        _ => None,
    };
    let outcome = Outcome { kind, verification, preview, created };
    finish(req, state, &login.workspace_id, &login.tester, outcome).await
}

/// Makes the person an owner if a set-up link's browser tests and nobody administers the workspace yet. Returns whether it did.
async fn first_administrator(
    req: &HttpRequest,
    state: &State,
    login: &Login,
    terms: &Terms,
    claims: &person::Claims,
) -> Result<bool, Refusal> {
    if login.tester != SETUP_LINK {
        return Ok(false);
    }
    let (terms, claims, cause) = (terms.clone(), claims.clone(), request::cause(req, SETUP_LINK));
    let now = state.now();
    Ok(state.write(move |conn| person::first::administrator(conn, &terms, &claims, &cause, now)).await?)
}

async fn verify(
    req: &HttpRequest,
    state: &State,
    providers: &Providers,
    query: &Parameters,
    login: &Login,
    connection: Option<&Connection>,
) -> Result<Verification, Refusal> {
    let connection = connection.ok_or(Refusal::Changed)?;
    let code = response::code(state, providers, query, login).await?;
    let domains = response::domains(state, connection).await?;
    let code_response = CodeResponse { connection, login, code, domains: &domains };
    let verification = providers.verify(state, &code_response).await?;
    if verification.outcome.is_ok() {
        response::prove(state, connection, &request::id(req)).await?;
    }
    Ok(verification)
}

/// Records the outcome and renders the report.
async fn finish(
    req: &HttpRequest,
    state: &State,
    workspace_id: &WorkspaceId,
    tester: &str,
    outcome: Outcome,
) -> Result<HttpResponse, Refusal> {
    let mut report = report::of(&outcome);
    let cause = request::cause(req, tester);
    let (outcome, detail) = (report.outcome, report.detail.clone());
    let (user_id, now) = (report.user_id.clone(), state.now());
    let workspace_id = workspace_id.to_owned();
    tracing::info!(workspace = %workspace_id, outcome = report.outcome, "login.tested");
    report.reference = state
        .write(move |conn| {
            let target = user_id.as_deref().map_or(Target::Connection, Target::User);
            let data = TestSignIn { outcome, detail: &detail };
            events::record(conn, &workspace_id, &cause, target, &data, now)
        })
        .await?;
    report.back = back(state, tester);
    let frame = Frame { layout: Layout::Wide, ..Frame::default() };
    Ok(pages::render(state, StatusCode::OK, "Test sign-in", &frame, &report))
}

/// Actor of a test by the browser that used a set-up link.
const SETUP_LINK: &str = "setup_link";

/// The step of the set-up that a test of this actor decides.
fn back(state: &State, tester: &str) -> String {
    state.app_url(if tester == SETUP_LINK { "/setup/test" } else { "/integrations/okta/setup/test" })
}

/// Sealing context of a ticket.
fn context(workspace_id: &WorkspaceId) -> String {
    format!("{workspace_id} test sign-in")
}
