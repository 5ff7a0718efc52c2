//! The steps that all SCIM endpoints share: one blocking job authenticates the caller and handles the request; then the
//! response is sent. Errors in the request itself are returned to authenticated callers only.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{HeaderName, HeaderValue},
    },
    web,
};
use serde_json::Value;
use vestibule_core::{
    ids::{DEPLOYMENT, WorkspaceId},
    sets::CountKind,
};
use vestibule_store::{Conn, Database, Tx};
use vestibule_web::{
    State,
    observe::{inspect, sightings::SightingKind},
};

use crate::{
    http::{
        auth::{Caller, Door, Provisioner, Scope},
        body::ReceivedBody,
        error::ScimError,
        etag, observed,
        response::Response,
    },
    inspector,
};

pub(crate) type Outcome = Result<Response, ScimError>;

/// Runs a read. Authentication and job share one connection.
pub(crate) async fn read(
    req: &HttpRequest,
    state: &State,
    scope: Scope,
    job: impl FnOnce(&mut Conn, &Provisioner) -> Outcome + Send + 'static,
) -> HttpResponse {
    let caller = Caller::of(req, state);
    let door = caller.door();
    let outcome = state.read(authenticated(caller, state, scope, job));
    finish(req, state, &door, outcome.await)
}

/// Runs a read that needs only indexed lookups, whatever the size of the directory.
pub(crate) async fn lookup(
    req: &HttpRequest,
    state: &State,
    scope: Scope,
    job: impl FnOnce(&mut Conn, &Provisioner) -> Outcome + Send + 'static,
) -> HttpResponse {
    let caller = Caller::of(req, state);
    let door = caller.door();
    let outcome = state.indexed_read(authenticated(caller, state, scope, job));
    finish(req, state, &door, outcome.await)
}

fn authenticated(
    caller: Caller,
    state: &State,
    scope: Scope,
    job: impl FnOnce(&mut Conn, &Provisioner) -> Outcome + Send + 'static,
) -> impl FnOnce(&mut Conn) -> Outcome + Send + 'static {
    let shared = state.clone();
    move |conn| {
        let provisioner = caller.authenticate(conn, &shared, scope)?;
        job(conn, &provisioner)
    }
}

/// Runs a read whose parameters are the request's JSON body.
pub(crate) async fn read_with_body(
    req: &HttpRequest,
    payload: web::Payload,
    state: &State,
    job: impl FnOnce(&mut Conn, &Provisioner, &Value) -> Outcome + Send + 'static,
) -> HttpResponse {
    let (mut caller, shared) = (Caller::of(req, state), state.clone());
    let door = caller.door();
    let received = match ReceivedBody::of(req, payload, state, &mut caller, Scope::Read).await {
        Ok(received) => received,
        Err(refusal) => return finish(req, state, &door, Err(refusal)),
    };
    let outcome = state.read(move |conn| {
        let provisioner = caller.authenticate(conn, &shared, Scope::Read)?;
        job(conn, &provisioner, &received.json()?)
    });
    finish(req, state, &door, outcome.await)
}

