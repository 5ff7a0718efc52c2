//! How SCIM answers: `application/scim+json`, and RFC 7644 §3.12's error body with a sentence for Okta's administrator.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use serde_json::Value;
use vestibule_store::Error;
use vestibule_web::{State, input, input::BodyError, rate_limit::RetryAfter, request};

use crate::{
    document::error_body,
    error::{Rejection, ScimType},
    provision::last_owner::Held,
};

/// Why a SCIM request is refused.
#[derive(Debug)]
pub enum ScimError {
    /// 400, or 409 for `uniqueness`
    Rejected(Rejection),
    /// 401
    Unauthenticated(String),
    /// 403
    Forbidden(String),
    /// 403: a change that would take the last owner away
    Held(Held),
    /// 404
    NotFound(String),
    /// 405
    Method,
    /// 412
    Version,
    /// 413, 415 or a body that broke off
    Body(BodyError),
    /// 429
    TooMany(RetryAfter),
    /// 503, logged with its cause
    Internal(String),
}

impl From<Rejection> for ScimError {
    fn from(rejection: Rejection) -> Self {
        ScimError::Rejected(rejection)
    }
}

impl From<BodyError> for ScimError {
    fn from(error: BodyError) -> Self {
        ScimError::Body(error)
    }
}

impl From<Error> for ScimError {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => ScimError::NotFound("there is no such resource in this workspace".to_owned()),
            Error::Conflict(rule) => ScimError::Rejected(Rejection::new(ScimType::Uniqueness, taken(&rule))),
            Error::Database(cause) => ScimError::Internal(cause),
        }
    }
}

/// What a unique rule protects, in words.
fn taken(rule: &str) -> &'static str {
    match rule {
        "users_user_name" => {
            "a user with this userName exists already (letter case does not matter); find it by filter and update it"
        }
        "users_external_id" => "another user has this externalId",
        "groups_display_name" => {
            "a group with this displayName exists already; find it by filter and link to it"
        }
        "groups_external_id" => "another group has this externalId",
        _ => "the resource exists already",
    }
}

impl ScimError {
    /// As logs and metrics name it.
    fn name(&self) -> &'static str {
        match self {
            ScimError::Rejected(rejection) => rejection.scim_type.as_str(),
            ScimError::Unauthenticated(_) => "unauthenticated",
            ScimError::Forbidden(_) => "scope",
            ScimError::Held(_) => "last_owner",
            ScimError::NotFound(_) => "not_found",
            ScimError::Method => "method",
            ScimError::Version => "version",
            ScimError::Body(_) => "body",
            ScimError::TooMany(_) => "rate",
            ScimError::Internal(_) => "internal",
        }
    }

    /// The wire answer. Refusals are logged here, once, without what was sent.
    pub fn answer(&self, state: &State) -> HttpResponse {
        let plain = |status: StatusCode, detail: &str| (status, None, detail.to_owned());
        let (status, scim_type, detail) = match self {
            ScimError::Rejected(rejection) => {
                let unique = matches!(rejection.scim_type, ScimType::Uniqueness);
                let status = if unique { StatusCode::CONFLICT } else { StatusCode::BAD_REQUEST };
                (status, Some(rejection.scim_type), rejection.detail.clone())
            }
            ScimError::Unauthenticated(detail) => plain(StatusCode::UNAUTHORIZED, detail),
            ScimError::Forbidden(detail) => plain(StatusCode::FORBIDDEN, detail),
            ScimError::Held(held) => plain(StatusCode::FORBIDDEN, held.detail()),
            ScimError::NotFound(detail) => plain(StatusCode::NOT_FOUND, detail),
            ScimError::Method => {
                plain(StatusCode::METHOD_NOT_ALLOWED, "this resource does not take this method")
            }
            ScimError::Version => plain(
                StatusCode::PRECONDITION_FAILED,
                "the resource has changed since the version in If-Match; read it again",
            ),
            ScimError::Body(error) => {
                let syntax = error.status() == StatusCode::BAD_REQUEST;
                (error.status(), syntax.then_some(ScimType::InvalidSyntax), error.to_string())
            }
            ScimError::TooMany(RetryAfter(seconds)) => {
                plain(StatusCode::TOO_MANY_REQUESTS, &format!("too many requests; come again in {seconds} s"))
            }
            ScimError::Internal(cause) => {
                tracing::error!(error = %cause, "scim.failed");
                plain(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "the server could not finish; nothing was changed; try again",
                )
            }
        };
        let reason = self.name();
        tracing::warn!(status = status.as_u16(), reason, "scim.refused");
        state.metrics().refused("scim", reason);
        let mut response = HttpResponse::build(status);
        match self {
            ScimError::Unauthenticated(_) => {
                response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"SCIM\""));
            }
            ScimError::TooMany(RetryAfter(seconds)) => {
                response.insert_header((header::RETRY_AFTER, seconds.to_string()));
            }
            _ => {}
        }
        send(&mut response, &error_body(status.as_u16(), scim_type, &detail))
    }
}

