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
use url::Url;
use vestibule_core::ids;
use vestibule_store::{
    access::{
        logins,
        secrets::{self, Kind},
    },
    providers::connections::{self, Connection},
    workspaces,
};
use vestibule_web::{
    State,
    config::region,
    http::{
        input::Parameters,
        request, return_to,
        session::{self, SignedIn, cookie_name, host_cookie},
    },
    observe::{inspect, sightings::Sight},
};

use crate::{
    provider::{self, Providers, Trip},
    refusal::Refusal,
    switch,
};

/// A trip that ends in a session.
const SIGN_IN: &str = "sign_in";
/// A trip that ends in a report.
pub(crate) const TEST: &str = "test";

/// What an initiation says (OpenID Connect Core §4), and what other doors of ours add.
const CARRIED: [&str; 6] = ["team_id", "iss", "login_hint", "target_link_uri", "prompt", "max_age"];

/// Sends the browser to the workspace's identity provider.
pub async fn get(req: HttpRequest, state: web::Data<State>, providers: web::Data<Providers>) -> HttpResponse {
    let answer = async {
        let query = Parameters::of_query(&req).map_err(|error| Refusal::Malformed(error.to_string()))?;
        start(&req, &state, &providers, &query, None).await
    };
    answer.await.unwrap_or_else(|refusal| refuse(&req, &state, &refusal))
}

/// The answer to the question whether to leave the session of another workspace (`switch`). A form of anybody else is led
/// to the same address as a GET: no cookie comes with another site's form, so nothing could be asked here.
pub async fn post(
    req: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
    providers: web::Data<Providers>,
) -> HttpResponse {
    let answer = async {
        let form = Parameters::of_form(&req, payload).await;
        let form = form.map_err(|error| Refusal::Malformed(error.to_string()))?;
        let signed_in = session::find(&state, &req).await?;
        match signed_in.filter(|signed_in| signed_in.sent(form.text("csrf"))) {
            Some(signed_in) => start(&req, &state, &providers, &form, Some(&signed_in)).await,
            None => {
                let pairs = carried(&form);
                let url = Url::parse_with_params(&state.api_url("/api/okta/oidc/login"), pairs);
                let url = url.map_err(|error| Refusal::Internal(error.to_string()))?;
                Ok(HttpResponse::SeeOther()
                    .insert_header((header::LOCATION, String::from(url)))
                    .insert_header((header::CACHE_CONTROL, "no-store"))
                    .insert_header((header::REFERRER_POLICY, "no-referrer"))
                    .finish())
            }
        }
    };
    answer.await.unwrap_or_else(|refusal| refuse(&req, &state, &refusal))
}

fn refuse(req: &HttpRequest, state: &State, refusal: &Refusal) -> HttpResponse {
    refusal.note(&inspect::of(req));
    refusal.page(state, &request::id(req))
}

fn carried(query: &Parameters) -> Vec<(&'static str, String)> {
    CARRIED.into_iter().filter_map(|name| Some((name, query.get(name)?.to_owned()))).collect()
}

/// Begins the sign-in that is asked for. `agreed`: the session that the person has agreed to leave for it.
async fn start(
    req: &HttpRequest,
    state: &State,
    providers: &Providers,
    query: &Parameters,
    agreed: Option<&SignedIn>,
) -> Result<HttpResponse, Refusal> {
    let team_id =
        query.get("team_id").ok_or_else(|| Refusal::Malformed("the address lacks team_id".to_owned()))?;
    let (workspace_id, region) = (ids::parse(team_id), state.config().region.name.clone());
    let workspace_id = workspace_id
        .ok_or_else(|| Refusal::UnknownWorkspace(region::not_here(&state.config().region, &clip(team_id))))?;
    let (wanted, note) = (workspace_id.clone(), inspect::of(req));
    note.claims(&workspace_id);
    note.understood("parameters", || query.names().collect());
    let (workspace, connection, taken) = state
        .read(move |conn| {
            let connection = connections::find(conn, &wanted)?;
            let taken = match &connection {
                Some(connection) => connections::is_taken(conn, connection)?,
                None => false,
            };
            Ok::<_, vestibule_store::Error>((workspaces::find(conn, &wanted, &region)?, connection, taken))
        })
        .await?;
    let workspace = workspace
        .ok_or_else(|| Refusal::UnknownWorkspace(region::not_here(&state.config().region, &workspace_id)))?;
    let connection = connection.ok_or_else(|| Refusal::NotConnected(workspace.name.clone()))?;
    if !connection.enabled {
        return Err(Refusal::SwitchedOff(workspace.name));
    }
    if taken {
        return Err(Refusal::Taken(workspace.name));
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
    let leaves = match switch::session_elsewhere(req, state, &workspace.workspace_id).await? {
        None => String::new(),
        Some(signed_in) => {
            let id = signed_in.session.session_id.clone();
            if agreed.is_none_or(|agreed| agreed.session.session_id != id) {
                return switch::ask(req, state, &signed_in, &workspace, carried(query)).await;
            }
            id
        }
    };
    // A door of ours asks for an app how lately the person authenticated; the workspace may ask it of everybody.
    let asked_age = match query.get("max_age").map(str::parse::<u32>) {
        None => None,
        Some(Ok(seconds)) => Some(i64::from(seconds)),
        Some(Err(_)) => return Err(Refusal::Malformed("max_age is no number of seconds".to_owned())),
    };
    let journey = Journey {
        connection: &connection,
        return_to: target,
        login_hint: query.get("login_hint"),
        // Another door of ours wants the person to authenticate anew (`oauth`, for a client that asked so).
        fresh: query.get("prompt") == Some("login"),
        max_age: [workspace.max_age_seconds, asked_age].into_iter().flatten().min(),
        tester: None,
        leaves,
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
    /// How long ago they may have authenticated, in seconds, as the workspace or an app wants it.
    pub max_age: Option<i64>,
    /// Who tests, as events name them: such a trip signs nobody in.
    pub tester: Option<String>,
    /// The id of the session of another workspace that the person agreed to leave; empty: there was none.
    pub leaves: String,
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
    let ticket = secrets::issue(Kind::State, &connection.workspace_id)?;
    let nonce = secrets::nonce()?;
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
        .seal(&provider::verifier_context(&connection.workspace_id), departure.verifier.expose_secret())?;
    let browser = browser_binding(req, state)?;
    let login = logins::Login {
        workspace_id: connection.workspace_id.clone(),
        state_digest: ticket.digest,
        browser_digest: secrets::digest(browser.value()),
        issuer: connection.issuer.clone(),
        client_id: connection.client_id.clone(),
        nonce,
        verifier,
        return_to: journey.return_to,
        fresh,
        purpose: if journey.tester.is_some() { TEST } else { SIGN_IN }.to_owned(),
        tester: journey.tester.unwrap_or_default(),
        max_age,
        leaves: journey.leaves,
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
        None => secrets::nonce()?,
    };
    Ok(host_cookie(state, "login", value, Duration::seconds(logins::LIFETIME / vestibule_core::time::SECOND)))
}

/// What somebody typed, short enough for a page.
fn clip(text: &str) -> String {
    text.chars().take(60).collect()
}
