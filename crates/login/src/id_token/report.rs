//! What the checks of an ID token share: what it must match, the verdict of each check, and the report.

use serde_json::{Map, Value};
use vestibule_jose::SignatureError;

/// How far the provider's clock may be from ours, in seconds.
pub(super) const SKEW: i64 = 60;

/// What the token must match. Times are seconds since 1970.
pub(crate) struct Expected {
    /// The connection's issuer.
    pub issuer: String,
    /// Our client id there.
    pub client_id: String,
    /// The trip's nonce.
    pub nonce: String,
    /// The access token that came with it.
    pub access_token: String,
    /// The code it was exchanged for.
    pub code: String,
    /// When the trip began.
    pub asked_at: i64,
    /// The `max_age` that was asked for.
    pub max_age: Option<i64>,
    /// The service's clock.
    pub now: i64,
}

/// What a check came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    Passed,
    /// The token has nothing of it, and need not.
    NotApplicable,
    /// Not looked at: the token can't be read.
    NotReached,
    Failed(String),
}

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Check {
    /// What is checked, in a word: as events and logs name it.
    pub name: &'static str,
    /// What the check rests on.
    pub cites: &'static str,
    pub verdict: Verdict,
}

/// Every check, in order.
#[derive(Debug, Clone)]
pub(crate) struct Report {
    pub checks: Vec<Check>,
    /// How many keys were tried, or why the signature is not believed.
    pub signature: Signature,
    /// What the token says: to be believed only when nothing failed.
    pub said: Option<Map<String, Value>>,
}

impl Report {
    /// The first check that failed, and why.
    pub fn failure(&self) -> Option<(&'static str, &str)> {
        self.checks.iter().find_map(|check| match &check.verdict {
            Verdict::Failed(why) => Some((check.name, why.as_str())),
            _ => None,
        })
    }

    /// The claims, if every check passed.
    pub fn claims(&self) -> Option<&Map<String, Value>> {
        self.said.as_ref().filter(|_| !self.checks.is_empty() && self.failure().is_none())
    }

    /// Whether a key of the issuer has signed it, whatever else is wrong with it.
    pub fn is_signed(&self) -> bool {
        self.checks.iter().any(|check| check.name == "signature" && check.verdict == Verdict::Passed)
    }

    /// Whether other keys might change the verdict: the provider may have rotated them.
    pub fn lacks_key(&self) -> bool {
        self.failure().is_some_and(|(name, _)| name == "signature")
    }
}

/// `Ok(true)`: passed. `Ok(false)`: the token has nothing of it, and need not.
pub(super) type Judgement = Result<bool, String>;
/// What [`verify`](vestibule_jose::verify) came to.
pub(super) type Signature = Result<usize, SignatureError>;
