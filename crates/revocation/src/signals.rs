//! `POST /api/okta/signals`: receives shared signals from Okta (RFC 8935). A revoked session or a changed credential ends all access of
//! the user.
//!
//! Answers 202 without a body when the token is processed, also for a repeated token or an unknown user; 400 as in RFC 8935 §2.3 for a
//! token that fails a check. Several workspaces may use one issuer, each with its own client: the token is processed for each of them.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use serde_json::json;
use vestibule_core::{ids::UserId, sets::EndReason, time::Micros};
use vestibule_store::{
    Error, Tx,
    people::users::{self, User},
    providers::connections::{self, Connection},
    safeguards::assertions,
    trail::events::{
        self, Cause, Target,
        kinds::{SignalReceived, SignalRefused},
    },
};
use vestibule_web::{
    State,
    http::{input, limits::RetryAfter, request},
    observe::inspect,
    outbound::issuer_keys::IssuerKeys,
};

use crate::{
    event_refusal::{Refusal, record_refused},
    security_event::{self, OLDEST, SecurityEvent},
    signed::FailedCheck,
    sub_id::SubId,
    subjects,
};

/// Path of the endpoint. Its URL is one of the accepted audiences.
const PATH: &str = "/api/okta/signals";

/// Actor of the events.
const ACTOR: &str = "okta:signals";

/// Handles a security event token.
pub async fn post(
    req: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
    keys: web::Data<IssuerKeys>,
) -> HttpResponse {
    match receive(&req, payload, &state, &keys).await {
        Ok(ended) => {
            tracing::info!(ended, "signals.processed");
            HttpResponse::Accepted().insert_header((header::CACHE_CONTROL, "no-store")).finish()
        }
        Err(refusal) => answer(&req, &state, &refusal),
    }
}

async fn receive(
    req: &HttpRequest,
    payload: web::Payload,
    state: &State,
    keys: &IssuerKeys,
) -> Result<usize, Refusal> {
    // RFC 8935 §2.1
    if input::media_type(req).as_deref() != Some("application/secevent+jwt") {
        return Err(
            FailedCheck::new("content_type", "the content type must be application/secevent+jwt").into()
        );
    }
    let body = input::body(payload, 65_536)
        .await
        .map_err(|error| FailedCheck::new("malformed", error.to_string()))?;
    let compact =
        String::from_utf8(body).map_err(|_| FailedCheck::new("malformed", "the body is not a token"))?;
    let api = &state.config().region.api_url;
    let audiences = [state.api_url(PATH), api.trim_end_matches('/').to_owned()];
    let event = security_event::read(compact.trim(), &audiences, state.now())?;
    let note = inspect::of(req);
    note.understood("token", || json!({ "iss": event.issuer, "jti": event.id }));
    note.understood("events", || {
        event
            .ended
            .iter()
            .map(|(what, subject)| json!({ "event": what, "subject": subject.describe() }))
            .collect()
    });
    let (issuer, region) = (event.issuer.clone(), state.config().region.name.clone());
    let connected = state.read(move |conn| connections::list_by_issuer(conn, &issuer, &region)).await?;
    if connected.is_empty() {
        return Err(FailedCheck::new("iss", "no workspace of this region is connected to this issuer").into());
    }
    let cause = request::cause(req, ACTOR);
    let (mut verified, mut failed_check, mut unchecked) = (Vec::new(), None, None);
    for connection in connected {
        let signature = keys.verify(state, &connection, &event.signed.jws).await.map_err(Refusal::from);
        match signature.and_then(|()| Ok(check_subject_issuer(&event, &connection, state)?)) {
            Ok(()) => {
                note.proves(&connection.workspace_id);
                verified.push(connection);
            }
            Err(Refusal::FailedCheck(failed)) => {
                note.claims(&connection.workspace_id);
                record_refused(state, &connection, &cause, &failed).await?;
                failed_check = Some(failed);
            }
            Err(refusal) => unchecked = Some(refusal),
        }
    }
    if let Some(refusal) = unchecked.take_if(|_| verified.is_empty()) {
        return Err(refusal);
    }
    if let Some(failed) = failed_check.filter(|_| verified.is_empty()) {
        return Err(failed.into());
    }
    let now = state.now();
    let job = move |conn: &mut Tx<'_>| {
        let mut ended = 0;
        for connection in &verified {
            ended += end(conn, connection, &event, &cause, now)?;
        }
        Ok::<_, Error>(ended)
    };
    let ended = state.write_access(job).await?;
    // If some signatures were not checked, the answer is 503 and the sender tries again (RFC 8935 §3). No workspace processes the same
    // `jti` twice.
    unchecked.map_or(Ok(ended), Err)
}

