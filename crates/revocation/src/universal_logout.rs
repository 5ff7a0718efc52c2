//! `POST /api/okta/universal-logout` (draft-parecki-oauth-global-token-revocation-05, as Okta sends it).
//!
//! Judged in Okta's order as far as one can: 401, 400, 403, 404, 422, 204 (only the body says whom it means, so it is read
//! before 403). Okta reads the status only; the body is for the person who reads the log. A repeat for a user without live access is 204 again; a repeat of the same token is 401.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, http::header, web};
use serde_json::json;
use vestibule_store::{
    Conn, Error, assertions,
    connections::{self, Connection},
    events::{self, Cause},
    id, identities,
    users::{self, User},
    workspaces,
};
use vestibule_web::{
    State,
    bearer::{self, Credential},
    input,
    rate_limit::RetryAfter,
    region, request,
};

use crate::{
    assertion::{self, Unverified},
    keys::Keys,
    sub_id::{self, SubId},
};

/// The endpoint's path.
pub const PATH: &str = "/api/okta/universal-logout";

/// Every answer but 204.
#[derive(Debug)]
enum Refusal {
    /// 401: the token is missing or opens nothing. A short name for logs, a sentence for people.
    Unauthenticated(&'static str, String),
    /// 403: the caller may not end this person's access.
    Forbidden(String),
    /// 400, 413 or 415
    Malformed(StatusCode, String),
    /// 404: nobody of this name in the caller's workspace.
    Unknown,
    /// 422: the person is known, but their access could not be ended.
    Unable(String),
    /// 503: nobody could be looked up yet.
    Unavailable(String),
}

impl From<assertion::Refusal> for Refusal {
    fn from(refusal: assertion::Refusal) -> Self {
        Refusal::Unauthenticated(refusal.name(), refusal.to_string())
    }
}

/// Ends all access of one user.
pub async fn post(
    req: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
    keys: web::Data<Keys>,
) -> HttpResponse {
    match revoke(&req, payload, &state, &keys).await {
        Ok(ended) => {
            tracing::info!(people = ended, "revocation.completed");
            state.metrics().revoked();
            HttpResponse::NoContent().finish()
        }
        Err(refusal) => answer(&req, &state, &refusal),
    }
}

async fn revoke(
    req: &HttpRequest,
    payload: web::Payload,
    state: &State,
    keys: &Keys,
) -> Result<usize, Refusal> {
    let token = read_token(req)?;
    let connection = caller(state, &token).await?;
    verify(state, keys, &connection, &token).await?;

    let media_type = input::media_type(req);
    if !media_type
        .as_deref()
        .is_some_and(|media_type| media_type == "application/json" || media_type.ends_with("+json"))
    {
        let sentence = "the content type must be application/json".to_owned();
        return Err(Refusal::Malformed(StatusCode::UNSUPPORTED_MEDIA_TYPE, sentence));
    }
    let body = input::body(payload, 65_536)
        .await
        .map_err(|error| Refusal::Malformed(error.status(), error.to_string()))?;
    let sub_id =
        sub_id::parse(&body).map_err(|sentence| Refusal::Malformed(StatusCode::BAD_REQUEST, sentence))?;
    // An issuer speaks for its own people only.
    if let SubId::IssSub { iss, .. } = &sub_id
        && iss.trim_end_matches('/') != connection.issuer.trim_end_matches('/')
        && iss.trim_end_matches('/') != state.config().region.api_url
    {
        return Err(Refusal::Forbidden(format!("{iss} is not the issuer that signed this request")));
    }

    let (now, cause) = (state.now(), request::cause(req, "okta:universal-logout"));
    state.write(move |conn| end(conn, &connection, &token, &sub_id, &cause, now)).await
}

fn read_token(req: &HttpRequest) -> Result<Unverified, Refusal> {
    match bearer::credential(req) {
        Credential::Token(token) => Ok(Unverified::read(&token)?),
        Credential::None => Err(Refusal::Unauthenticated("no_token", "there is no bearer token".to_owned())),
        Credential::Basic { .. } | Credential::Unreadable => Err(Refusal::Unauthenticated(
            "no_token",
            "the Authorization header holds no bearer token".to_owned(),
        )),
    }
}

/// The connection that (iss, sub) names: the only tenant discriminator there is. It must live in this region.
async fn caller(state: &State, token: &Unverified) -> Result<Connection, Refusal> {
    let (issuer, client_id, region) =
        (token.issuer.clone(), token.subject.clone(), state.config().region.name.clone());
    let found = state
        .read(move |conn| {
            let Some(connection) = connections::find_by_caller(conn, &issuer, &client_id)? else {
                return Ok(None);
            };
            let here = workspaces::find(conn, &connection.workspace_id, &region)?.is_some();
            Ok::<_, Error>(Some(connection).filter(|_| here))
        })
        .await
        .map_err(|error| Refusal::Unavailable(error.to_string()))?;
    found.ok_or_else(|| {
        let region = &state.config().region;
        let sentence = format!(
            "no workspace in region {} is connected to iss {} with client id {} (sub)",
            region.name,
            clip(&token.issuer),
            clip(&token.subject)
        );
        Refusal::Unauthenticated("unknown_caller", sentence)
    })
}

async fn verify(
    state: &State,
    keys: &Keys,
    connection: &Connection,
    token: &Unverified,
) -> Result<(), Refusal> {
    let unreachable = |error: String| Refusal::Unauthenticated("keys_unreachable", error);
    let known = keys.get(state, connection).await.map_err(unreachable)?;
    // An unknown kid, or a signature that fits no key: the keys may have rotated.
    let verified = match token.check_signature(&known.keys) {
        Err(_) => {
            let fresh = keys.get_anew(state, connection, known).await.map_err(unreachable)?;
            token.check_signature(&fresh.keys)
        }
        fits => fits,
    };
    verified?;
    token.check_times(state.now())?;
    let endpoint = state.api_url(PATH);
    token.check_audience(&endpoint).map_err(|refusal| match (&refusal, region::other(&state.config().region, &audience(&refusal))) {
        (_, Some(other)) => Refusal::Unauthenticated(
            "other_region",
            format!("{refusal}: the token is meant for region {other}; in Okta, set the Global token revocation endpoint to {endpoint}"),
        ),
        (_, None) => refusal.into(),
    })
}

fn audience(refusal: &assertion::Refusal) -> String {
    match refusal {
        assertion::Refusal::Audience(audience, _) => audience.clone(),
        _ => String::new(),
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Refusal::Unknown,
            other => Refusal::Unable(other.to_string()),
        }
    }
}

