//! Errors of SCIM requests: the status, the `scimType` and the sentence of each (RFC 7644 §3.12). Okta shows the
//! sentence to its administrator, so it says what to do.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use serde_json::Value;
use vestibule_scim_engine::{
    document::error_body,
    error::{Rejection, ScimType},
};
use vestibule_store::{Error, people::users};
use vestibule_web::{
    State,
    http::{input::BodyError, limits::RetryAfter},
    observe::sightings::SightingKind,
};

use crate::{
    blocked_push::{self, BlockedPush},
    http::MEDIA_TYPE,
};

/// A name or `externalId` that another resource has.
#[derive(Debug)]
pub(crate) struct Taken {
    /// The name of the resource that was sent.
    pub name: String,
    /// Whether it is the name, and differs from the other one in letter case or the form of Unicode.
    pub is_other_spelling: bool,
    /// The sentence.
    pub detail: String,
}

/// Seconds after which a client may try again while a plan is applied.
const APPLYING_SECONDS: u64 = 30;

/// Why a SCIM request is refused.
#[derive(Debug)]
pub(crate) enum ScimError {
    /// 400, or 409 for `uniqueness`.
    Rejected(Rejection),
    /// 409 `uniqueness` for a name or `externalId` that another resource has.
    Taken(Box<Taken>),
    /// 503 while the plan of an observed workspace is applied.
    Applying,
    /// 401.
    Unauthenticated(String),
    /// 403 for a missing scope, or a filter where RFC 7644 §4 forbids one.
    Forbidden(String),
    /// 403 for the loss of the last owner, and for a change of owners that the credential may not make; 429 for too many losses of access.
    Blocked(Box<BlockedPush>),
    /// 400 `invalidValue` for a group with members that are no users of the workspace; their ids.
    UnknownMembers(Vec<String>),
    /// 404.
    NotFound(String),
    /// 405.
    MethodNotAllowed,
    /// 409 for a bulk operation with circular references, RFC 7644 §3.7.1.
    CircularReference(String),
    /// 412.
    VersionMismatch,
    /// 408, 413, 415, or 400 for a body that can't be read.
    Body(BodyError),
    /// 413 for a bulk request with too many operations, RFC 7644 §3.7.4.
    TooManyOperations(String),
    /// 429.
    RateLimited(RetryAfter),
    /// 503; nothing was begun.
    Busy(&'static str),
    /// 503, or 500 for a corrupt row; logged with its cause.
    Internal(Error),
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
            Error::Conflict(rule) => {
                ScimError::Rejected(Rejection::new(ScimType::Uniqueness, conflict_detail(&rule)))
            }
            Error::Database(_) | Error::Corrupt(_) | Error::Randomness(_) | Error::WorkspaceId(_) => {
                ScimError::Internal(error)
            }
            Error::Busy(cause) => ScimError::Busy(cause),
            Error::TooLong => ScimError::Rejected(Rejection::new(
                ScimType::TooMany,
                "the search takes too long: filter by userName, externalId, id or emails.value, or ask for less",
            )),
        }
    }
}