/// Checks that the issuer of each `iss_sub` subject is the connection's issuer or this service.
fn check_subject_issuer(
    event: &SecurityEvent,
    connection: &Connection,
    state: &State,
) -> Result<(), FailedCheck> {
    let ours = [connection.issuer.trim_end_matches('/'), state.config().region.api_url.trim_end_matches('/')];
    for (_, subject) in &event.ended {
        if let SubId::IssSub { iss, .. } = subject
            && !ours.contains(&iss.trim_end_matches('/'))
        {
            return Err(FailedCheck::new("subject", "the subject is another issuer's person"));
        }
    }
    Ok(())
}

/// Uses up the token and ends all access of the users in this workspace whom it means.
fn end(
    conn: &mut Tx<'_>,
    connection: &Connection,
    event: &SecurityEvent,
    cause: &Cause,
    now: Micros,
) -> Result<usize, Error> {
    let workspace_id = &connection.workspace_id;
    let until = event.signed.remembered_until(OLDEST, now);
    // RFC 8935 §2: a repeated token is acknowledged and not processed again.
    if !assertions::accept(conn, workspace_id, &event.issuer, &event.id, until)? {
        return Ok(0);
    }
    let mut users_and_events: Vec<(UserId, EndReason)> = Vec::new();
    for (reason, subject) in &event.ended {
        for user in subjects::find_users(conn, (workspace_id, &connection.issuer), subject)? {
            users_and_events.push((user.user_id, *reason));
        }
    }
    users_and_events.sort();
    users_and_events.dedup_by(|one, other| one.0 == other.0);
    // All rows are locked in order before the first event is recorded, so that two writers can't deadlock.
    let locked: Result<Vec<User>, Error> =
        users_and_events.iter().map(|(user_id, _)| users::get_locked(conn, workspace_id, user_id)).collect();
    for (mut user, (_, reason)) in locked?.into_iter().zip(&users_and_events) {
        users::end_all_access(conn, &mut user, cause, *reason, now)?;
        let data = SignalReceived { signal: reason.as_str(), issuer: &connection.issuer, jti: &event.id };
        events::record(conn, workspace_id, cause, user.target(), &data, now)?;
    }
    if users_and_events.is_empty() && !event.ended.is_empty() {
        let data = SignalRefused { reason: "unknown_user", detail: None, jti: Some(&event.id) };
        events::record(conn, workspace_id, cause, Target::Workspace, &data, now)?;
    }
    Ok(users_and_events.len())
}

/// Answers as in RFC 8935 §2.3, with the codes of §2.4.
fn answer(req: &HttpRequest, state: &State, refusal: &Refusal) -> HttpResponse {
    let failed = match refusal.failed_check(req, state, "signals") {
        Ok(failed) => failed,
        Err(response) => return *response,
    };
    tracing::warn!(reason = failed.check, "signals.refused");
    state.metrics().refused("signals", failed.check);
    // A failed attempt counts against the address.
    if let Err(RetryAfter(seconds)) = state.limits().address(req) {
        return HttpResponse::TooManyRequests()
            .insert_header((header::RETRY_AFTER, seconds.to_string()))
            .finish();
    }
    let err = match failed.check {
        "iss" => "invalid_issuer",
        "aud" => "invalid_audience",
        "signature" | "alg" => "invalid_key",
        "subject" => "access_denied",
        _ => "invalid_request",
    };
    HttpResponse::build(StatusCode::BAD_REQUEST)
        .insert_header((header::CONTENT_LANGUAGE, "en"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(json!({ "err": err, "description": failed.description }))
}