/// Runs a change without a body, in one transaction after authentication.
pub(crate) async fn write(
    req: &HttpRequest,
    state: &State,
    job: impl FnOnce(&mut Tx<'_>, &Provisioner) -> Outcome + Send + 'static,
) -> HttpResponse {
    let (caller, shared) = (Caller::of(req, state), state.clone());
    let door = caller.door();
    let outcome = state.job_of(door.workspace_id.as_ref().unwrap_or(&DEPLOYMENT), move |database| {
        let provisioner = database.read(|conn| caller.authenticate(conn, &shared, Scope::Write))?;
        transaction(database, &provisioner, |conn| job(conn, &provisioner))
    });
    finish(req, state, &door, outcome.await)
}

/// Runs a change by the request's JSON body. `prepare` turns the body into the input of `job`, before the transaction.
pub(crate) async fn write_with_body<T>(
    req: &HttpRequest,
    payload: web::Payload,
    state: &State,
    prepare: impl FnOnce(&Provisioner, Value) -> Result<T, ScimError> + Send + 'static,
    job: impl FnOnce(&mut Tx<'_>, &Provisioner, T) -> Outcome + Send + 'static,
) -> HttpResponse {
    job_with_body(req, payload, state, move |database, provisioner, body| {
        let prepared = prepare(provisioner, body)?;
        transaction(database, provisioner, |conn| job(conn, provisioner, prepared))
    })
    .await
}

/// Runs a change by the request's JSON body that makes its own transactions. One blocking job authenticates the caller,
/// parses the body and then runs `job`, so the credential is always checked after the body has arrived.
pub(crate) async fn job_with_body(
    req: &HttpRequest,
    payload: web::Payload,
    state: &State,
    job: impl FnOnce(&Database, &Provisioner, Value) -> Outcome + Send + 'static,
) -> HttpResponse {
    let (mut caller, shared) = (Caller::of(req, state), state.clone());
    let door = caller.door();
    let received = match ReceivedBody::of(req, payload, state, &mut caller, Scope::Write).await {
        Ok(received) => received,
        Err(refusal) => return finish(req, state, &door, Err(refusal)),
    };
    let outcome = state.job_of(door.workspace_id.as_ref().unwrap_or(&DEPLOYMENT), move |database| {
        let provisioner = database.read(|conn| caller.authenticate(conn, &shared, Scope::Write))?;
        job(database, &provisioner, received.json()?)
    });
    finish(req, state, &door, outcome.await)
}

/// Runs a job in one transaction. Records a blocked change in a second one, because the first is rolled back; while the workspace is
/// observed, each refusal that an administrator should know before the plan is applied.
pub(crate) fn transaction(
    database: &Database,
    provisioner: &Provisioner,
    job: impl FnOnce(&mut Tx<'_>) -> Outcome,
) -> Outcome {
    let outcome = database.write(|conn| {
        provisioner.enter(conn)?;
        job(conn)
    });
    let Err(refusal) = &outcome else { return outcome };
    if let ScimError::Blocked(blocked) = refusal {
        database.write(|conn| {
            provisioner.enter(conn)?;
            blocked.record(conn)?;
            Ok::<_, ScimError>(())
        })?;
    }
    observed::record(database, provisioner, refusal)?;
    outcome
}

/// The header of each response while the workspace is observed.
const OBSERVED: HeaderName = HeaderName::from_static("x-vestibule-observe");

/// Turns an outcome into the HTTP response, and records it for the doctor and the request inspector.
fn finish(req: &HttpRequest, state: &State, door: &Door, outcome: Outcome) -> HttpResponse {
    let mut response = answer(req, state, door.workspace_id.as_ref(), outcome);
    if door.is_observed() {
        response.headers_mut().insert(OBSERVED, HeaderValue::from_static("1"));
    }
    response
}

fn answer(
    req: &HttpRequest,
    state: &State,
    workspace_id: Option<&WorkspaceId>,
    outcome: Outcome,
) -> HttpResponse {
    let observe = |sight: SightingKind, detail: &str| {
        if let Some(workspace_id) = workspace_id {
            state.sightings().note(workspace_id, sight, detail, state.now());
        }
    };
    let count = |kind: CountKind| {
        if let Some(workspace_id) = workspace_id {
            state.counts().note(workspace_id, kind, state.now());
        }
    };
    let refusal = match outcome {
        Ok(response) => {
            observe(SightingKind::ScimAnswered, "");
            count(CountKind::Provisioned);
            let has_version = |etag: &String| etag::is_cached(req, etag);
            let is_cached = req.method().is_safe()
                && response.status == StatusCode::OK
                && response.etag.as_ref().is_some_and(has_version);
            return if is_cached { response.not_modified() } else { response.respond(state) };
        }
        Err(refusal) => refusal,
    };
    inspector::refusal::record(&inspect::of(req), &refusal, req.query_string());
    if matches!(refusal, ScimError::Unauthenticated(_)) {
        // Guesses count against the address of the caller, never against the workspace.
        if let Err(wait) = state.limits().address(req) {
            return ScimError::RateLimited(wait).respond(state);
        }
    }
    match refusal.sight() {
        // A caller without a valid credential is not counted, or strangers would fill the chart.
        Some(SightingKind::ScimStranger) => {}
        Some(_) => count(CountKind::ProvisioningRefused),
        None => count(CountKind::Provisioned),
    }
    if let Some(sight) = refusal.sight() {
        observe(sight, &format!("{} {}", endpoint_of(req), refusal.detail()));
    }
    refusal.respond(state)
}

/// `PATCH /Users:`, the endpoint of a request without the id of the resource.
fn endpoint_of(req: &HttpRequest) -> String {
    let kind = req.path().split('/').nth(5).unwrap_or_default();
    format!("{} /{kind}:", req.method())
}