/// One transaction: the token once, the user in this workspace or 404, the end of all access. A refusal changes nothing,
/// so that a token whose user was unknown may be sent again once the user is there.
fn end(
    conn: &mut Conn,
    connection: &Connection,
    token: &Unverified,
    sub_id: &SubId,
    cause: &Cause,
    now: i64,
) -> Result<usize, Refusal> {
    let workspace_id = &connection.workspace_id;
    if !assertions::accept(conn, workspace_id, &token.issuer, &token.id, token.remembered_until())? {
        return Err(Refusal::Unauthenticated("replayed", "this token was used before".to_owned()));
    }
    let meant = find(conn, connection, sub_id)?;
    if meant.is_empty() {
        return Err(Refusal::Unknown);
    }
    // All rows are locked, in order, before the first event takes the trail's counter: so no two writers wait in a ring.
    let mut ids: Vec<String> = meant.into_iter().map(|user| user.user_id).collect();
    ids.sort();
    let locked: Result<Vec<User>, Error> =
        ids.iter().map(|user_id| users::get_locked(conn, workspace_id, user_id)).collect();
    let mut locked = locked?;
    for user in &mut locked {
        users::end_all_access(conn, user, cause, "universal_logout", now)?;
        let data = json!({ "issuer": connection.issuer, "jti": token.id });
        events::record(conn, workspace_id, "universal_logout", cause, &user.target(), &data, now)?;
    }
    Ok(locked.len())
}