/// The sentence for a value that breaks this unique index.
fn conflict_detail(rule: &str) -> &'static str {
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
    /// The name of the error in logs and metrics.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            ScimError::Rejected(rejection) => rejection.scim_type.as_str(),
            ScimError::Taken(_) => ScimType::Uniqueness.as_str(),
            ScimError::Applying => "applying",
            ScimError::Unauthenticated(_) => "unauthenticated",
            ScimError::Forbidden(_) => "scope",
            ScimError::Blocked(blocked) => blocked.name(),
            ScimError::UnknownMembers(_) => ScimType::InvalidValue.as_str(),
            ScimError::NotFound(_) => "not_found",
            ScimError::MethodNotAllowed => "method",
            ScimError::CircularReference(_) => "circular",
            ScimError::TooManyOperations(_) => "too_large",
            ScimError::VersionMismatch => "version",
            ScimError::Body(_) => "body",
            ScimError::RateLimited(_) => "rate",
            ScimError::Busy(_) => "busy",
            ScimError::Internal(_) => "internal",
        }
    }

    /// The HTTP response. Logs and counts the error once, without any text of the request.
    pub(crate) fn respond(&self, state: &State) -> HttpResponse {
        let (status, scim_type, detail) = self.parts();
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
            ScimError::RateLimited(RetryAfter(seconds)) => {
                response.insert_header((header::RETRY_AFTER, seconds.to_string()));
            }
            ScimError::Applying => {
                response.insert_header((header::RETRY_AFTER, APPLYING_SECONDS.to_string()));
            }
            ScimError::Blocked(blocked) if blocked.status() == StatusCode::TOO_MANY_REQUESTS => {
                response.insert_header((header::RETRY_AFTER, blocked_push::RETRY_AFTER_SECONDS.to_string()));
            }
            _ => {}
        }
        let body = error_body(status.as_u16(), scim_type, &detail);
        response.content_type(MEDIA_TYPE).body(body.to_string())
    }

    /// The observation that the doctor keeps of this error. None for a resource that is missing or has changed, because the
    /// set-up is not at fault.
    pub(crate) fn sight(&self) -> Option<SightingKind> {
        match self {
            ScimError::Unauthenticated(_) => Some(SightingKind::ScimStranger),
            ScimError::Rejected(rejection) if matches!(rejection.scim_type, ScimType::Uniqueness) => {
                Some(SightingKind::Taken)
            }
            ScimError::Taken(_) => Some(SightingKind::Taken),
            ScimError::UnknownMembers(_) => Some(SightingKind::UnknownMembers),
            ScimError::NotFound(_) | ScimError::VersionMismatch | ScimError::Applying => None,
            _ => Some(SightingKind::ScimRefused),
        }
    }

    /// The sentence for people.
    pub(crate) fn detail(&self) -> String {
        self.parts().2
    }

    /// The status and the error body of RFC 7644 §3.12, as a part of a bulk response.
    pub(crate) fn status_and_body(&self) -> (StatusCode, Value) {
        let (status, scim_type, detail) = self.parts();
        (status, error_body(status.as_u16(), scim_type, &detail))
    }

    /// Status, keyword and sentence.
    fn parts(&self) -> (StatusCode, Option<ScimType>, String) {
        let plain = |status: StatusCode, detail: &str| (status, None, detail.to_owned());
        match self {
            ScimError::Rejected(rejection) => {
                let unique = matches!(rejection.scim_type, ScimType::Uniqueness);
                let status = if unique { StatusCode::CONFLICT } else { StatusCode::BAD_REQUEST };
                (status, Some(rejection.scim_type), rejection.detail.clone())
            }
            ScimError::Taken(taken) => {
                (StatusCode::CONFLICT, Some(ScimType::Uniqueness), taken.detail.clone())
            }
            ScimError::Applying => plain(
                StatusCode::SERVICE_UNAVAILABLE,
                "an administrator applies the plan of this workspace, which was observed; nothing was changed; try again soon",
            ),
            ScimError::Unauthenticated(detail) => plain(StatusCode::UNAUTHORIZED, detail),
            ScimError::Forbidden(detail) => plain(StatusCode::FORBIDDEN, detail),
            ScimError::Blocked(blocked) => plain(blocked.status(), blocked.detail()),
            ScimError::UnknownMembers(ids) => {
                (StatusCode::BAD_REQUEST, Some(ScimType::InvalidValue), unknown_members(ids))
            }
            ScimError::NotFound(detail) => plain(StatusCode::NOT_FOUND, detail),
            ScimError::MethodNotAllowed => {
                plain(StatusCode::METHOD_NOT_ALLOWED, "this resource does not support this method")
            }
            ScimError::CircularReference(detail) => plain(StatusCode::CONFLICT, detail),
            ScimError::TooManyOperations(detail) => plain(StatusCode::PAYLOAD_TOO_LARGE, detail),
            ScimError::VersionMismatch => plain(
                StatusCode::PRECONDITION_FAILED,
                "the resource has changed since the version in If-Match; read it again",
            ),
            ScimError::Body(error) => {
                let syntax = error.status() == StatusCode::BAD_REQUEST;
                (error.status(), syntax.then_some(ScimType::InvalidSyntax), error.to_string())
            }
            ScimError::RateLimited(RetryAfter(seconds)) => {
                plain(StatusCode::TOO_MANY_REQUESTS, &format!("too many requests; try again in {seconds} s"))
            }
            ScimError::Busy(cause) => plain(
                StatusCode::SERVICE_UNAVAILABLE,
                &format!("{cause}; nothing was changed; try again later"),
            ),
            ScimError::Internal(Error::Corrupt(_)) => plain(
                StatusCode::INTERNAL_SERVER_ERROR,
                "the server can't read something that it has stored; nothing was changed; its log says what",
            ),
            ScimError::Internal(_) => plain(
                StatusCode::SERVICE_UNAVAILABLE,
                "the server could not finish; read the resource before you repeat a change",
            ),
        }
    }
}

/// `members: 1 of the ids is no user of this workspace (x); provision this person first`, or the plural of it.
fn unknown_members(ids: &[String]) -> String {
    let quoted: Vec<String> = ids.iter().take(5).map(|id| id.escape_debug().to_string()).collect();
    let (are, users, them) = match ids.len() {
        1 => ("is", "no user", "this person"),
        _ => ("are", "no users", "these people"),
    };
    format!(
        "members: {} of the ids {are} {users} of this workspace ({}); provision {them} first",
        ids.len(),
        quoted.join(", ")
    )
}
