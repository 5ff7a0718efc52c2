//! Types that the checks of an ID token share: what the token must match, the verdict of each check, and the report.

use serde_json::{Map, Value};
use vestibule_jose::SignatureError;

use super::tenant::Tenant;

/// Tolerated difference between the provider's clock and this one, in seconds.
pub(super) const SKEW: i64 = 60;

/// What a token must match. Times are seconds since 1970.
pub(crate) struct Expected {
    /// Issuer of the connection.
    pub issuer: String,
    /// Client id of the connection.
    pub client_id: String,
    /// What the token must say about the organisation.
    pub tenant: Tenant,
    /// Nonce of the login.
    pub nonce: String,
    /// Access token of the same token response.
    pub access_token: String,
    /// Authorization code that was exchanged.
    pub code: String,
    /// When the login started.
    pub started_at: i64,
    /// Requested `max_age`, in seconds.
    pub max_age: Option<i64>,
    /// Current time.
    pub now: i64,
}

/// Result of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    Passed,
    /// The token lacks the claim, and need not have it.
    NotApplicable,
    /// Not run, because the token can't be parsed.
    NotReached,
    Failed(String),
}

/// A check and its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Check {
    /// Name of the check in events and logs.
    pub name: &'static str,
    /// Specification of the check.
    pub cites: &'static str,
    pub verdict: Verdict,
}

/// Result of verifying a token: every check, in order.
#[derive(Debug, Clone)]
pub(crate) struct Report {
    pub checks: Vec<Check>,
    /// Number of keys tried, or why no key verifies the signature.
    pub signature: Signature,
    /// Claims of the token, verified only if no check failed.
    pub unverified_claims: Option<Map<String, Value>>,
}

impl Report {
    /// First check that failed, and why.
    pub fn failure(&self) -> Option<(&'static str, &str)> {
        self.checks.iter().find_map(|check| match &check.verdict {
            Verdict::Failed(why) => Some((check.name, why.as_str())),
            _ => None,
        })
    }

    /// Claims of the token, if no check failed.
    pub fn claims(&self) -> Option<&Map<String, Value>> {
        self.unverified_claims.as_ref().filter(|_| !self.checks.is_empty() && self.failure().is_none())
    }

    /// Whether a key of the issuer has signed the token, whatever the other checks say.
    pub fn is_signed(&self) -> bool {
        self.checks.iter().any(|check| check.name == "signature" && check.verdict == Verdict::Passed)
    }

    /// Whether the signature is what failed first: the provider may have rotated its keys.
    pub fn lacks_key(&self) -> bool {
        self.failure().is_some_and(|(name, _)| name == "signature")
    }
}

/// Result of a check function: `Ok(true)` for passed, `Ok(false)` for not applicable, or why it failed.
pub(super) type CheckResult = Result<bool, String>;
/// Result of [`verify`](vestibule_jose::verify).
pub(super) type Signature = Result<usize, SignatureError>;
