//! How SCIM answers: `application/scim+json`, and RFC 7644 §3.12's error body with a sentence for Okta's administrator.

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
    web,
};
use futures_util::{StreamExt, future, stream};
use serde_json::{Map, Value};
use vestibule_scim_engine::{
    document::{error_body, open_list},
    error::{Rejection, ScimType},
};
use vestibule_store::{Conn, Error, people::users};
use vestibule_web::{
    State,
    http::{input::BodyError, limits::RetryAfter, request},
    observe::{inspect, sightings::Sight},
};

use crate::{
    groups::{membership, stream::Script},
    http::endpoint,
    provision::brake::{self, Held},
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
    /// 403 for a change that concerns owners and may not be made, 429 for one of too many at once
    Held(Box<Held>),
    /// 400 `invalidValue` for a group whose members are not all users of the workspace: their ids
    UnknownMembers(Vec<String>),
    /// 404
    NotFound(String),
    /// 405
    Method,
    /// 409 of a bulk request whose references go round, RFC 7644 §3.7.1
    Circular(String),
    /// 412
    Version,
    /// 413, 415 or a body that broke off
    Body(BodyError),
    /// 413 of a bulk request with too many operations, RFC 7644 §3.7.4
    TooLarge(String),
    /// 429
    TooMany(RetryAfter),
    /// 503, nothing was begun
    Busy(&'static str),
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
            Error::Corrupt(cause) => ScimError::Internal(cause.to_string()),
            Error::Busy(cause) => ScimError::Busy(cause),
            Error::TooLong => ScimError::Rejected(Rejection::new(
                ScimType::TooMany,
                "the search takes too long: filter by userName, externalId, id or emails.value, or ask for less",
            )),
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
        users::EXTERNAL_ID_IS_AN_ID => "this externalId is the id of another user here",
        "groups_display_name" => {
            "a group with this displayName exists already; find it by filter and link to it"
        }
        "groups_external_id" => "another group has this externalId",
        _ => "the resource exists already",
    }
}

impl ScimError {
    /// As logs and metrics name it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            ScimError::Rejected(rejection) => rejection.scim_type.as_str(),
            ScimError::Unauthenticated(_) => "unauthenticated",
            ScimError::Forbidden(_) => "scope",
            ScimError::Held(held) => held.name(),
            ScimError::UnknownMembers(_) => ScimType::InvalidValue.as_str(),
            ScimError::NotFound(_) => "not_found",
            ScimError::Method => "method",
            ScimError::Circular(_) => "circular",
            ScimError::TooLarge(_) => "too_large",
            ScimError::Version => "version",
            ScimError::Body(_) => "body",
            ScimError::TooMany(_) => "rate",
            ScimError::Busy(_) => "busy",
            ScimError::Internal(_) => "internal",
        }
    }

    /// The wire answer. Refusals are logged here, once, without what was sent.
    pub fn answer(&self, state: &State) -> HttpResponse {
        let (status, scim_type, detail) = self.told();
        if let ScimError::Internal(cause) = self {
            tracing::error!(error = %cause, "scim.failed");
        }
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
            ScimError::Held(held) if held.status() == StatusCode::TOO_MANY_REQUESTS => {
                response.insert_header((header::RETRY_AFTER, brake::AGAIN.to_string()));
            }
            _ => {}
        }
        let body = error_body(status.as_u16(), scim_type, &detail);
        response.content_type(MEDIA_TYPE).body(body.to_string())
    }

    /// As what the doctor knows it; a look for somebody who isn't there is no fault of anybody's.
    pub(crate) fn sight(&self) -> Option<Sight> {
        match self {
            ScimError::Unauthenticated(_) => Some(Sight::ScimStranger),
            ScimError::Rejected(rejection) if matches!(rejection.scim_type, ScimType::Uniqueness) => {
                Some(Sight::Taken)
            }
            ScimError::UnknownMembers(_) => Some(Sight::UnknownMembers),
            ScimError::NotFound(_) | ScimError::Version => None,
            _ => Some(Sight::ScimRefused),
        }
    }

    /// The sentence for people.
    pub(crate) fn sentence(&self) -> String {
        self.told().2
    }

    /// Status, keyword and sentence.
    fn told(&self) -> (StatusCode, Option<ScimType>, String) {
        let plain = |status: StatusCode, detail: &str| (status, None, detail.to_owned());
        match self {
            ScimError::Rejected(rejection) => {
                let unique = matches!(rejection.scim_type, ScimType::Uniqueness);
                let status = if unique { StatusCode::CONFLICT } else { StatusCode::BAD_REQUEST };
                (status, Some(rejection.scim_type), rejection.detail.clone())
            }
            ScimError::Unauthenticated(detail) => plain(StatusCode::UNAUTHORIZED, detail),
            ScimError::Forbidden(detail) => plain(StatusCode::FORBIDDEN, detail),
            ScimError::Held(held) => plain(held.status(), held.detail()),
            ScimError::UnknownMembers(ids) => {
                (StatusCode::BAD_REQUEST, Some(ScimType::InvalidValue), membership::unknown(ids))
            }
            ScimError::NotFound(detail) => plain(StatusCode::NOT_FOUND, detail),
            ScimError::Method => {
                plain(StatusCode::METHOD_NOT_ALLOWED, "this resource does not take this method")
            }
            ScimError::Circular(detail) => plain(StatusCode::CONFLICT, detail),
            ScimError::TooLarge(detail) => plain(StatusCode::PAYLOAD_TOO_LARGE, detail),
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
            ScimError::Busy(cause) => plain(
                StatusCode::SERVICE_UNAVAILABLE,
                &format!("{cause}; nothing was changed; try again later"),
            ),
            ScimError::Internal(_) => plain(
                StatusCode::SERVICE_UNAVAILABLE,
                "the server could not finish; read the resource before you repeat a change",
            ),
        }
    }

    /// The error as a part of an answer: the status, and the body of RFC 7644 §3.12.
    pub(crate) fn told_within(&self) -> (StatusCode, Value) {
        let (status, scim_type, detail) = self.told();
        (status, error_body(status.as_u16(), scim_type, &detail))
    }
}

