//! `POST /api/okta/oidc/backchannel-logout`: a provider tells that somebody signed out there (OpenID Connect Back-Channel Logout 1.0
//! §2.5). With `sid`, the sessions end that this session of the provider signed in, and those of which that isn't known: one too
//! many is a sign-in, one too few an open door; without, all of the person's. What apps were given under them ends, too. API
//! tokens and offline grants stay (§2.7): signing out is no revocation.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use serde_json::json;
use vestibule_core::time::Micros;
use vestibule_store::{
    Conn, Error,
    access::sessions::{self, Which},
    people::users,
    providers::{
        connections::{self, Connection},
        identities,
    },
    safeguards::assertions,
    trail::events::{self, Cause, kinds::SessionEnded},
};
use vestibule_web::{
    State,
    http::{input::Parameters, limits::RetryAfter, request},
    observe::inspect,
};

use crate::{
    keys::{Keys, tell_refused},
    logout_token::{self, LogoutToken, OLDEST},
    signals::{Refusal, busy, noted},
    signed::Flaw,
};

/// Who acts, for events.
const ACTOR: &str = "okta:backchannel-logout";

/// Takes a logout token.
pub async fn post(
    req: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
    keys: web::Data<Keys>,
) -> HttpResponse {
    match take(&req, payload, &state, &keys).await {
        Ok(ended) => {
            tracing::info!(ended, "backchannel_logout.completed");
            HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).finish()
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
    let form = Parameters::of_form(req, payload).await;
    let form = form.map_err(|error| Flaw::new("malformed", error.to_string()))?;
    let compact =
        form.get("logout_token").ok_or_else(|| Flaw::new("malformed", "logout_token is missing"))?;
    let token = logout_token::read(compact, state.now())?;
    let note = inspect::of(req);
    note.understood(
        "token",
        || json!({ "iss": token.issuer, "aud": token.audience, "sub": token.subject, "jti": token.id }),
    );
    let connections = connections(state, &token).await?;
    // They have the same issuer and client id, so the same keys.
    let Some(connection) = connections.first().cloned() else { return Ok(0) };
    if connections.len() == 1 {
        note.claims(&connection.workspace_id);
    }
    let cause = request::cause(req, ACTOR);
    if let Err(unproven) = keys.prove(state, &connection, &token.signed.jws).await {
        let refusal = Refusal::from(unproven);
        if let Refusal::Flaw(flaw) = &refusal
            && connections.len() == 1
        {
            tell_refused(state, &connection, &cause, flaw).await?;
        }
        return Err(refusal);
    }
    if connections.len() == 1 {
        note.proves(&connection.workspace_id);
    }
    let now = state.now();
    let refused = (connection.clone(), cause.clone());
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
    if let Err(Refusal::Flaw(flaw)) = &ended {
        tell_refused(state, &refused.0, &refused.1, flaw).await?;
    }
    ended
}

/// The connections that `iss` and one of `aud` name, at least one, in this region (§2.6 (3)): several while none has proven that the
/// client is its own, and the sessions of each end then.
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
    let nobody =
        || Flaw::new("aud", "no workspace of this region is connected to this iss with this client id (aud)");
    let found = found.await?;
    if found.is_empty() { Err(nobody().into()) } else { Ok(found) }
}

/// The token once, then the sessions it means; who has none is signed out already, which is no failure (§2.8).
fn end(
    conn: &mut Conn,
    connection: &Connection,
    token: &LogoutToken,
    cause: &Cause,
    now: Micros,
) -> Result<usize, Refusal> {
    let workspace_id = &connection.workspace_id;
    let until = token.signed.remembered_until(2 * OLDEST, now);
    if !assertions::accept(conn, workspace_id, &token.issuer, &token.id, until)? {
        return Err(Flaw::new("jti", "this token was used before").into());
    }
    let which = token.session_id.as_deref().map_or(Which::All, Which::OfProvider);
    let mut count = 0;
    for user_id in people(conn, connection, token)? {
        let user = users::get_locked(conn, workspace_id, &user_id)?;
        let ended = sessions::end_of_user(conn, &user, which, now)?;
        count += ended.len();
        if !ended.is_empty() {
            let data = SessionEnded {
                sessions: &ended,
                reason: "backchannel_logout",
                issuer: Some(&connection.issuer),
                jti: Some(&token.id),
            };
            events::record(conn, workspace_id, cause, user.target(), &data, now)?;
        }
    }
    Ok(count)
}

/// Whom the token means: by `sub`; without one, whoever has a session by this `sid`.
fn people(conn: &mut Conn, connection: &Connection, token: &LogoutToken) -> Result<Vec<String>, Error> {
    let (workspace_id, issuer) = (&connection.workspace_id, &connection.issuer);
    match (&token.subject, &token.session_id) {
        (Some(subject), _) => {
            Ok(identities::find_user(conn, workspace_id, issuer, subject)?.into_iter().collect())
        }
        (None, Some(session_id)) => sessions::people_of_provider(conn, workspace_id, issuer, session_id),
        (None, None) => Ok(Vec::new()),
    }
}

/// §2.8: 400 `invalid_request`, never kept.
fn answer(req: &HttpRequest, state: &State, refusal: &Refusal) -> HttpResponse {
    noted(&inspect::of(req), refusal);
    let flaw = match refusal {
        Refusal::Flaw(flaw) => flaw,
        Refusal::Unable(error) => {
            tracing::error!(error, "backchannel_logout.failed");
            return HttpResponse::ServiceUnavailable().insert_header((header::RETRY_AFTER, "10")).finish();
        }
        Refusal::Busy(_) => return busy(state, "backchannel_logout"),
    };
    tracing::warn!(reason = flaw.check, "backchannel_logout.refused");
    state.metrics().refused("backchannel_logout", flaw.check);
    let mut response = match state.limits().address(req) {
        Ok(()) => HttpResponse::BadRequest(),
        // Guessing costs the guesser's address.
        Err(RetryAfter(seconds)) => {
            let mut response = HttpResponse::TooManyRequests();
            response.insert_header((header::RETRY_AFTER, seconds.to_string()));
            response
        }
    };
    response
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(json!({ "error": "invalid_request", "error_description": flaw.sentence }))
}
