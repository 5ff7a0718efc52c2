//! `GET /api/okta/oidc/login?team_id=` and `GET /api/okta/saml/login?team_id=`: redirect to the identity provider. Opened by a person, by
//! Okta (third-party initiated login, OpenID Connect Core §4; SP Initiate URL) or by another endpoint of Vestibule that needs a
//! session. The first uses any connection of the workspace, whatever its protocol (`choose`); the second only SAML.

use actix_web::{
    HttpRequest, HttpResponse,
    cookie::{Cookie, time::Duration},
    web,
};
use secrecy::ExposeSecret;
use serde_json::json;
use url::Url;
use vestibule_admin::provider::domains::name::of_email;
use vestibule_core::{
    ids::{ConnectionId, WorkspaceId},
    sets::LoginPurpose,
    time::SECOND,
};
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
        browser,
        input::Parameters,
        redirect, request, return_to,
        session::{self, SignedIn, host_cookie},
    },
    observe::{inspect, sightings::SightingKind},
};

use crate::{
    choose::{Chosen, Criteria, choose},
    person::Protocol,
    provider::{self, AuthorizationRequest, Providers},
    refusal::Refusal,
    saml, workspace_switch,
};

/// Parameters of a login initiation (OpenID Connect Core §4), and those that other endpoints of Vestibule add.
const PARAMETERS: [&str; 7] =
    ["team_id", "iss", "login_hint", "target_link_uri", "prompt", "max_age", "connection"];

/// Redirects the browser to the workspace's identity provider.
pub async fn get(req: HttpRequest, state: web::Data<State>, providers: web::Data<Providers>) -> HttpResponse {
    let answer = async {
        let query = Parameters::of_query(&req).map_err(|error| Refusal::Malformed(error.to_string()))?;
        start(&req, &state, &providers, &query, None, None).await
    };
    answer.await.unwrap_or_else(|refusal| refuse(&req, &state, &refusal))
}

/// Redirects the browser to a SAML provider of the workspace.
pub async fn get_saml(
    req: HttpRequest,
    state: web::Data<State>,
    providers: web::Data<Providers>,
) -> HttpResponse {
    let answer = async {
        let query = Parameters::of_query(&req).map_err(|error| Refusal::Malformed(error.to_string()))?;
        start(&req, &state, &providers, &query, None, Some(Protocol::Saml)).await
    };
    answer.await.unwrap_or_else(|refusal| refuse(&req, &state, &refusal))
}

/// Handles the confirmation to end the session of another workspace (`workspace_switch`). A form without this session's token is redirected to
/// the same URL as a GET, because browsers send no session cookie with another site's form.
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
            Some(signed_in) => start(&req, &state, &providers, &form, Some(&signed_in), None).await,
            None => {
                let pairs = parameters(&form);
                let url = Url::parse_with_params(&state.api_url("/api/okta/oidc/login"), pairs);
                let url = url.map_err(|error| Refusal::Internal(error.to_string()))?;
                Ok(redirect::see_other(url.as_str()).finish())
            }
        }
    };
    answer.await.unwrap_or_else(|refusal| refuse(&req, &state, &refusal))
}

fn refuse(req: &HttpRequest, state: &State, refusal: &Refusal) -> HttpResponse {
    refusal.inspect(&inspect::of(req));
    refusal.page(state, &request::id(req))
}

fn parameters(query: &Parameters) -> Vec<(&'static str, String)> {
    PARAMETERS.into_iter().filter_map(|name| Some((name, query.get(name)?.to_owned()))).collect()
}