/// What an endpoint answers, ready to be sent: made in the job, so that the event loop only writes it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: StatusCode,
    pub etag: Option<String>,
    pub location: Option<String>,
    body: Body,
}

#[derive(Debug)]
enum Body {
    None,
    Text(String),
    /// The beginning, and what follows.
    Script(String, Script),
}

impl Answer {
    /// A resource with its version and place.
    pub(crate) fn resource(status: StatusCode, document: &Map<String, Value>) -> Self {
        Self::part(status, document, document)
    }

    /// The same of a resource of which only a part is shown: version and place are those of the whole.
    pub(crate) fn part(status: StatusCode, whole: &Map<String, Value>, shown: &Map<String, Value>) -> Self {
        Self {
            body: Body::Text(serde_json::to_string(shown).unwrap_or_default()),
            ..Self::empty(status, Some(whole))
        }
    }

    /// A document that is no resource.
    pub(crate) fn document(document: &Value) -> Self {
        Self { body: Body::Text(document.to_string()), ..Self::empty(StatusCode::OK, None) }
    }

    /// A page of resources that are texts already. `empty` is the same page without them.
    pub(crate) fn list(empty: &Value, resources: &[String]) -> Self {
        let mut body = open_list(empty, resources.len());
        body.reserve_exact(resources.iter().map(|text| text.len() + 1).sum::<usize>() + 2);
        for (index, text) in resources.iter().enumerate() {
            if index > 0 {
                body.push(',');
            }
            body.push_str(text);
        }
        body.push_str("]}");
        Self { body: Body::Text(body), ..Self::empty(StatusCode::OK, None) }
    }

    /// What a script writes: its beginning now, the rest when it is sent.
    pub(crate) fn script(
        status: StatusCode,
        whole: Option<&Map<String, Value>>,
        mut script: Script,
        conn: &mut Conn,
    ) -> Result<Self, ScimError> {
        let beginning = script.write(conn)?;
        let body = if script.is_done() { Body::Text(beginning) } else { Body::Script(beginning, script) };
        Ok(Self { body, ..Self::empty(status, whole) })
    }

    /// Nothing.
    pub(crate) fn no_content() -> Self {
        Self::empty(StatusCode::NO_CONTENT, None)
    }

