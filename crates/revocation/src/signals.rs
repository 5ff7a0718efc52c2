//! `POST /api/okta/signals`: shared signals that Okta pushes (RFC 8935): a session revoked or a credential changed ends all access
//! of whom it means. 202 with nothing once it is done, also for what was done before or concerns nobody here; 400 in the shape of
//! §2.3 for a token that proves nothing. One Okta may be several workspaces' (each with a client of its own): it speaks for its
//! people in each.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use serde_json::json;
use vestibule_core::time::Micros;
use vestibule_store::{
    Conn, Error,
    people::users::{self, User},
    providers::connections::{self, Connection},
    safeguards::assertions,
    trail::events::{
        self, Cause, Target,
        kinds::{SignalReceived, SignalRefused},
    },
};
use vestibule_web::{
    Busy, State,
    http::{input, limits::RetryAfter, request},
    observe::inspect::{self, Note},
};

use crate::{
    keys::{Keys, Unproven, tell_refused},
    security_event::{self, OLDEST, SecurityEvent},
    signed::Flaw,
    sub_id::SubId,
    universal_logout,
};

/// Where it is, after the API's URL; also one of the audiences.
const HERE: &str = "/api/okta/signals";

/// Who acts, for events.
const ACTOR: &str = "okta:signals";

/// Every answer but 202.
pub(crate) enum Refusal {
    /// 400
    Flaw(Flaw),
    /// 503: it may come again.
    Unable(String),
    /// 503: the signature was not checked; it may come again at once.
    Busy(Busy),
}

impl From<Unproven> for Refusal {
    fn from(unproven: Unproven) -> Self {
        match unproven {
            Unproven::Keys(sentence) => Refusal::Flaw(Flaw::new("keys", sentence)),
            Unproven::Signature => Refusal::Flaw(Flaw::new("signature", Unproven::SIGNATURE)),
            Unproven::Busy(busy) => Refusal::Busy(busy),
        }
    }
}

impl From<Flaw> for Refusal {
    fn from(flaw: Flaw) -> Self {
        Refusal::Flaw(flaw)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Refusal::Unable(error.to_string())
    }
}

/// Takes a security event token.
pub async fn post(
    req: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
    keys: web::Data<Keys>,
) -> HttpResponse {
    match take(&req, payload, &state, &keys).await {
        Ok(ended) => {
            tracing::info!(ended, "signals.taken");
            HttpResponse::Accepted().insert_header((header::CACHE_CONTROL, "no-store")).finish()
        }
        Err(refusal) => answer(&req, &state, &refusal),
    }
}

async fn take(
    req: &HttpRequest,
    payload: web::Payload,
    state: &State,
    keys: &Keys,
) -> Result<usize, Refusal> {
    // RFC 8935 §2.1
    if input::media_type(req).as_deref() != Some("application/secevent+jwt") {
        return Err(Flaw::new("content_type", "the content type must be application/secevent+jwt").into());
    }
    let body =
        input::body(payload, 65_536).await.map_err(|error| Flaw::new("malformed", error.to_string()))?;
    let compact = String::from_utf8(body).map_err(|_| Flaw::new("malformed", "the body is no token"))?;
    let api = &state.config().region.api_url;
    let audiences = [state.api_url(HERE), api.trim_end_matches('/').to_owned()];
    let event = security_event::read(compact.trim(), &audiences, state.now())?;
    let note = inspect::of(req);
    note.understood("token", || json!({ "iss": event.issuer, "jti": event.id }));
    note.understood("events", || {
        event
            .ended
            .iter()
            .map(|(what, subject)| json!({ "event": what, "subject": subject.told() }))
            .collect()
    });
    let (issuer, region) = (event.issuer.clone(), state.config().region.name.clone());
    let connected = state.read(move |conn| connections::list_by_issuer(conn, &issuer, &region)).await?;
    if connected.is_empty() {
        return Err(Flaw::new("iss", "no workspace of this region is connected to this issuer").into());
    }
    let cause = request::cause(req, ACTOR);
    let (mut proven, mut unproven, mut unchecked) = (Vec::new(), None, None);
    for connection in connected {
        let proof = keys.prove(state, &connection, &event.signed.jws).await.map_err(Refusal::from);
        match proof.and_then(|()| Ok(is_of(&event, &connection, state)?)) {
            Ok(()) => {
                note.proves(&connection.workspace_id);
                proven.push(connection);
            }
            Err(Refusal::Flaw(flaw)) => {
                note.claims(&connection.workspace_id);
                tell_refused(state, &connection, &cause, &flaw).await?;
                unproven = Some(flaw);
            }
            Err(refusal) => unchecked = Some(refusal),
        }
    }
    if let Some(refusal) = unchecked.take_if(|_| proven.is_empty()) {
        return Err(refusal);
    }
    if let Some(flaw) = unproven.filter(|_| proven.is_empty()) {
        return Err(flaw.into());
    }
    let now = state.now();
    let job = move |conn: &mut Conn| {
        let mut ended = 0;
        for connection in &proven {
            ended += end(conn, connection, &event, &cause, now)?;
        }
        Ok::<_, Error>(ended)
    };
    let ended = state.write_access(job).await?;
    // Some were not checked: the sender tries again (RFC 8935 §3), and what is done is not done twice.
    unchecked.map_or(Ok(ended), Err)
}