/// Sends a document.
pub(crate) fn send(response: &mut actix_web::HttpResponseBuilder, document: &Value) -> HttpResponse {
    response.content_type("application/scim+json; charset=utf-8").body(document.to_string())
}

/// Sends a resource with its version and place.
pub(crate) fn resource(status: StatusCode, document: &Value) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    let meta = |name| document.pointer(&format!("/meta/{name}")).and_then(Value::as_str);
    if let Some(version) = meta("version") {
        response.insert_header((header::ETAG, version));
    }
    if let Some(location) = meta("location") {
        let place = if status == StatusCode::CREATED { header::LOCATION } else { header::CONTENT_LOCATION };
        response.insert_header((place, location));
    }
    send(&mut response, document)
}

/// Turns an endpoint's outcome into the answer.
pub(crate) fn finish(state: &State, outcome: Result<HttpResponse, ScimError>) -> HttpResponse {
    outcome.unwrap_or_else(|refusal| refusal.answer(state))
}

/// Reads a JSON body. U+0000 is refused here: PostgreSQL stores no such text, and neither do we.
pub(crate) async fn json_body(
    req: &HttpRequest,
    payload: web::Payload,
    state: &State,
) -> Result<Value, ScimError> {
    if !matches!(input::media_type(req).as_deref(), Some("application/scim+json" | "application/json")) {
        return Err(BodyError::ContentType("application/scim+json").into());
    }
    let bytes = input::body(payload, state.config().server.max_body_bytes).await?;
    serde_json::from_slice(&bytes).map_err(|error| {
        Rejection::new(ScimType::InvalidSyntax, format!("the body is not JSON: {error}")).into()
    })
}

/// RFC 7644 §3.14: refuses when `If-Match` names another version.
pub(crate) fn check_version(if_match: Option<&str>, version: i64) -> Result<(), ScimError> {
    let current = etag(version);
    match if_match {
        Some(wanted) if wanted != "*" && !wanted.split(',').any(|one| one.trim() == current) => {
            Err(ScimError::Version)
        }
        _ => Ok(()),
    }
}

/// The id of the path as it is stored. What can't be an id names nobody: 404, never 400 (okta-facts §4.1, step 7).
pub(crate) fn id_of(req: &HttpRequest, what: &str) -> Result<String, ScimError> {
    let text = req.match_info().get("id").unwrap_or_default();
    vestibule_store::id::parse(text).ok_or_else(|| {
        ScimError::NotFound(format!("there is no {what} {} in this workspace", text.escape_debug()))
    })
}

/// The request's `If-Match`.
pub(crate) fn if_match(req: &HttpRequest) -> Option<String> {
    Some(req.headers().get(header::IF_MATCH)?.to_str().unwrap_or_default().to_owned())
}

/// A version as an entity tag.
pub(crate) fn etag(version: i64) -> String {
    format!("W/\"{version}\"")
}

/// `404` for a path under the SCIM base that is no endpoint.
pub async fn unknown_path(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let detail = format!("{} is no SCIM endpoint; see /ResourceTypes", req.path());
    tracing::debug!(request_id = request::id(&req), "scim.unknown_path");
    ScimError::NotFound(detail).answer(&state)
}

/// `405` for a method that an endpoint does not take.
pub async fn unknown_method(state: web::Data<State>) -> HttpResponse {
    ScimError::Method.answer(&state)
}
