//! `GET /api/okta/oidc/callback`: handles the browser's return from the identity provider.
//!
//! One transaction takes the pending login. Requests to the provider follow: they exchange the code, and the ID token is verified. Another
//! transaction decides which user this is and starts the session. Once the login is found, a refusal is recorded as an event, whose id is
//! the reference on the page. Without a verified signature of the provider, each reason is recorded at most once a minute; a page without
//! an event shows the id of the request.

pub(crate) mod response;

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use secrecy::ExposeSecret;
use serde_json::json;
use vestibule_core::{
    ids::ConnectionId,
    sets::{LoginPurpose, ProviderKind},
};
use vestibule_store::{
    Conn, Error, Tx,
    access::{
        logins::{self, Login},
        secrets::{self, Kind},
        sessions::NewSession,
    },
    providers::connections::{self, Connection},
    workspaces::Workspace,
};
use vestibule_web::{
    State,
    http::{
        input::Parameters,
        request,
        session::{self, cookie_name},
    },
    observe::{inspect, sightings::SightingKind},
};

use crate::{
    finish,
    person::{self, Claims, Outcome, Protocol, Terms, Trip},
    provider::{CodeResponse, Providers},
    refusal::Refusal,
    start::{self, LoginRequest},
    test_sign_in, workspace_switch,
};

/// Longest query of the callback, in bytes.
const LONGEST_QUERY: usize = 8192;
/// Longest ID token that is stored for sign-out at the provider, in bytes. A longer one doesn't fit into the URL.
const LONGEST_HINT: usize = 6_000;

/// Receives the browser back from the identity provider.
pub async fn get(req: HttpRequest, state: web::Data<State>, providers: web::Data<Providers>) -> HttpResponse {
    match receive(&req, &state, &providers).await {
        Ok(response) => response,
        Err(refusal) => {
            refusal.inspect(&inspect::of(&req));
            refusal.page(&state, &request::id(&req))
        }
    }
}

async fn receive(req: &HttpRequest, state: &State, providers: &Providers) -> Result<HttpResponse, Refusal> {
    if req.query_string().len() > LONGEST_QUERY {
        return Err(Refusal::Malformed("the answer is longer than 8 KiB".to_owned()));
    }
    let query = Parameters::of_query(req).map_err(|error| Refusal::Malformed(error.to_string()))?;
    let note = inspect::of(req);
    note.understood("parameters", || query.names().collect());
    let (login, connection, kind) = match take(req, state, &query).await {
        Err(refusal @ (Refusal::Spent | Refusal::OtherBrowser)) => {
            let login = secrets::parse(query.text("state")).filter(|presented| presented.kind == Kind::State);
            return match login {
                Some(login) => finish::repeated(req, state, login).await?.ok_or(refusal),
                None => Err(refusal),
            };
        }
        taken => taken?,
    };
    // Anybody can start a login and open this URL: only the provider's signature proves the workspace.
    note.claims(&login.workspace_id);
    note.understood("login", || json!({ "issuer": login.issuer, "purpose": login.purpose, "fresh": login.fresh, "max_age": login.max_age }));
    start::note_typed(&note, &login.typed_email);
    if login.purpose == LoginPurpose::Test {
        return test_sign_in::conclude(req, state, providers, &query, login, connection).await;
    }
    let connection = connection.filter(|connection| connection.enabled);
    let mut is_signed = false;
    let concluded = sign_in(req, state, providers, &query, &login, connection, &mut is_signed).await;
    match concluded.map_err(|refusal| refusal.of_kind(kind)) {
        Err(refusal) if refusal.needs_event() => {
            let of = (&login.workspace_id, login.issuer.as_str());
            finish::refuse(req, state, of, (Protocol::Oidc, is_signed), &refusal).await
        }
        concluded => concluded,
    }
}

