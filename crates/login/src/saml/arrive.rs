//! `GET /api/okta/saml/arrive?ticket=`: the browser comes back with its cookies after the provider's POST. One transaction takes the login
//! of this browser, remembers the assertion so that it counts once (SAML Profiles §4.1.4.5), decides who the person is and starts the
//! session. Another browser with the same ticket does not use up the login.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_core::{
    sets::LoginPurpose,
    time::{Micros, SECOND},
};
use vestibule_saml::response::Assertion;
use vestibule_store::{
    Error, Tx,
    access::{
        logins::{self, Login},
        secrets::{self, Presented},
        sessions::NewSession,
    },
    providers::{
        saml_certificates,
        saml_connections::{self, SamlConnection},
    },
    safeguards::assertions,
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

use super::{
    answer::{self, Answer, StoredAnswer},
    claims, joined, start,
};
use crate::{
    finish,
    person::{self, Claims, Outcome, Protocol, Terms, Trip},
    provider::ProviderError,
    refusal::Refusal,
    start::{LoginRequest, note_typed},
    test_sign_in, workspace_switch,
};

/// How long after its end an assertion is remembered: longer than the tolerated difference of clocks.
pub(crate) const LEEWAY: Micros = 300 * SECOND;

/// Receives the browser.
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    match receive(&req, &state).await {
        Ok(response) => response,
        Err(refusal) => {
            refusal.inspect(&inspect::of(&req));
            refusal.page(&state, &request::id(&req))
        }
    }
}

async fn receive(req: &HttpRequest, state: &State) -> Result<HttpResponse, Refusal> {
    let query = Parameters::of_query(req).map_err(|error| Refusal::Malformed(error.to_string()))?;
    let (workspace_id, kept) = answer::find(state, query.text("ticket")).await?;
    let answer = match kept {
        StoredAnswer::Answer(answer) => answer,
        StoredAnswer::Test(answer) => {
            return test_sign_in::saml::conclude(req, state, workspace_id, answer).await;
        }
    };
    let note = inspect::of(req);
    note.proves(&workspace_id);
    let workspace = finish::workspace(state, &workspace_id).await?;
    let login = match &answer.assertion.in_response_to {
        None => None,
        Some(id) => {
            let handle = logins::saml_handle(&workspace_id, id);
            match pending(req, state, &handle).await {
                // A test signs nobody in.
                Ok(login) if login.purpose == LoginPurpose::Test => return Err(Refusal::Spent),
                Ok(login) => Some((handle, login)),
                Err(refusal @ (Refusal::Spent | Refusal::OtherBrowser)) => {
                    return finish::repeated(req, state, handle).await?.ok_or(refusal);
                }
                Err(refusal) => return Err(refusal),
            }
        }
    };
    let issuer = answer.assertion.issuer.clone();
    match sign_in(req, state, &workspace, answer, login).await {
        // Another tab of this browser was quicker, or the answer is opened again: no event is recorded.
        Err(refusal) if matches!(refusal.bare(), Refusal::Spent) => Err(refusal),
        Err(refusal) if refusal.needs_event() => {
            let of = (&workspace.workspace_id, issuer.as_str());
            finish::refuse(req, state, of, (Protocol::Saml, true), &refusal).await
        }
        concluded => concluded,
    }
}

/// The login that the assertion answers, if this browser began it. Does not use up the login.
pub(crate) async fn pending(req: &HttpRequest, state: &State, handle: &Presented) -> Result<Login, Refusal> {
    let browser = browser_digest(req, state).ok_or(Refusal::OtherBrowser)?;
    let (handle, now) = (handle.clone(), state.now());
    let login = state.read(move |conn| logins::find(conn, &handle, now)).await?.ok_or(Refusal::Spent)?;
    if login.browser_digest != browser {
        return Err(Refusal::OtherBrowser);
    }
    note_typed(&inspect::of(req), &login.typed_email);
    Ok(login)
}

