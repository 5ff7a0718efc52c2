//! `POST /api/okta/oidc/backchannel-logout`: the provider reports that a person signed out there (OpenID Connect Back-Channel Logout
//! 1.0 §2.5).
//!
//! With `sid`, ends the sessions that this session of the provider started, and those whose provider session is unknown, because ending too
//! few is worse than ending too many. Without `sid`, ends all sessions of the person. Also ends the tokens that apps received in these
//! sessions. API tokens and offline grants stay (§2.7).

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use serde_json::json;
use vestibule_core::{ids::UserId, sets::SessionEndReason, time::Micros};
use vestibule_store::{
    Conn, Error, Tx,
    access::sessions::{self, SessionFilter},
    people::users,
    providers::{
        connections::{self, Connection},
        identities::{self, IdentityKey},
    },
    safeguards::assertions,
    trail::events::{self, Cause, kinds::SessionEnded},
};
use vestibule_web::{
    State,
    http::{input::Parameters, limits::RetryAfter, request},
    observe::inspect,
    outbound::issuer_keys::IssuerKeys,
};

use crate::{
    event_refusal::{Refusal, record_refused},
    logout_token::{self, LogoutToken, OLDEST},
    signed::FailedCheck,
};

/// Actor of the events.
const ACTOR: &str = "okta:backchannel-logout";

/// Handles a logout token.
pub async fn post(
    req: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
    keys: web::Data<IssuerKeys>,
) -> HttpResponse {
    match receive(&req, payload, &state, &keys).await {
        Ok(ended) => {
            tracing::info!(ended, "backchannel_logout.completed");
            HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).finish()
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
    let form = Parameters::of_form(req, payload).await;
    let form = form.map_err(|error| FailedCheck::new("malformed", error.to_string()))?;
    let compact =
        form.get("logout_token").ok_or_else(|| FailedCheck::new("malformed", "logout_token is missing"))?;
    let token = logout_token::read(compact, state.now())?;
    let note = inspect::of(req);
    note.understood(
        "token",
        || json!({ "iss": token.issuer, "aud": token.audience, "sub": token.subject, "jti": token.id }),
    );
    let connections = connections(state, &token).await?;
    // All these connections have the same issuer and client id, so the same keys.
    let Some(connection) = connections.first().cloned() else { return Ok(0) };
    if connections.len() == 1 {
        note.claims(&connection.workspace_id);
    }
    let cause = request::cause(req, ACTOR);
    if let Err(unproven) = keys.verify(state, &connection, &token.signed.jws).await {
        let refusal = Refusal::from(unproven);
        if let Refusal::FailedCheck(failed) = &refusal
            && connections.len() == 1
        {
            record_refused(state, &connection, &cause, failed).await?;
        }
        return Err(refusal);
    }
    if connections.len() == 1 {
        note.proves(&connection.workspace_id);
    }
    let now = state.now();
    let refused_cause = cause.clone();
    let ended = state
        .write_access(move |conn| {
            let mut ended = 0;
            for connection in &connections {
                ended += end(conn, connection, &token, &cause, now)?;
            }
            Ok::<_, Refusal>(ended)
        })
        .await;
    if let Ok(ended) = &ended {
        note.changed(|| json!({ "sessions ended": ended }));
    }
    if let Err(Refusal::FailedCheck(failed)) = &ended {
        record_refused(state, &connection, &refused_cause, failed).await?;
    }
    ended
}

/// Connections in this region with `iss` and one of `aud` (§2.6 (3)), at least one. There are several while none has proven that the
/// client is its own; then the sessions in each workspace end.
async fn connections(state: &State, token: &LogoutToken) -> Result<Vec<Connection>, Refusal> {
    let (token, region) = (token.clone(), state.config().region.name.clone());
    let found = state.read(move |conn| {
        for client_id in token.audience.iter().take(10) {
            let named = connections::list_by_caller(conn, &token.issuer, client_id, &region)?;
            if !named.is_empty() {
                return Ok(named);
            }
        }
        Ok::<_, Error>(Vec::new())
    });
    let none = || {
        FailedCheck::new(
            "aud",
            "no workspace of this region is connected to this iss with this client id (aud)",
        )
    };
    let found = found.await?;
    if found.is_empty() { Err(none().into()) } else { Ok(found) }
}

/// Uses up the token and ends the sessions. A person without sessions is signed out already, which is a success (§2.8).
fn end(
    conn: &mut Tx<'_>,
    connection: &Connection,
    token: &LogoutToken,
    cause: &Cause,
    now: Micros,
) -> Result<usize, Refusal> {
    let workspace_id = &connection.workspace_id;
    let until = token.signed.remembered_until(2 * OLDEST, now);
    if !assertions::accept(conn, workspace_id, &token.issuer, &token.id, until)? {
        return Err(FailedCheck::new("jti", "this token was used before").into());
    }
    // Only sessions of this issuer: another provider of the person has not ended its own.
    let sids: Vec<String> = token.session_id.iter().cloned().collect();
    let which = SessionFilter::OfIssuer(&connection.issuer, &sids);
    let mut count = 0;
    for user_id in users_of(conn, connection, token)? {
        let user = users::get_locked(conn, workspace_id, &user_id)?;
        let ended = sessions::end_of_user(conn, &user, which, now)?;
        count += ended.len();
        if !ended.is_empty() {
            let data = SessionEnded {
                sessions: &ended,
                reason: SessionEndReason::BackchannelLogout,
                issuer: Some(&connection.issuer),
                jti: Some(&token.id),
            };
            events::record(conn, workspace_id, cause, user.target(), &data, now)?;
        }
    }
    Ok(count)
}

/// Ids of the users whom the token means: by `sub`, or without `sub` by the sessions with this `sid`.
fn users_of(conn: &mut Conn, connection: &Connection, token: &LogoutToken) -> Result<Vec<UserId>, Error> {
    let (workspace_id, issuer) = (&connection.workspace_id, &connection.issuer);
    match (&token.subject, &token.session_id) {
        (Some(subject), _) => Ok(identities::find_user(conn, workspace_id, IdentityKey { issuer, subject })?
            .into_iter()
            .collect()),
        (None, Some(session_id)) => sessions::people_of_provider(conn, workspace_id, issuer, session_id),
        (None, None) => Ok(Vec::new()),
    }
}

/// Answers 400 `invalid_request`, not cached (§2.8).
fn answer(req: &HttpRequest, state: &State, refusal: &Refusal) -> HttpResponse {
    let failed = match refusal.failed_check(req, state, "backchannel_logout") {
        Ok(failed) => failed,
        Err(response) => return *response,
    };
    tracing::warn!(reason = failed.check, "backchannel_logout.refused");
    state.metrics().refused("backchannel_logout", failed.check);
    let mut response = match state.limits().address(req) {
        Ok(()) => HttpResponse::BadRequest(),
        // A failed attempt counts against the address.
        Err(RetryAfter(seconds)) => {
            let mut response = HttpResponse::TooManyRequests();
            response.insert_header((header::RETRY_AFTER, seconds.to_string()));
            response
        }
    };
    response
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(json!({ "error": "invalid_request", "error_description": failed.description }))
}
