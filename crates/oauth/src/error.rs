//! Error responses of the OAuth endpoints (RFC 6749 §5.2): a registered error code, and a description for people who read logs.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use oauth2::{StandardErrorResponse, basic::BasicErrorResponseType};
use vestibule_web::{State, http::input::BodyError, observe::inspect::Note};

/// Why an endpoint refuses a request.
#[derive(Debug)]
pub(crate) enum OAuthError {
    /// 400 `invalid_request`, or 413/415 with the same code.
    Body(BodyError),
    /// 400 `invalid_request`
    Request(&'static str),
    /// 401 `invalid_client`
    Client,
    /// 401 `invalid_client`: the assertion fails a check.
    Assertion(&'static str),
    /// 401 `invalid_client`: the assertion can't be parsed.
    Malformed(String),
    /// 503: the assertion was not checked, because too many are being checked.
    Busy,
    /// 400 `invalid_target` (RFC 8707 §2)
    Target(&'static str),
    /// 400 `unauthorized_client`
    UnauthorizedClient(&'static str),
    /// 400 `invalid_dpop_proof` (RFC 9449 §5)
    Proof(&'static str),
    /// 400 `invalid_authorization_details` (RFC 9396 §5)
    AuthorizationDetails,
    /// 400 `invalid_grant`
    Grant(&'static str),
    /// 400 `invalid_scope`
    Scope(String),
    /// 400 `unsupported_grant_type`
    GrantType(String),
    /// 503, logged with its cause.
    Internal(String),
}

impl From<vestibule_store::Error> for OAuthError {
    fn from(error: vestibule_store::Error) -> Self {
        OAuthError::Internal(error.to_string())
    }
}

impl From<BodyError> for OAuthError {
    fn from(error: BodyError) -> Self {
        OAuthError::Body(error)
    }
}

impl OAuthError {
    /// Builds the response, logs and counts the refusal.
    pub(crate) fn respond(&self, state: &State) -> HttpResponse {
        let (status, code, description) = self.parts();
        if let OAuthError::Internal(error) = self {
            tracing::error!(%error, "oauth.failed");
        }
        tracing::warn!(reason = code.as_ref(), detail = description, "oauth.refused");
        state.metrics().refused("oauth", "token_endpoint");
        let mut response = HttpResponse::build(status);
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        if matches!(self, OAuthError::Busy) {
            response.insert_header((header::RETRY_AFTER, "1"));
        }
        if status == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, "Basic realm=\"Vestibule\""));
        }
        response.json(StandardErrorResponse::new(code, Some(description), None))
    }

    /// Description for people.
    pub(crate) fn description(&self) -> String {
        self.parts().2
    }

    /// Shows the refusal in the request inspector.
    pub(crate) fn inspect(&self, note: &Note) {
        if note.is_on() {
            let (_, code, description) = self.parts();
            note.refused(code.as_ref(), description);
        }
    }

    /// Status, error code and description.
    fn parts(&self) -> (StatusCode, BasicErrorResponseType, String) {
        use BasicErrorResponseType as Code;
        match self {
            OAuthError::Body(error) => (error.status(), Code::InvalidRequest, error.to_string()),
            OAuthError::Request(what) => (StatusCode::BAD_REQUEST, Code::InvalidRequest, (*what).to_owned()),
            OAuthError::Client => (
                StatusCode::UNAUTHORIZED,
                Code::InvalidClient,
                "client_id and client_secret are not those of a client of this region".to_owned(),
            ),
            OAuthError::Assertion(what) => (
                StatusCode::UNAUTHORIZED,
                Code::InvalidClient,
                format!("the client_assertion is invalid: {what}"),
            ),
            OAuthError::Malformed(why) => (
                StatusCode::UNAUTHORIZED,
                Code::InvalidClient,
                format!("the client_assertion is invalid: {why}"),
            ),
            OAuthError::Busy => (
                StatusCode::SERVICE_UNAVAILABLE,
                Code::Extension("temporarily_unavailable".to_owned()),
                "too many assertions are being checked; try again in a second".to_owned(),
            ),
            OAuthError::Target(what) => {
                (StatusCode::BAD_REQUEST, Code::Extension("invalid_target".to_owned()), (*what).to_owned())
            }
            OAuthError::UnauthorizedClient(what) => {
                (StatusCode::BAD_REQUEST, Code::UnauthorizedClient, (*what).to_owned())
            }
            OAuthError::Proof(why) => (
                StatusCode::BAD_REQUEST,
                Code::Extension("invalid_dpop_proof".to_owned()),
                format!("the DPoP proof is not accepted: {why}"),
            ),
            OAuthError::AuthorizationDetails => (
                StatusCode::BAD_REQUEST,
                Code::Extension("invalid_authorization_details".to_owned()),
                "authorization_details are not supported: ask for scopes".to_owned(),
            ),
            OAuthError::Grant(what) => (StatusCode::BAD_REQUEST, Code::InvalidGrant, (*what).to_owned()),
            OAuthError::Scope(what) => (StatusCode::BAD_REQUEST, Code::InvalidScope, what.clone()),
            OAuthError::GrantType(asked) => (
                StatusCode::BAD_REQUEST,
                Code::UnsupportedGrantType,
                format!("grant_type {asked} is not supported"),
            ),
            OAuthError::Internal(_) => {
                let code = Code::Extension("temporarily_unavailable".to_owned());
                (StatusCode::SERVICE_UNAVAILABLE, code, "the server could not finish; try again".to_owned())
            }
        }
    }
}