/// Signs the person in. Sets `is_signed` once the signature of the ID token is verified, because that proves the workspace.
async fn sign_in(
    req: &HttpRequest,
    state: &State,
    providers: &Providers,
    query: &Parameters,
    login: &Login,
    connection: Option<Connection>,
    is_signed: &mut bool,
) -> Result<HttpResponse, Refusal> {
    let connection = connection.ok_or(Refusal::Changed)?;
    let code = response::code(state, providers, query, login).await?;
    let workspace = finish::workspace(state, &connection.workspace_id).await?;
    if let Some(signed_in) =
        workspace_switch::session_in_other_workspace(req, state, &workspace.workspace_id).await?
        && signed_in.session.session_id.as_str() != login.leaves
    {
        let mut fields = vec![
            ("team_id", workspace.workspace_id.to_string()),
            ("target_link_uri", login.return_to.clone()),
            ("connection", connection.connection_id.to_string()),
        ];
        fields.extend(login.fresh.then(|| ("prompt", "login".to_owned())));
        fields.extend(login.max_age.map(|seconds| ("max_age", seconds.to_string())));
        return workspace_switch::confirm_page(req, state, &signed_in, &workspace, fields).await;
    }
    let domains = response::domains(state, &connection).await?;
    let response = CodeResponse { connection: &connection, login, code, domains: &domains };
    let verification = providers.verify(state, &response).await?;
    let note = inspect::of(req);
    verification.inspect(&note, &login.workspace_id);
    *is_signed = verification.report.is_signed();
    let claims = verification.outcome?;
    response::prove(state, &connection, &request::id(req)).await?;

    let now = state.now();
    let (request_id, return_to, hint) =
        (request::id(req), login.return_to.clone(), claims.preferred_username.clone());
    let workspace_id = connection.workspace_id.clone();
    let new = new_session(req, state, &workspace, &connection, login, &claims)?;
    let said = claims.said.to_string();
    let (used, leaves) = (Terms::from(&connection), login.leaves.clone());
    let (trip, former) = (Trip::from(login), new.instead_of.clone());
    let inputs = Arc::new((used, claims, new, request_id));
    let job = move |conn: &mut Tx<'_>| {
        let (used, claims, new, request_id) = &*inputs;
        person::sign_in(conn, used, trip, claims, new, request_id, now)
    };
    let is_conflict = |error: &Error| matches!(error, Error::Conflict(_));
    let outcome = finish::transaction(state, job, is_conflict).await.map_err(|error| match error {
        Error::Conflict(_) => Refusal::Raced,
        other => other.into(),
    })?;
    match outcome {
        Outcome::SignedIn(started) => {
            state.sightings().note_of(connection.key(), SightingKind::SignedIn, "", now);
            state.sightings().note_of(connection.key(), SightingKind::AssertionSaid, &said, now);
            finish::signed_in(req, state, &workspace_id, started, (former, return_to), now).await
        }
        Outcome::Stale => {
            tracing::info!(workspace = %workspace_id, "login.stale");
            note.understood("sent_back", || {
                "all access ended after the person last authenticated: they must authenticate again".into()
            });
            let hint = hint.as_deref();
            let request = LoginRequest {
                return_to,
                login_hint: hint,
                fresh: true,
                max_age: None,
                tester: None,
                leaves,
            };
            start::begin(req, state, providers, &connection, request).await
        }
        Outcome::Refused(reason, event) => Err(Refusal::Person { reason, event }),
    }
}

/// Session to start if the sign-in succeeds.
fn new_session(
    req: &HttpRequest,
    state: &State,
    workspace: &Workspace,
    connection: &Connection,
    login: &Login,
    claims: &Claims,
) -> Result<NewSession, Refusal> {
    let id_token = claims.id_token.expose_secret();
    let id_token = match id_token.len() {
        1..=LONGEST_HINT => {
            state.sealer().seal(&session::id_token_context(&workspace.workspace_id), id_token)?
        }
        _ => String::new(),
    };
    Ok(NewSession {
        auth_time: claims.auth_time,
        until: claims.session_expiry,
        issuer: connection.issuer.clone(),
        provider_sid: claims.session_id.clone().unwrap_or_default(),
        id_token,
        state_digest: login.state_digest.clone(),
        return_to: login.return_to.clone(),
        ..session::begin(state, req, workspace)
    })
}

/// Takes the pending login that `state` names, from the browser that started it; and the connection that it began with, if that still
/// has the issuer and client id of the login, because an edit meanwhile must not mix two providers. The kind is the connection's in any case.
async fn take(
    req: &HttpRequest,
    state: &State,
    query: &Parameters,
) -> Result<(Login, Option<Connection>, Option<ProviderKind>), Refusal> {
    let presented = secrets::parse(query.text("state"))
        .filter(|presented| presented.kind == Kind::State)
        .ok_or_else(|| Refusal::Malformed("the answer's state is missing or not ours".to_owned()))?;
    let browser = req.cookie(&cookie_name(state, "login")).ok_or(Refusal::OtherBrowser)?;
    let (browser, now) = (secrets::digest(browser.value()), state.now());
    let (login, connection) = state
        .write_access(move |conn| {
            let login = logins::take(conn, &presented, &browser, now)?;
            let connection = match &login {
                Some(login) => connection_of(conn, login)?,
                None => None,
            };
            Ok::<_, Error>((login, connection))
        })
        .await?;
    let login = login.ok_or(Refusal::Spent)?;
    if let Some(connection) = &connection {
        state.sightings().note_of(connection.key(), SightingKind::SignInCameBack, "", now);
    }
    let kind = connection.as_ref().map(|connection| connection.provider);
    let same = connection.filter(|now| now.issuer == login.issuer && now.client_id == login.client_id);
    Ok((login, same, kind))
}

/// The connection that a login began with. A login that was stored by a version with one connection per workspace names none; its issuer
/// finds the connection.
fn connection_of(conn: &mut Conn, login: &Login) -> Result<Option<Connection>, Error> {
    match login.connection_id.as_str() {
        "" => connections::find_of_issuer(conn, &login.workspace_id, &login.issuer),
        id => connections::find(conn, &login.workspace_id, &ConnectionId::from_stored(id)),
    }
}