fn browser_digest(req: &HttpRequest, state: &State) -> Option<String> {
    req.cookie(&cookie_name(state, "login")).map(|cookie| secrets::digest(cookie.value()))
}

async fn sign_in(
    req: &HttpRequest,
    state: &State,
    workspace: &Workspace,
    answer: Answer,
    login: Option<(Presented, Login)>,
) -> Result<HttpResponse, Refusal> {
    let connection = connection(state, workspace, &answer, login.as_ref().map(|(_, login)| login)).await?;
    let kind = connection.kind();
    let signed_in = sign_in_through(connection, req, state, workspace, answer, login).await;
    signed_in.map_err(|refusal| refusal.of(kind))
}

async fn sign_in_through(
    connection: SamlConnection,
    req: &HttpRequest,
    state: &State,
    workspace: &Workspace,
    answer: Answer,
    login: Option<(Presented, Login)>,
) -> Result<HttpResponse, Refusal> {
    let workspace_id = workspace.workspace_id.clone();
    let names = connection.attribute_names()?;
    let (trip, leaves, max_age) = match &login {
        Some((_, login)) => (Trip::from(login), login.leaves.clone(), login.max_age),
        None => (Trip { fresh: false, began_at: 0 }, String::new(), workspace.max_age_seconds),
    };
    let return_to = match &login {
        Some((_, login)) => login.return_to.clone(),
        None => answer.return_to.unwrap_or_else(|| state.app_url("/account")),
    };
    if let Some(signed_in) = workspace_switch::session_in_other_workspace(req, state, &workspace_id).await?
        && signed_in.session.session_id.as_str() != leaves
    {
        let mut fields = vec![
            ("team_id", workspace_id.to_string()),
            ("target_link_uri", return_to),
            ("connection", connection.connection_id.to_string()),
        ];
        fields.extend(trip.fresh.then(|| ("prompt", "login".to_owned())));
        return workspace_switch::confirm_page(req, state, &signed_in, workspace, fields).await;
    }
    let assertion = answer.assertion;
    let claims = claims::read(&assertion, &names, trip)
        .map_err(|reason| Refusal::Saml { check: "name_id", reason })?;
    let seen = claims::sightings(&assertion, &names);
    for sight in seen {
        state.sightings().note_of(connection.key(), sight, "", state.now());
    }
    let again = |fresh_hint: Option<String>| (fresh_hint, return_to.clone(), leaves.clone());
    if max_age.is_some() && claims.auth_time.is_none() {
        if trip.fresh {
            let why = "the provider did not authenticate the person again (ForceAuthn)".to_owned();
            return Err(Refusal::Answer(ProviderError::Stale(why)));
        }
        return begin_again(req, state, &connection, again(None)).await;
    }
    let new = NewSession {
        auth_time: claims.auth_time,
        until: claims.session_expiry,
        issuer: connection.issuer.clone(),
        provider_sid: claims.session_id.clone().unwrap_or_default(),
        name_id_format: assertion.name_id.format.clone(),
        id_token: String::new(),
        state_digest: login.as_ref().map(|(handle, _)| handle.digest.clone()).unwrap_or_default(),
        return_to: return_to.clone(),
        ..session::begin(state, req, workspace)
    };
    let said = claims.said.to_string();
    let (now, former, hint) = (state.now(), new.instead_of.clone(), claims.preferred_username.clone());
    let arrival = Arrival {
        terms: joined::terms(state, &connection, &names, &claims).await?,
        connection: connection.clone(),
        certificate: answer.certificate,
        login: login.map(|(handle, login)| (handle, login.browser_digest)),
        assertion,
        trip,
        claims,
        new,
        request_id: request::id(req),
        now,
    };
    let arrival = Arc::new(arrival);
    let job = move |conn: &mut Tx<'_>| arrival.sign_in(conn);
    let is_conflict = |error: &ArrivalError| matches!(error, ArrivalError::Refused(Error::Conflict(_)));
    let outcome = finish::transaction(state, job, is_conflict).await.map_err(|error| match error {
        ArrivalError::Refused(Error::Conflict(_)) => Refusal::Raced,
        ArrivalError::Refused(error) => error.into(),
        ArrivalError::Spent => Refusal::Spent,
        ArrivalError::Changed => Refusal::Changed,
    })?;
    match outcome {
        Outcome::SignedIn(started) => {
            state.sightings().note_of(connection.key(), SightingKind::SignedIn, "", now);
            state.sightings().note_of(connection.key(), SightingKind::AssertionSaid, &said, now);
            finish::signed_in(req, state, &workspace_id, started, (former, return_to), now).await
        }
        Outcome::Stale => {
            tracing::info!(workspace = %workspace_id, "login.stale");
            begin_again(req, state, &connection, again(hint)).await
        }
        Outcome::Refused(reason, event) => Err(Refusal::Person { reason, event }),
    }
}