    /// Nothing but the version of what was changed. Its place is told within a bulk answer only: RFC 9110 §8.7 gives
    /// `Content-Location` a meaning for content, and there is none.
    pub(crate) fn changed(whole: &Map<String, Value>) -> Self {
        Self::empty(StatusCode::NO_CONTENT, Some(whole))
    }

    fn empty(status: StatusCode, whole: Option<&Map<String, Value>>) -> Self {
        let meta = |name: &str| Some(whole?.get("meta")?.get(name)?.as_str()?.to_owned());
        Self { status, etag: meta("version"), location: meta("location"), body: Body::None }
    }

    /// The wire answer.
    pub(crate) fn respond(self, state: &State) -> HttpResponse {
        let mut response = self.head(self.status);
        response.content_type(MEDIA_TYPE);
        match self.body {
            Body::Text(body) => response.body(body),
            Body::None => {
                let mut response = HttpResponse::build(self.status);
                if let Some(version) = &self.etag {
                    response.insert_header((header::ETAG, version.as_str()));
                }
                response.finish()
            }
            Body::Script(beginning, rest) => {
                let beginning = stream::once(future::ready(Ok(web::Bytes::from(beginning))));
                response.streaming(beginning.chain(rest.stream(state.clone())))
            }
        }
    }

    /// The wire answer to somebody who has this version already (RFC 9110 §15.4.5).
    pub(crate) fn not_modified(self) -> HttpResponse {
        self.head(StatusCode::NOT_MODIFIED).finish()
    }

    fn head(&self, status: StatusCode) -> HttpResponseBuilder {
        let mut response = HttpResponse::build(status);
        if let Some(version) = &self.etag {
            response.insert_header((header::ETAG, version.as_str()));
        }
        if let Some(location) = &self.location {
            let place =
                if status == StatusCode::CREATED { header::LOCATION } else { header::CONTENT_LOCATION };
            response.insert_header((place, location.as_str()));
        }
        response
    }
}

/// The media type of RFC 7644 §8.1.
pub(crate) const MEDIA_TYPE: &str = "application/scim+json; charset=utf-8";

/// RFC 7644 §3.14: refuses when `If-Match` names another version.
pub(crate) fn check_version(if_match: Option<&str>, current: &str) -> Result<(), ScimError> {
    match if_match {
        Some(wanted) if !endpoint::names(wanted, current) => Err(ScimError::Version),
        _ => Ok(()),
    }
}

/// The id of the path.
pub(crate) fn id_of(req: &HttpRequest) -> String {
    req.match_info().get("id").unwrap_or_default().to_owned()
}

/// An id as it is stored. What can't be an id names nobody: 404, never 400 (okta-facts §4.1, step 7).
pub(crate) fn stored_id(text: &str, what: &str) -> Result<String, ScimError> {
    vestibule_core::ids::parse(text).ok_or_else(|| {
        ScimError::NotFound(format!("there is no {what} {} in this workspace", text.escape_debug()))
    })
}

/// The request's `If-Match`, a list that may stand on several lines (RFC 9110 §5.2). What can't be read names no version.
pub(crate) fn if_match(req: &HttpRequest) -> Option<String> {
    let lines: Vec<&str> =
        req.headers().get_all(header::IF_MATCH).map(|line| line.to_str().unwrap_or_default()).collect();
    (!lines.is_empty()).then(|| lines.join(","))
}

/// `404` for a path under the SCIM base that is no endpoint.
pub async fn unknown_path(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let detail = format!("{} is no SCIM endpoint; see /ResourceTypes", req.path());
    tracing::debug!(request_id = request::id(&req), "scim.unknown_path");
    inspect::of(&req).claims_path(&req);
    inspect::of(&req).refused("unknown_path", detail.clone());
    ScimError::NotFound(detail).answer(&state)
}

/// `405` for a method that an endpoint does not take; `allow` lists those it takes (RFC 9110 §15.5.6).
pub async fn unknown_method(state: web::Data<State>, allow: String) -> HttpResponse {
    let mut response = ScimError::Method.answer(&state);
    if let Ok(allow) = HeaderValue::try_from(allow) {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response
}