/// Whom the identifier names in the caller's workspace. An e-mail address that several users share ends the access of
/// each: leaving the wrong one signed in is worse than signing one too many out.
fn find(conn: &mut Conn, connection: &Connection, sub_id: &SubId) -> Result<Vec<User>, Error> {
    let workspace_id = &connection.workspace_id;
    match sub_id {
        SubId::Email(email) => {
            let mut meant = users::list_by_email(conn, workspace_id, email)?;
            let named = users::find_by_user_name(conn, workspace_id, email)?;
            meant.extend(
                named
                    .filter(|named| !meant.iter().any(|user| user.user_id == named.user_id))
                    .into_iter()
                    .collect::<Vec<_>>(),
            );
            Ok(meant)
        }
        SubId::IssSub { sub, .. } => {
            if let Some(user_id) = identities::find_user(conn, workspace_id, &connection.issuer, sub)? {
                return Ok(users::find(conn, workspace_id, &user_id)?.into_iter().collect());
            }
            by_id(conn, workspace_id, sub)
        }
        SubId::Opaque(opaque) => by_id(conn, workspace_id, opaque),
    }
}

/// By the provider's name for the person, else by our id (okta-facts §1.3: which one arrives is not documented).
fn by_id(conn: &mut Conn, workspace_id: &str, text: &str) -> Result<Vec<User>, Error> {
    if let Some(user) = users::find_by_external_id(conn, workspace_id, text)? {
        return Ok(vec![user]);
    }
    if let Some(user_id) = id::parse(text)
        && let Some(user) = users::find(conn, workspace_id, &user_id)?
    {
        return Ok(vec![user]);
    }
    // With the subject format Email, Okta may send the user name as the id within the app.
    Ok(users::find_by_user_name(conn, workspace_id, text)?.into_iter().collect())
}

fn answer(req: &HttpRequest, state: &State, refusal: &Refusal) -> HttpResponse {
    // Guessing costs the guesser's address; a logout that is Okta's own word is never turned away.
    if matches!(refusal, Refusal::Unauthenticated(..))
        && let Err(RetryAfter(seconds)) = state.limits().address(req)
    {
        state.metrics().refused("universal_logout", "rate");
        return HttpResponse::TooManyRequests()
            .insert_header((header::RETRY_AFTER, seconds.to_string()))
            .json(json!({ "error": "too_many_requests", "error_description": format!("come again in {seconds} s") }));
    }
    let (status, error, reason, sentence) = match refusal {
        Refusal::Unauthenticated(reason, sentence) => {
            (StatusCode::UNAUTHORIZED, "invalid_token", *reason, sentence.clone())
        }
        Refusal::Forbidden(sentence) => {
            (StatusCode::FORBIDDEN, "access_denied", "forbidden", sentence.clone())
        }
        Refusal::Malformed(status, sentence) => (*status, "invalid_request", "malformed", sentence.clone()),
        Refusal::Unknown => (
            StatusCode::NOT_FOUND,
            "user_not_found",
            "unknown_user",
            "nobody of this name in the workspace".to_owned(),
        ),
        Refusal::Unable(cause) => {
            tracing::error!(error = %cause, "revocation.failed");
            let sentence = "the user's access could not be ended now; try again".to_owned();
            (StatusCode::UNPROCESSABLE_ENTITY, "unable_to_log_out", "unable", sentence)
        }
        Refusal::Unavailable(cause) => {
            tracing::error!(error = %cause, "revocation.failed");
            let sentence = "the database does not answer; try again".to_owned();
            (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", "unavailable", sentence)
        }
    };
    tracing::warn!(reason, "revocation.refused");
    state.metrics().refused("universal_logout", reason);
    let mut response = HttpResponse::build(status);
    if status == StatusCode::UNAUTHORIZED {
        // RFC 6750 §3; the sentence without the quotes that would end it.
        let quoted =
            sentence.replace(['"', '\\'], "'").replace(|letter: char| !(' '..='~').contains(&letter), "?");
        response.insert_header((
            header::WWW_AUTHENTICATE,
            format!("Bearer error=\"invalid_token\", error_description=\"{quoted}\""),
        ));
    }
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    response.json(json!({ "error": error, "error_description": sentence }))
}

fn clip(text: &str) -> String {
    text.chars().take(200).collect()
}
