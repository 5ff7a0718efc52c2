//! What passes between sign-in and the provider: the authorization request, the code that comes back, the claims, and why an answer is
//! not accepted.

use std::fmt;

use secrecy::SecretString;
use serde_json::{Map, Value};
use url::Url;
use vestibule_core::time::Micros;
use vestibule_store::{access::logins::Login, providers::connections::Connection};
use vestibule_web::{
    crypto::seal::SealError,
    observe::inspect::{Note, redact},
    outbound::client::OutboundError,
};

use crate::id_token::{Report, Verdict};

/// What the provider said of a person, verified.
#[derive(Debug, Clone)]
pub struct Claims {
    /// The provider's name for them.
    pub subject: String,
    /// Their login there.
    pub preferred_username: Option<String>,
    /// Their e-mail address. `email_verified` is not trusted (okta-facts §5.1).
    pub email: Option<String>,
    /// Full name.
    pub name: Option<String>,
    /// First name.
    pub given_name: Option<String>,
    /// Last name.
    pub family_name: Option<String>,
    /// When they last authenticated, to the second.
    pub auth_time: Option<Micros>,
    /// When a session made of this must end (IPSIE SL1).
    pub session_expiry: Option<Micros>,
    /// The names of their groups; `None` when the connection asks for none or none came.
    pub groups: Option<Vec<String>>,
    /// The provider's own id of the session it made this of (OpenID Connect Back-Channel Logout 1.0 §2.1).
    pub session_id: Option<String>,
    /// The ID token as it came, for signing out of the provider.
    pub id_token: SecretString,
}

/// Why the provider's answer is not believed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ProviderError {
    /// It is not one we call: no https, or no public address.
    #[error("{0}")]
    NotCalled(String),
    /// It did not answer, or not as an OpenID provider.
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
    /// The person authenticated longer ago than was asked for, or nobody says when.
    #[error("auth_time: {0}")]
    Stale(String),
    /// Ours: the secret does not open, nothing could be signed.
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

/// A trip about to begin.
pub struct Departure {
    /// Where the browser goes.
    pub url: Url,
    /// What the callback must prove to know.
    pub verifier: SecretString,
}

/// What the trip needs to know.
pub struct Trip<'a> {
    /// Which provider, and which client there.
    pub connection: &'a Connection,
    /// `state`.
    pub state: String,
    /// `nonce`.
    pub nonce: String,
    /// Who is expected.
    pub login_hint: Option<&'a str>,
    /// Whether they must authenticate anew.
    pub fresh: bool,
    /// How long ago they may have authenticated, in seconds.
    pub max_age: Option<i64>,
}

/// What came back, and what it must match.
pub struct Arrival<'a> {
    /// Which provider, and which client there.
    pub connection: &'a Connection,
    /// The trip.
    pub login: &'a Login,
    /// The code.
    pub code: &'a str,
}

/// What a code was exchanged for, judged.
pub(crate) struct Examined {
    /// Every check of the ID token.
    pub report: Report,
    /// What the userinfo endpoint said, if it was asked.
    pub userinfo: Option<Map<String, Value>>,
    /// What is believed.
    pub outcome: Result<Claims, ProviderError>,
}

impl Examined {
    /// Notes what was checked, and whose request it is once the provider's signature says so.
    pub(crate) fn note(&self, note: &Note, workspace_id: &str) {
        note.understood("checks", || {
            let told = self.report.checks.iter().map(|check| {
                let verdict: Value = match &check.verdict {
                    Verdict::Passed => "passed".into(),
                    Verdict::NotApplicable => "not there, not needed".into(),
                    Verdict::NotReached => "not looked at".into(),
                    Verdict::Failed(why) => format!("failed: {}", redact::clip(why)).into(),
                };
                (check.name.to_owned(), verdict)
            });
            Value::Object(told.collect())
        });
        if let Ok(claims) = &self.outcome {
            note.proves(workspace_id);
            note.understood("subject", || claims.subject.clone().into());
        }
    }
}
