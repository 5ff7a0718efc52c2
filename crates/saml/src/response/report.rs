//! Types that the checks of a response share: what it must match, the verdict of each check, and the report.

use openssl::pkey::{PKey, Private};

use vestibule_core::time::Micros;

use super::Assertion;
use crate::certificate::Certificate;

/// What a response must match.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Our URL for responses as it is configured: never taken from the request.
    pub acs_url: &'a str,
    /// Our entity id.
    pub entity_id: &'a str,
    /// Issuer of the connection.
    pub idp_issuer: &'a str,
    /// Certificates of the connection. Without one nothing is believed. The first 20 are tried.
    pub certificates: &'a [Certificate],
    /// Our keys that assertions may be encrypted to.
    pub decryption_keys: &'a [PKey<Private>],
    /// Current time.
    pub now: Micros,
}

/// Result of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// As it must be.
    Passed,
    /// The response lacks what the check is about, and need not have it.
    NotApplicable,
    /// Not run, because an earlier check failed that it rests on.
    NotReached,
    /// Refused, with the reason. The text may quote the response: escape it.
    Failed(String),
}

/// A check and its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Name of the check in events and logs.
    pub name: &'static str,
    /// Specification of the check.
    pub cites: &'static str,
    /// Its result.
    pub verdict: Verdict,
}

/// Result of verifying a response: every check, in order.
#[derive(Debug, Clone)]
pub struct Report {
    /// Every check of the list.
    pub checks: Vec<Check>,
    /// Facts of the assertion, verified only if no check failed.
    pub(super) facts: Option<Assertion>,
    /// Fingerprint of the certificate whose key signed.
    pub(super) fitting: Option<String>,
}

impl Report {
    /// First check that failed, and why.
    pub fn failure(&self) -> Option<(&'static str, &str)> {
        self.checks.iter().find_map(|check| match &check.verdict {
            Verdict::Failed(why) => Some((check.name, why.as_str())),
            _ => None,
        })
    }

    /// The assertion, only if every check was run and none failed.
    pub fn assertion(&self) -> Option<&Assertion> {
        let is_good = |check: &Check| matches!(check.verdict, Verdict::Passed | Verdict::NotApplicable);
        self.facts.as_ref().filter(|_| self.is_signed() && self.checks.iter().all(is_good))
    }

    /// Whether a configured key has signed the assertion, whatever the checks of its content say.
    pub fn is_signed(&self) -> bool {
        self.checks.iter().any(|check| check.name == "signed" && check.verdict == Verdict::Passed)
    }

    /// The facts as they were read, for people to look at. Anybody may have written them: decide nothing by them.
    pub fn unverified(&self) -> Option<&Assertion> {
        self.facts.as_ref()
    }

    /// Fingerprint of the configured certificate whose key signed the assertion.
    pub fn fitting_certificate(&self) -> Option<&str> {
        self.fitting.as_deref()
    }
}

/// Result of a check function: `Ok(true)` for passed, `Ok(false)` for not applicable, or why it failed.
pub(super) type CheckResult = Result<bool, String>;
