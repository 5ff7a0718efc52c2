//! Test sign-in: a real round trip, also of a connection that is switched off, that signs nobody in, links nobody, and ends
//! in a report. An administrator's form on the app host (`POST /auth/test`) gives a ticket, sealed, for a minute, used once;
//! with it the trip begins on the API host (`GET /api/okta/oidc/test`), where the cookie that binds it belongs.

mod report;
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
    ids,
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
    pages::{self, Around},
};

use report::Outcome;

use crate::{
    callback::response,
    person,
    provider::{Arrival, Examined, Providers},
    refusal::Refusal,
    start::{self, Journey},
};

/// The time of one redirect.
const TICKET_LIFE: Micros = 60 * SECOND;

#[derive(Serialize, Deserialize)]
struct Ticket {
    id: String,
    tester: String,
    expires_at: Micros,
}

#[derive(Template)]
#[template(path = "test_begin.html")]
struct Begin {
    url: String,
}

/// The administrator's button.
pub async fn post(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let answer = match ask(&req, payload, &state).await {
        Ok((workspace_id, tester)) => offer(&state, &workspace_id, &tester),
        Err(refusal) => Err(refusal),
    };
    answer.unwrap_or_else(|refusal| refusal.page(&state, &request::id(&req)))
}

/// Who asks, from a page of their own: an administrator, or who set up the workspace with a link.
async fn ask(req: &HttpRequest, payload: web::Payload, state: &State) -> Result<(String, String), Refusal> {
    let form = Parameters::of_form(req, payload).await;
    let form = form.map_err(|error| Refusal::Malformed(error.to_string()))?;
    let signed_in = session::find(state, req).await?.filter(|signed_in| signed_in.is_administrator());
    if let Some(signed_in) = signed_in.filter(|signed_in| signed_in.sent(form.text("csrf"))) {
        return Ok((signed_in.user.workspace_id.clone(), signed_in.actor()));
    }
    let setup = setup_session::find(state, req).await?.filter(|setup| setup.sent(form.text("csrf")));
    let setup = setup.ok_or(Refusal::NoTester)?;
    Ok((setup.workspace.workspace_id, "setup_link".to_owned()))
}

/// The page that leads to a test of this workspace's connection, on behalf of `tester`, as events name them. Whoever calls
/// this has made sure that they may. The way on is a link, and by itself: a browser would hold a form's whole way through
/// the provider against the page's policy.
///
/// # Errors
/// When nothing can be sealed.
pub(crate) fn offer(state: &State, workspace_id: &str, tester: &str) -> Result<HttpResponse, Refusal> {
    let ticket =
        Ticket { id: secrets::nonce()?, tester: tester.to_owned(), expires_at: state.now() + TICKET_LIFE };
    let sealed = state.sealer().seal(&context(workspace_id), &json!(ticket).to_string())?;
    let query = [("team_id", workspace_id), ("ticket", &sealed)];
    let url = Url::parse_with_params(&state.api_url("/api/okta/oidc/test"), query)
        .map_err(|error| Refusal::Internal(error.to_string()))?
        .to_string();
    let mut answer =
        pages::render(state, StatusCode::OK, "Test sign-in", &Around::default(), &Begin { url: url.clone() });
    if let Ok(refresh) = header::HeaderValue::from_str(&format!("0; url={url}")) {
        answer.headers_mut().insert(header::REFRESH, refresh);
    }
    Ok(answer)
}

/// Begins the trip.
pub async fn get(req: HttpRequest, state: web::Data<State>, providers: web::Data<Providers>) -> HttpResponse {
    match begin(&req, &state, &providers).await {
        Ok(response) => response,
        Err(refusal) => refusal.page(&state, &request::id(&req)),
    }
}

async fn begin(req: &HttpRequest, state: &State, providers: &Providers) -> Result<HttpResponse, Refusal> {
    let query = Parameters::of_query(req).map_err(|error| Refusal::Malformed(error.to_string()))?;
    let workspace_id = ids::parse(query.text("team_id")).ok_or(Refusal::Spent)?;
    let opened = state.sealer().open(&context(&workspace_id), query.text("ticket"));
    let opened = opened.map_err(|_| Refusal::Spent)?;
    let ticket: Ticket = serde_json::from_str(opened.expose_secret()).map_err(|_| Refusal::Spent)?;
    let now = state.now();
    if ticket.expires_at <= now {
        return Err(Refusal::Spent);
    }
    let (region, wanted, used) =
        (state.config().region.name.clone(), workspace_id.clone(), ticket.id.clone());
    let (workspace, connection) = state
        .write(move |conn| {
            if !assertions::accept(conn, &wanted, "test sign-in", &used, ticket.expires_at)? {
                return Err(Refusal::Spent);
            }
            Ok((workspaces::find(conn, &wanted, &region)?, connections::find(conn, &wanted)?))
        })
        .await?;
    let workspace = workspace.ok_or(Refusal::Spent)?;
    let connection = connection.ok_or(Refusal::NotConnected(workspace.name))?;
    let tester = ticket.tester;
    let journey = Journey {
        connection: &connection,
        return_to: String::new(),
        login_hint: None,
        fresh: false,
        max_age: workspace.max_age_seconds,
        tester: Some(tester.clone()),
        leaves: String::new(),
    };
    match start::begin(req, state, providers, journey).await {
        Err(refusal @ Refusal::Answer(_)) => {
            let outcome = Outcome { tried: Err(refusal), matched: None };
            finish(req, state, &workspace_id, &tester, outcome).await
        }
        other => other,
    }
}

/// The way back of a test: the report.
pub(crate) async fn conclude(
    req: &HttpRequest,
    state: &State,
    providers: &Providers,
    query: &Parameters,
    login: Login,
    connection: Option<Connection>,
) -> Result<HttpResponse, Refusal> {
    let tried = examine(req, state, providers, query, &login, connection.as_ref()).await;
    if let Ok(examined) = &tried {
        examined.note(&inspect::of(req), &login.workspace_id);
    }
    let claims = tried.as_ref().ok().and_then(|examined| examined.outcome.as_ref().ok()).cloned();
    let matched = match (claims, connection) {
        (Some(claims), Some(connection)) => {
            Some(state.read(move |conn| person::look(conn, &connection, &claims)).await?)
        }
        _ => None,
    };
    finish(req, state, &login.workspace_id, &login.tester, Outcome { tried, matched }).await
}

async fn examine(
    req: &HttpRequest,
    state: &State,
    providers: &Providers,
    query: &Parameters,
    login: &Login,
    connection: Option<&Connection>,
) -> Result<Examined, Refusal> {
    let connection = connection.ok_or(Refusal::Changed)?;
    let code = response::code(state, providers, query, login).await?;
    let examined = providers.examine(state, &Arrival { connection, login, code }).await?;
    if examined.outcome.is_ok() {
        response::prove(state, connection, &request::id(req)).await?;
    }
    Ok(examined)
}

/// Records the outcome and shows it.
async fn finish(
    req: &HttpRequest,
    state: &State,
    workspace_id: &str,
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
    Ok(pages::render(state, StatusCode::OK, "Test sign-in", &Around::default(), &report))
}

fn context(workspace_id: &str) -> String {
    format!("{workspace_id} test sign-in")
}
