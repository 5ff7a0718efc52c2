//! Types that the provider's modules share: authorization request, code, claims, and why a response is not accepted.

use std::fmt;

use secrecy::SecretString;
use serde_json::{Map, Value};
use url::Url;
use vestibule_core::ids::WorkspaceId;
use vestibule_person::Claims;
use vestibule_store::{access::logins::Login, providers::connections::Connection};
use vestibule_web::{
    crypto::seal::SealError,
    observe::inspect::{Note, redact},
    outbound::client::OutboundError,
};

use crate::id_token::{Report, Verdict};

/// Why a response of the provider is not accepted.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ProviderError {
    /// The provider is not called, because its URL is not https or its address is not public.
    #[error("{0}")]
    NotCalled(String),
    /// The provider did not answer, or not as an OpenID provider.
    #[error("{0}")]
    Unreachable(String),
    /// The token endpoint refused the code or the client's credentials.
    #[error("the token endpoint refused: {0}")]
    Exchange(TokenRefusal),
    /// The ID token, or what came with it, fails a check.
    #[error("{check}: {reason}")]
    CheckFailed {
        /// Name of the check.
        check: &'static str,
        /// Why it failed.
        reason: String,
    },
    /// The person authenticated longer ago than `max_age` allows, or `auth_time` is missing.
    #[error("auth_time: {0}")]
    Stale(String),
    /// The client secret could not be decrypted, or an assertion could not be signed.
    #[error("{0}")]
    Internal(String),
}

/// Error answer of a token endpoint (RFC 6749 §5.2).
#[derive(Debug, Clone)]
pub struct TokenRefusal {
    /// `error`
    pub code: String,
    /// `error_description` and `error_uri`; may be empty.
    pub description: String,
}

impl TokenRefusal {
    /// Whether the endpoint accepted the client and refused the code: RFC 6749 §5.2 has `invalid_grant` for a code that is unknown,
    /// expired, used, or of another redirect URI (RFC 7636 §4.6: or another verifier), and `invalid_client` for the credentials.
    pub(crate) fn is_about_the_code(&self) -> bool {
        self.code == "invalid_grant"
    }
}

impl fmt::Display for TokenRefusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.description.as_str() {
            "" => formatter.write_str(&self.code),
            description => write!(formatter, "{}: {description}", self.code),
        }
    }
}

impl From<OutboundError> for ProviderError {
    fn from(error: OutboundError) -> Self {
        match error {
            OutboundError::Refused(..) => ProviderError::NotCalled(error.to_string()),
            other => ProviderError::Unreachable(other.to_string()),
        }
    }
}

impl From<SealError> for ProviderError {
    fn from(error: SealError) -> Self {
        ProviderError::Internal(error.to_string())
    }
}

/// Where to redirect the browser.
pub struct AuthorizationUrl {
    /// The URL.
    pub url: Url,
    /// PKCE verifier, to be sent with the code.
    pub verifier: SecretString,
}

/// Parameters of an authorization request.
pub struct AuthorizationRequest<'a> {
    /// Connection, for issuer and client id.
    pub connection: &'a Connection,
    /// `state`.
    pub state: String,
    /// `nonce`.
    pub nonce: String,
    /// `login_hint`
    pub login_hint: Option<&'a str>,
    /// Whether the person must authenticate again (`prompt=login`).
    pub fresh: bool,
    /// `max_age`, in seconds.
    pub max_age: Option<i64>,
}

/// Authorization code, and what the ID token must match.
pub struct CodeResponse<'a> {
    /// Connection, for issuer, client id and secret.
    pub connection: &'a Connection,
    /// The pending login.
    pub login: &'a Login,
    /// The code.
    pub code: &'a str,
    /// The verified domains of the workspace, where the provider's rules need them.
    pub domains: &'a [String],
}

/// Result of exchanging a code.
pub(crate) struct Verification {
    /// Every check of the ID token.
    pub report: Report,
    /// Userinfo, if it was requested.
    pub userinfo: Option<Map<String, Value>>,
    /// Verified claims, or why there are none.
    pub outcome: Result<Claims, ProviderError>,
}

impl Verification {
    /// Shows the checks in the request inspector, and assigns the request to the workspace if the claims are verified.
    pub(crate) fn inspect(&self, note: &Note, workspace_id: &WorkspaceId) {
        note.understood("checks", || {
            let checks = self.report.checks.iter().map(|check| {
                let verdict: Value = match &check.verdict {
                    Verdict::Passed => "passed".into(),
                    Verdict::NotApplicable => "not present, not required".into(),
                    Verdict::NotReached => "not checked".into(),
                    Verdict::Failed(why) => format!("failed: {}", redact::clip(why)).into(),
                };
                (check.name.to_owned(), verdict)
            });
            Value::Object(checks.collect())
        });
        if let Ok(claims) = &self.outcome {
            note.proves(workspace_id);
            note.understood("subject", || claims.subject.clone().into());
        }
    }
}
