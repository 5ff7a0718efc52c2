//! `GET /api/okta/oidc/login?team_id=`: the way to the identity provider, begun by a person, by Okta (third-party
//! initiated, OpenID Connect Core §4) or by another door of ours that needs somebody signed in.

use actix_web::{
    HttpRequest, HttpResponse,
    cookie::{Cookie, time::Duration},
    http::header,
    web,
};
use secrecy::ExposeSecret;
use serde_json::json;
use vestibule_store::{
    connections::{self, Connection},
    id, logins,
    secret::{self, Kind},
    workspaces,
};
use vestibule_web::{
    State,
    input::Parameters,
    inspect, region, request, return_to,
    session::{cookie_name, host_cookie},
    sightings::Sight,
};

use crate::{
    provider::{Providers, Trip},
    refusal::Refusal,
};

/// A trip that ends in a session.
const SIGN_IN: &str = "sign_in";
/// A trip that ends in a report.
pub(crate) const TEST: &str = "test";

/// Sends the browser to the workspace's identity provider.
pub async fn get(req: HttpRequest, state: web::Data<State>, providers: web::Data<Providers>) -> HttpResponse {
    match start(&req, &state, &providers).await {
        Ok(response) => response,
        Err(refusal) => {
            refusal.note(&inspect::of(&req));
            refusal.page(&state, &request::id(&req))
        }
    }
}

async fn start(req: &HttpRequest, state: &State, providers: &Providers) -> Result<HttpResponse, Refusal> {
    let query = Parameters::of_query(req).map_err(|error| Refusal::Malformed(error.to_string()))?;
    let team_id =
        query.get("team_id").ok_or_else(|| Refusal::Malformed("the address lacks team_id".to_owned()))?;
    let (workspace_id, region) = (id::parse(team_id), state.config().region.name.clone());
    let workspace_id = workspace_id
        .ok_or_else(|| Refusal::UnknownWorkspace(region::not_here(&state.config().region, &clip(team_id))))?;
    let (wanted, note) = (workspace_id.clone(), inspect::of(req));
    note.claims(&workspace_id);
    note.understood("parameters", || query.names().collect());
    let (workspace, connection) = state
        .read(move |conn| {
            Ok::<_, vestibule_store::Error>((
                workspaces::find(conn, &wanted, &region)?,
                connections::find(conn, &wanted)?,
            ))
        })
        .await?;
    let workspace = workspace
        .ok_or_else(|| Refusal::UnknownWorkspace(region::not_here(&state.config().region, &workspace_id)))?;
    let connection = connection.ok_or_else(|| Refusal::NotConnected(workspace.name.clone()))?;
    if !connection.enabled {
        return Err(Refusal::SwitchedOff(workspace.name));
    }
    // A wrong issuer here is the mix-up of two providers, or of two tenants.
    if query
        .get("iss")
        .is_some_and(|iss| iss.trim_end_matches('/') != connection.issuer.trim_end_matches('/'))
    {
        return Err(Refusal::OtherIssuer { workspace: workspace.name, issuer: connection.issuer });
    }
    let target = match query.get("target_link_uri") {
        None => state.app_url("/account"),
        Some(uri) => return_to::safe(&state.config().region, &workspace.origins(), uri)
            .ok_or_else(|| Refusal::Malformed("target_link_uri leads to another site".to_owned()))?,
    };
    let journey = Journey {
        connection: &connection,
        return_to: target,
        login_hint: query.get("login_hint"),
        // Another door of ours wants the person to authenticate anew (`oauth`, for a client that asked so).
        fresh: query.get("prompt") == Some("login"),
        max_age: workspace.max_age_seconds,
        tester: None,
    };
    begin(req, state, providers, journey).await
}

/// A trip that is to begin.
pub(crate) struct Journey<'a> {
    pub connection: &'a Connection,
    pub return_to: String,
    pub login_hint: Option<&'a str>,
    /// Demands that the person authenticates anew.
    pub fresh: bool,
    /// How long ago they may have authenticated, in seconds, as the workspace wants it.
    pub max_age: Option<i64>,
    /// Who tests, as events name them: such a trip signs nobody in.
    pub tester: Option<String>,
}

/// Begins a trip.
pub(crate) async fn begin(
    req: &HttpRequest,
    state: &State,
    providers: &Providers,
    journey: Journey<'_>,
) -> Result<HttpResponse, Refusal> {
    let Journey { connection, fresh, .. } = journey;
    let now = state.now();
    let ticket = secret::issue(Kind::State, &connection.workspace_id)?;
    let nonce = secret::nonce()?;
    let max_age = if fresh { Some(0) } else { journey.max_age };
    let trip = Trip {
        connection,
        state: ticket.plain,
        nonce: nonce.clone(),
        login_hint: journey.login_hint,
        fresh,
        max_age,
    };
    let departure = providers.depart(state, trip).await?;
    state.sightings().note(&connection.workspace_id, Sight::SignInBegan, "", now);
    let verifier = state
        .sealer()
        .seal(&verifier_context(&connection.workspace_id), departure.verifier.expose_secret())?;
    let browser = browser_binding(req, state)?;
    let login = logins::Login {
        workspace_id: connection.workspace_id.clone(),
        state_digest: ticket.digest,
        browser_digest: secret::digest(browser.value()),
        issuer: connection.issuer.clone(),
        client_id: connection.client_id.clone(),
        nonce,
        verifier,
        return_to: journey.return_to,
        fresh,
        purpose: if journey.tester.is_some() { TEST } else { SIGN_IN }.to_owned(),
        tester: journey.tester.unwrap_or_default(),
        max_age,
        created_at: now,
        expires_at: now + logins::LIFETIME,
    };
    let purpose = login.purpose.clone();
    inspect::of(req).understood("sent_to", || {
        json!({ "issuer": connection.issuer, "client_id": connection.client_id, "purpose": purpose, "fresh": fresh, "max_age": max_age })
    });
    state.write_access(move |conn| logins::begin(conn, &login)).await?;
    tracing::info!(workspace = %connection.workspace_id, fresh, purpose, "login.started");
    Ok(HttpResponse::SeeOther()
        .insert_header((header::LOCATION, departure.url.to_string()))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .cookie(browser)
        .finish())
}

/// The cookie that binds a trip to its browser. One value serves the trips of several tabs.
fn browser_binding(req: &HttpRequest, state: &State) -> Result<Cookie<'static>, Refusal> {
    let present = req.cookie(&cookie_name(state, "login")).map(|cookie| cookie.value().to_owned());
    let value = match present.filter(|value| value.len() == 43) {
        Some(value) => value,
        None => secret::nonce()?,
    };
    Ok(host_cookie(state, "login", value, Duration::seconds(logins::LIFETIME / vestibule_store::SECOND)))
}

pub(crate) fn verifier_context(workspace_id: &str) -> String {
    format!("{workspace_id} login verifier")
}

/// What somebody typed, short enough for a page.
fn clip(text: &str) -> String {
    text.chars().take(60).collect()
}
