//! How every endpoint runs: one blocking job that admits the caller and then does the work; its answer goes out. What a
//! request asked for that can't be read is told to callers who were admitted, never to strangers.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use serde_json::Value;
use vestibule_core::ids;
use vestibule_store::{Conn, Database};
use vestibule_web::{
    State,
    observe::{inspect, sightings::Sight},
};

use crate::http::{
    answer::{Answer, ScimError},
    auth::{Knock, Provisioner, Scope},
    body::Received,
    inspector,
};

pub(crate) type Outcome = Result<Answer, ScimError>;

/// A look: admission and reading share one connection.
pub(crate) async fn look(
    req: &HttpRequest,
    state: &State,
    scope: Scope,
    job: impl FnOnce(&mut Conn, &Provisioner) -> Outcome + Send + 'static,
) -> HttpResponse {
    let outcome = state.read(admitted(req, state, scope, job));
    finish(req, state, outcome.await)
}

/// A look that indexes answer, however many there are.
pub(crate) async fn glance(
    req: &HttpRequest,
    state: &State,
    scope: Scope,
    job: impl FnOnce(&mut Conn, &Provisioner) -> Outcome + Send + 'static,
) -> HttpResponse {
    let outcome = state.glance(admitted(req, state, scope, job));
    finish(req, state, outcome.await)
}

fn admitted(
    req: &HttpRequest,
    state: &State,
    scope: Scope,
    job: impl FnOnce(&mut Conn, &Provisioner) -> Outcome + Send + 'static,
) -> impl FnOnce(&mut Conn) -> Outcome + Send + 'static {
    let (knock, shared) = (Knock::of(req, state), state.clone());
    move |conn| {
        let provisioner = knock.admit(conn, &shared, scope)?;
        job(conn, &provisioner)
    }
}

/// A change: one transaction, after admission.
pub(crate) async fn change(
    req: &HttpRequest,
    state: &State,
    job: impl FnOnce(&mut Conn, &Provisioner) -> Outcome + Send + 'static,
) -> HttpResponse {
    work(req, state, |database, provisioner| transaction(database, |conn| job(conn, provisioner))).await
}

/// One transaction; when its change is held, a second one that tells.
pub(crate) fn transaction(database: &Database, job: impl FnOnce(&mut Conn) -> Outcome) -> Outcome {
    let outcome = database.write(job);
    if let Err(ScimError::Held(held)) = &outcome {
        database.write(|conn| held.record(conn))?;
    }
    outcome
}

/// Work that makes its own transactions.
pub(crate) async fn work(
    req: &HttpRequest,
    state: &State,
    job: impl FnOnce(&Database, &Provisioner) -> Outcome + Send + 'static,
) -> HttpResponse {
    let (knock, shared) = (Knock::of(req, state), state.clone());
    let workspace_id = req.match_info().get("team_id").unwrap_or_default();
    let outcome = state.job_of(workspace_id, move |database| {
        let provisioner = database.read(|conn| knock.admit(conn, &shared, Scope::Write))?;
        job(database, &provisioner)
    });
    finish(req, state, outcome.await)
}

/// Work on the request's JSON body that makes its own transactions. One blocking job admits the caller, parses the body and then
/// does the work, so the credential is always checked after the body has arrived.
pub(crate) async fn work_on_body(
    req: &HttpRequest,
    payload: web::Payload,
    state: &State,
    job: impl FnOnce(&Database, &Provisioner, Value) -> Outcome + Send + 'static,
) -> HttpResponse {
    let (mut knock, shared) = (Knock::of(req, state), state.clone());
    let received = match Received::of(req, payload, state, &mut knock, Scope::Write).await {
        Ok(received) => received,
        Err(refusal) => return finish(req, state, Err(refusal)),
    };
    let workspace_id = req.match_info().get("team_id").unwrap_or_default();
    let outcome = state.job_of(workspace_id, move |database| {
        let provisioner = database.read(|conn| knock.admit(conn, &shared, Scope::Write))?;
        job(database, &provisioner, received.json()?)
    });
    finish(req, state, outcome.await)
}

/// A read whose question is the request's JSON body.
pub(crate) async fn look_by_body(
    req: &HttpRequest,
    payload: web::Payload,
    state: &State,
    job: impl FnOnce(&mut Conn, &Provisioner, &Value) -> Outcome + Send + 'static,
) -> HttpResponse {
    let (mut knock, shared) = (Knock::of(req, state), state.clone());
    let received = match Received::of(req, payload, state, &mut knock, Scope::Read).await {
        Ok(received) => received,
        Err(refusal) => return finish(req, state, Err(refusal)),
    };
    let outcome = state.read(move |conn| {
        let provisioner = knock.admit(conn, &shared, Scope::Read)?;
        job(conn, &provisioner, &received.json()?)
    });
    finish(req, state, outcome.await)
}

/// A change by the request's JSON body. `prepare` makes of the body what `job` needs; it runs before the transaction.
pub(crate) async fn change_by_body<T>(
    req: &HttpRequest,
    payload: web::Payload,
    state: &State,
    prepare: impl FnOnce(&Provisioner, Value) -> Result<T, ScimError> + Send + 'static,
    job: impl FnOnce(&mut Conn, &Provisioner, T) -> Outcome + Send + 'static,
) -> HttpResponse {
    work_on_body(req, payload, state, move |database, provisioner, body| {
        let prepared = prepare(provisioner, body)?;
        transaction(database, |conn| job(conn, provisioner, prepared))
    })
    .await
}

/// Turns an outcome into the answer.
pub(crate) fn finish(req: &HttpRequest, state: &State, outcome: Outcome) -> HttpResponse {
    let refusal = match outcome {
        Ok(answer) => {
            note(req, state, Sight::ScimAnswered, "");
            return match req.method().is_safe() && is_known(req, &answer) {
                true => answer.not_modified(),
                false => answer.respond(state),
            };
        }
        Err(refusal) => refusal,
    };
    inspector::refused(&inspect::of(req), &refusal, req.query_string());
    if matches!(refusal, ScimError::Unauthenticated(_)) {
        // Guessing costs the guesser's own bucket, never the workspace's.
        if let Err(wait) = state.limits().address(req) {
            return ScimError::TooMany(wait).answer(state);
        }
    }
    if let Some(sight) = refusal.sight() {
        note(req, state, sight, &format!("{} {}", endpoint_of(req), refusal.sentence()));
    }
    refusal.answer(state)
}

/// For the doctor: of the workspace that the path names.
fn note(req: &HttpRequest, state: &State, sight: Sight, detail: &str) {
    if let Some(workspace_id) = req.match_info().get("team_id").and_then(ids::parse) {
        state.sightings().note(&workspace_id, sight, detail, state.now());
    }
}

/// `PATCH /Users:` of a request, without whose id.
fn endpoint_of(req: &HttpRequest) -> String {
    let kind = req.path().split('/').nth(5).unwrap_or_default();
    format!("{} /{kind}:", req.method())
}

/// RFC 9110 §13.1.2: whether the caller has this version already.
fn is_known(req: &HttpRequest, answer: &Answer) -> bool {
    let Some(etag) = &answer.etag else { return false };
    let mut known = req.headers().get_all(header::IF_NONE_MATCH).filter_map(|value| value.to_str().ok());
    answer.status == StatusCode::OK && known.any(|list| names(list, etag))
}

/// Whether a list of entity tags names this one, by weak comparison: all of ours are weak (RFC 7644 §3.14).
pub(crate) fn names(list: &str, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    list.trim() == "*" || list.split(',').any(|one| opaque(one) == opaque(etag))
}