/// An issuer speaks for its own people only.
fn is_of(event: &SecurityEvent, connection: &Connection, state: &State) -> Result<(), Flaw> {
    let ours = [connection.issuer.trim_end_matches('/'), state.config().region.api_url.trim_end_matches('/')];
    for (_, subject) in &event.ended {
        if let SubId::IssSub { iss, .. } = subject
            && !ours.contains(&iss.trim_end_matches('/'))
        {
            return Err(Flaw::new("subject", "the subject is another issuer's person"));
        }
    }
    Ok(())
}

/// The token once, then the end of all access of each who is meant in this workspace.
fn end(
    conn: &mut Conn,
    connection: &Connection,
    event: &SecurityEvent,
    cause: &Cause,
    now: Micros,
) -> Result<usize, Error> {
    let workspace_id = &connection.workspace_id;
    let until = event.signed.remembered_until(OLDEST, now);
    // RFC 8935 §2: what came before is acknowledged again, and done once.
    if !assertions::accept(conn, workspace_id, &event.issuer, &event.id, until)? {
        return Ok(0);
    }
    let mut meant: Vec<(String, &str)> = Vec::new();
    for (what, subject) in &event.ended {
        for user in universal_logout::find(conn, connection, subject)? {
            meant.push((user.user_id, what));
        }
    }
    meant.sort();
    meant.dedup_by(|one, other| one.0 == other.0);
    // All rows are locked, in order, before the first event.
    let locked: Result<Vec<User>, Error> =
        meant.iter().map(|(user_id, _)| users::get_locked(conn, workspace_id, user_id)).collect();
    for (mut user, (_, what)) in locked?.into_iter().zip(&meant) {
        users::end_all_access(conn, &mut user, cause, what, now)?;
        let data = SignalReceived { signal: what, issuer: &connection.issuer, jti: &event.id };
        events::record(conn, workspace_id, cause, user.target(), &data, now)?;
    }
    if meant.is_empty() && !event.ended.is_empty() {
        let data = SignalRefused { reason: "unknown_user", detail: None, jti: Some(&event.id) };
        events::record(conn, workspace_id, cause, Target::Workspace, &data, now)?;
    }
    Ok(meant.len())
}

/// What the request inspector is told.
pub(crate) fn noted(note: &Note, refusal: &Refusal) {
    match refusal {
        Refusal::Flaw(flaw) => note.refused(flaw.check, flaw.sentence.clone()),
        Refusal::Unable(_) => note.refused("unable", "the database does not answer; it may come again"),
        Refusal::Busy(busy) => note.refused("busy", busy.to_string()),
    }
}

/// 503 for a signature that was not checked.
pub(crate) fn busy(state: &State, door: &'static str) -> HttpResponse {
    tracing::warn!(door, "signature.not_checked");
    state.metrics().refused(door, "busy");
    HttpResponse::ServiceUnavailable().insert_header((header::RETRY_AFTER, "1")).finish()
}

/// RFC 8935 §2.3 and the codes of §2.4.
fn answer(req: &HttpRequest, state: &State, refusal: &Refusal) -> HttpResponse {
    noted(&inspect::of(req), refusal);
    let flaw = match refusal {
        Refusal::Flaw(flaw) => flaw,
        Refusal::Unable(error) => {
            tracing::error!(error, "signals.failed");
            return HttpResponse::ServiceUnavailable().insert_header((header::RETRY_AFTER, "10")).finish();
        }
        Refusal::Busy(_) => return busy(state, "signals"),
    };
    tracing::warn!(reason = flaw.check, "signals.refused");
    state.metrics().refused("signals", flaw.check);
    // Guessing costs the guesser's address.
    if let Err(RetryAfter(seconds)) = state.limits().address(req) {
        return HttpResponse::TooManyRequests()
            .insert_header((header::RETRY_AFTER, seconds.to_string()))
            .finish();
    }
    let err = match flaw.check {
        "iss" => "invalid_issuer",
        "aud" => "invalid_audience",
        "signature" | "alg" => "invalid_key",
        "subject" => "access_denied",
        _ => "invalid_request",
    };
    HttpResponse::build(StatusCode::BAD_REQUEST)
        .insert_header((header::CONTENT_LANGUAGE, "en"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(json!({ "err": err, "description": flaw.sentence }))
}