/// Starts the requested sign-in. `agreed` is the session that the person has agreed to end for it.
async fn start(
    req: &HttpRequest,
    state: &State,
    providers: &Providers,
    query: &Parameters,
    agreed: Option<&SignedIn>,
    protocol: Option<Protocol>,
) -> Result<HttpResponse, Refusal> {
    let team_id =
        query.get("team_id").ok_or_else(|| Refusal::Malformed("the address lacks team_id".to_owned()))?;
    let (workspace_id, region) = (WorkspaceId::parse(team_id), state.config().region.name.clone());
    let workspace_id = workspace_id
        .ok_or_else(|| Refusal::UnknownWorkspace(region::not_here(&state.config().region, &clip(team_id))))?;
    let (wanted, note) = (workspace_id.clone(), inspect::of(req));
    note.claims(&workspace_id);
    note.understood("parameters", || query.names().collect());
    note_typed(&note, &typed_email(query.get("login_hint")));
    let protocol = protocol.or(query.get("iss").map(|_| Protocol::Oidc));
    let connection_id = match query.get("connection").map(ConnectionId::parse) {
        Some(None) => return Err(Refusal::Malformed("connection is no id of a connection".to_owned())),
        given => given.flatten(),
    };
    let choice = Criteria {
        connection: connection_id,
        protocol,
        issuer: query.get("iss").map(str::to_owned),
        domain: query.get("login_hint").and_then(of_email),
    };
    let (workspace, chosen, taken) = state
        .read(move |conn| {
            let chosen = choose(conn, &wanted, &choice)?;
            let taken = match &chosen {
                Some(Chosen::Oidc(connection)) => connections::is_taken(conn, connection)?,
                _ => false,
            };
            Ok::<_, vestibule_store::Error>((workspaces::find(conn, &wanted, &region)?, chosen, taken))
        })
        .await?;
    let workspace = workspace
        .ok_or_else(|| Refusal::UnknownWorkspace(region::not_here(&state.config().region, &workspace_id)))?;
    if workspace.suspended_at.is_some() {
        return Err(Refusal::Suspended(workspace.name));
    }
    let Some(chosen) = chosen else { return Err(Refusal::not_connected(state, workspace).await?) };
    let kind = chosen.provider();
    if !chosen.is_enabled() {
        return Err(Refusal::SwitchedOff(workspace.name).of(kind));
    }
    if taken {
        return Err(Refusal::Taken(workspace.name).of(kind));
    }
    // A wrong issuer here means that two providers or two tenants are mixed up.
    if let (Chosen::Oidc(connection), Some(iss)) = (&chosen, query.get("iss"))
        && iss.trim_end_matches('/') != connection.issuer.trim_end_matches('/')
    {
        let issuer = connection.issuer.clone();
        return Err(Refusal::OtherIssuer { workspace: workspace.name, issuer }.of(kind));
    }
    let is_sent_on = query.get("from") == Some("provider");
    if is_sent_on {
        let connection = match &chosen {
            Chosen::Saml(connection) => Some(connection.as_ref()),
            Chosen::Oidc(_) => None,
        };
        saml::start::check_loop(req, state, connection).map_err(|refusal| refusal.of(kind))?;
    }
    let target = match query.get("target_link_uri") {
        None => state.app_url("/account"),
        Some(uri) => return_to::safe(&state.config().region, &workspace.origins(), uri)
            .ok_or_else(|| Refusal::Malformed("target_link_uri leads to another site".to_owned()))?,
    };
    let leaves =
        match workspace_switch::session_in_other_workspace(req, state, &workspace.workspace_id).await? {
            None => String::new(),
            Some(signed_in) => {
                let id = signed_in.session.session_id.clone();
                if agreed.is_none_or(|agreed| agreed.session.session_id != id) {
                    let mut fields = parameters(query);
                    if let (Chosen::Saml(connection), None) = (&chosen, query.get("connection")) {
                        fields.push(("connection", connection.connection_id.to_string()));
                    }
                    return workspace_switch::confirm_page(req, state, &signed_in, &workspace, fields).await;
                }
                id.into_string()
            }
        };
    // The authorization endpoint passes on the max_age of an app; the workspace may have one for everybody.
    let requested_max_age = match query.get("max_age").map(str::parse::<u32>) {
        None => None,
        Some(Ok(seconds)) => Some(i64::from(seconds)),
        Some(Err(_)) => return Err(Refusal::Malformed("max_age is no number of seconds".to_owned())),
    };
    let request = LoginRequest {
        return_to: target,
        login_hint: query.get("login_hint"),
        // The authorization endpoint passes on the prompt of an app.
        fresh: query.get("prompt") == Some("login"),
        max_age: [workspace.max_age_seconds, requested_max_age].into_iter().flatten().min(),
        tester: None,
        leaves,
    };
    match &chosen {
        Chosen::Oidc(connection) => begin(req, state, providers, connection, request)
            .await
            .map_err(|refusal| refusal.of(connection.provider)),
        Chosen::Saml(connection) => {
            let answer = saml::start::begin(req, state, connection, request).await?;
            if is_sent_on { saml::start::mark_sent_on(req, state, answer) } else { Ok(answer) }
        }
    }
}

