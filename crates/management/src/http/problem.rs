//! Refusals, answered as problem details (RFC 9457). They contain nothing internal; that is logged under the request's id.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
};
use vestibule_admin::{Refusal, provider::connection::SettingsError, refusal::violated};
use vestibule_core::sets::OperatorScope;
use vestibule_store::Error;
use vestibule_web::{
    State,
    http::{input::BodyError, limits::RetryAfter, request},
};

use crate::types::problem::{FieldError, ProblemDetails};

/// Why a request is refused. Nothing was changed; only after [`Problem::Unavailable`] that is not known.
#[derive(Debug)]
pub(crate) enum Problem {
    /// 401: no valid key; whether a credential was sent.
    Unauthenticated { presented: bool },
    /// 403: the key lacks this scope.
    Forbidden(OperatorScope),
    /// 404: nothing with this name or id in this region.
    NotFound,
    /// 405, with the methods that the path has.
    Method(String),
    /// 409
    Conflict(String),
    /// 400, 413 or 415.
    Unreadable(BodyError),
    /// 422: these members or parameters are wrong.
    Invalid(Vec<(String, String)>),
    /// 422: the idempotency key was sent with another request.
    Reused,
    /// 429
    TooMany(RetryAfter),
    /// 503: the database does not answer. A change may have been committed.
    Unavailable(String),
    /// 503: too many requests are running, or a search took too long. Nothing was changed.
    Busy(String),
    /// 500
    Internal(String),
}

impl Problem {
    /// One field is wrong.
    pub fn field(name: &str, sentence: impl Into<String>) -> Self {
        Self::Invalid(vec![(name.to_owned(), sentence.into())])
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Unauthenticated { .. } => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Unreadable(error) => error.status(),
            Self::Invalid(_) | Self::Reused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) | Self::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The name of the refusal, for metrics and logs.
    fn reason(&self) -> &'static str {
        match self {
            Self::Unauthenticated { .. } => "unauthenticated",
            Self::Forbidden(_) => "forbidden",
            Self::NotFound => "not_found",
            Self::Method(_) => "method",
            Self::Conflict(_) => "conflict",
            Self::Unreadable(_) => "unreadable",
            Self::Invalid(_) => "invalid",
            Self::Reused => "idempotency_key_reused",
            Self::TooMany(_) => "too_many",
            Self::Unavailable(_) => "unavailable",
            Self::Busy(_) => "busy",
            Self::Internal(_) => "internal",
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::Unauthenticated { presented: false } => {
                "there is no operator key: send Authorization: Bearer vop_…".to_owned()
            }
            Self::Unauthenticated { presented: true } => "this operator key is invalid or has expired".to_owned(),
            Self::Forbidden(scope) => format!("the operator key lacks the scope {scope}"),
            Self::NotFound => "not found in this region".to_owned(),
            Self::Method(_) => "this address does not accept this method".to_owned(),
            Self::Conflict(sentence) => sentence.clone(),
            Self::Unreadable(error) => error.to_string(),
            Self::Invalid(errors) => {
                let sentences = errors.iter().map(|(field, sentence)| format!("{field} {sentence}"));
                sentences.collect::<Vec<_>>().join("; ")
            }
            Self::Reused => "this Idempotency-Key was sent with another request; use a new key".to_owned(),
            Self::TooMany(RetryAfter(seconds)) => format!("try again in {seconds} s"),
            Self::Unavailable(_) => {
                "the database does not answer; whether a change was made is not known: read before you repeat it".to_owned()
            }
            Self::Busy(cause) => format!("{cause}; nothing was changed: try again later"),
            Self::Internal(_) => "something went wrong here; it is logged under this instance".to_owned(),
        }
    }

    /// Logs and counts the refusal; returns the response.
    pub fn answer(&self, req: &HttpRequest, state: &State) -> HttpResponse {
        let (status, reason) = (self.status(), self.reason());
        match self {
            Self::Unavailable(cause) | Self::Internal(cause) => {
                tracing::error!(error = %cause, "management.failed");
            }
            _ => tracing::warn!(reason, "management.refused"),
        }
        state.metrics().refused("management", reason);
        let mut response = HttpResponse::build(status);
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        match self {
            // RFC 6750 §3: without a credential, no error code.
            Self::Unauthenticated { presented: false } => {
                response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
            }
            Self::Unauthenticated { presented: true } => {
                response.insert_header((header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\""));
            }
            Self::Forbidden(scope) => {
                let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"");
                response.insert_header((header::WWW_AUTHENTICATE, challenge));
            }
            Self::Method(allow) => {
                response.insert_header((header::ALLOW, allow.as_str()));
            }
            Self::TooMany(RetryAfter(seconds)) => {
                response.insert_header((header::RETRY_AFTER, seconds.to_string()));
            }
            _ => {}
        }
        // `about:blank`: the status says what kind of problem it is (RFC 9457 §4.2.1).
        let errors = match self {
            Self::Invalid(errors) => {
                let error = |(field, detail): &(String, String)| FieldError {
                    field: field.clone(),
                    detail: detail.clone(),
                };
                Some(errors.iter().map(error).collect())
            }
            _ => None,
        };
        response.content_type("application/problem+json").json(ProblemDetails {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            detail: self.detail(),
            instance: request::id(req),
            errors,
        })
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::NotFound,
            Error::Conflict(rule) => Self::Conflict(violated(&rule).to_owned()),
            Error::Database(cause) => Self::Unavailable(cause.to_string()),
            error @ (Error::Corrupt(_) | Error::Randomness(_) | Error::WorkspaceId(_)) => {
                Self::Internal(error.to_string())
            }
            error @ (Error::Busy(_) | Error::TooLong) => Self::Busy(error.to_string()),
        }
    }
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        Self::Unreadable(error)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Field(name, sentence) => Self::field(name, sentence),
            Refusal::Element(name, position, sentence) => {
                Self::field(&format!("{name}[{position}]"), sentence)
            }
            Refusal::Conflict(sentence) => Self::Conflict(sentence),
            Refusal::Store(error) => error.into(),
        }
    }
}

impl From<SettingsError> for Problem {
    fn from(error: SettingsError) -> Self {
        match error {
            SettingsError::Field(sentence) => Self::field("connection", sentence),
            SettingsError::Store(error) => error.into(),
        }
    }
}