/// The connection of the answer, if it is still the one that the login began with.
async fn connection(
    state: &State,
    workspace: &Workspace,
    answer: &Answer,
    login: Option<&Login>,
) -> Result<SamlConnection, Refusal> {
    let (workspace_id, connection_id) = (workspace.workspace_id.clone(), answer.connection_id.clone());
    let connection =
        state.read(move |conn| saml_connections::find(conn, &workspace_id, &connection_id)).await?;
    connection
        .filter(|connection| connection.enabled && connection.issuer == answer.assertion.issuer)
        .filter(|connection| login.is_none_or(|login| login.connection_id == *connection.connection_id))
        .ok_or(Refusal::Changed)
}

/// Begins a trip on which the person must authenticate again.
async fn begin_again(
    req: &HttpRequest,
    state: &State,
    connection: &SamlConnection,
    (hint, return_to, leaves): (Option<String>, String, String),
) -> Result<HttpResponse, Refusal> {
    inspect::of(req).understood("sent_back", || {
        "the person must authenticate again: access ended, or an age of the authentication is required".into()
    });
    let request = LoginRequest {
        return_to,
        login_hint: hint.as_deref(),
        fresh: true,
        max_age: None,
        tester: None,
        leaves,
    };
    start::begin(req, state, connection, request).await
}

/// Everything that the transaction of a sign-in needs.
struct Arrival {
    terms: Terms,
    connection: SamlConnection,
    certificate: String,
    login: Option<(Presented, String)>,
    assertion: Assertion,
    trip: Trip,
    claims: Claims,
    new: NewSession,
    request_id: String,
    now: Micros,
}

/// Why the transaction ended before it recognised the person.
enum ArrivalError {
    /// The login or the assertion was used before.
    Spent,
    /// The connection changed or was switched off.
    Changed,
    Refused(Error),
}

impl From<Error> for ArrivalError {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl Arrival {
    fn sign_in(&self, conn: &mut Tx<'_>) -> Result<Outcome, ArrivalError> {
        let SamlConnection { workspace_id, connection_id, issuer, .. } = &self.connection;
        // Read again in the transaction: a connection that was switched off a moment ago signs nobody in.
        let current = saml_connections::find(conn, workspace_id, connection_id)?;
        if current.is_none_or(|current| !current.enabled || current.issuer != *issuer) {
            return Err(ArrivalError::Changed);
        }
        // A certificate that was removed a moment ago signs nobody in, either.
        if !saml_certificates::is_trusted(conn, &self.connection, &self.certificate)? {
            return Err(ArrivalError::Changed);
        }
        if let Some((handle, browser)) = &self.login
            && logins::take(conn, handle, browser, self.now)?.is_none()
        {
            return Err(ArrivalError::Spent);
        }
        let expires_at = self.assertion.not_on_or_after + LEEWAY;
        if !assertions::accept(conn, workspace_id, issuer, &self.assertion.id, expires_at)? {
            return Err(ArrivalError::Spent);
        }
        Ok(person::sign_in(
            conn,
            &self.terms,
            self.trip,
            &self.claims,
            &self.new,
            &self.request_id,
            self.now,
        )?)
    }
}