/// Login to start.
pub(crate) struct LoginRequest<'a> {
    pub return_to: String,
    pub login_hint: Option<&'a str>,
    /// Whether the person must authenticate again.
    pub fresh: bool,
    /// How long ago the person may have authenticated, in seconds.
    pub max_age: Option<i64>,
    /// Actor of a test sign-in, which starts no session.
    pub tester: Option<String>,
    /// Id of the session in another workspace that the person agreed to end; empty if there was none.
    pub leaves: String,
}

/// Starts a login: stores it, and redirects to the provider.
pub(crate) async fn begin(
    req: &HttpRequest,
    state: &State,
    providers: &Providers,
    connection: &Connection,
    request: LoginRequest<'_>,
) -> Result<HttpResponse, Refusal> {
    let fresh = request.fresh;
    let now = state.now();
    let ticket = secrets::issue(Kind::State, &connection.workspace_id)?;
    let nonce = secrets::nonce()?;
    let max_age = if fresh { Some(0) } else { request.max_age };
    let parameters = AuthorizationRequest {
        connection,
        state: ticket.plain,
        nonce: nonce.clone(),
        login_hint: request.login_hint,
        fresh,
        max_age,
    };
    let authorization = providers.authorization_url(state, parameters).await?;
    state.sightings().note_of(connection.key(), SightingKind::SignInBegan, "", now);
    let verifier = state.sealer().seal(
        &provider::verifier_context(&connection.workspace_id),
        authorization.verifier.expose_secret(),
    )?;
    let browser = browser_cookie(req, state)?;
    let login = logins::Login {
        workspace_id: connection.workspace_id.clone(),
        state_digest: ticket.digest,
        browser_digest: secrets::digest(browser.value()),
        issuer: connection.issuer.clone(),
        client_id: connection.client_id.clone(),
        nonce,
        verifier,
        return_to: request.return_to,
        fresh,
        purpose: if request.tester.is_some() { LoginPurpose::Test } else { LoginPurpose::SignIn },
        tester: request.tester.unwrap_or_default(),
        max_age,
        leaves: request.leaves,
        created_at: now,
        expires_at: now + logins::LIFETIME,
        connection_id: connection.connection_id.to_string(),
        typed_email: typed_email(request.login_hint),
    };
    let purpose = login.purpose;
    inspect::of(req).understood("sent_to", || {
        json!({ "issuer": connection.issuer, "client_id": connection.client_id, "purpose": purpose, "fresh": fresh, "max_age": max_age })
    });
    state.write_access(move |conn| logins::begin(conn, &login)).await?;
    tracing::info!(workspace = %connection.workspace_id, fresh, %purpose, "login.started");
    Ok(redirect::see_other(authorization.url.as_str()).cookie(browser).finish())
}

/// The longest address that is stored: RFC 5321, section 4.5.3.1, allows 64 octets, `@` and 255 octets.
const LONGEST_ADDRESS: usize = 320;

/// The address that the person typed, as far as it is stored: for the inspector, so that an administrator finds a refused sign-in by it.
pub(crate) fn typed_email(login_hint: Option<&str>) -> String {
    let typed = login_hint.map(str::trim).unwrap_or_default();
    let is_address =
        typed.contains('@') && typed.len() <= LONGEST_ADDRESS && !typed.contains(char::is_control);
    if is_address { typed.to_owned() } else { String::new() }
}

/// Notes the address that the person typed.
pub(crate) fn note_typed(note: &inspect::Note, typed: &str) {
    if !typed.is_empty() {
        note.understood("typed_email", || typed.into());
    }
}

/// Cookie that binds a login to its browser.
pub(crate) fn browser_cookie(req: &HttpRequest, state: &State) -> Result<Cookie<'static>, Refusal> {
    let value = browser::value_or_new(state, req, "login")?;
    Ok(host_cookie(state, "login", value, Duration::seconds(logins::LIFETIME / SECOND)))
}

/// Cuts a text from the URL for display on a page.
fn clip(text: &str) -> String {
    text.chars().take(60).collect()
}
