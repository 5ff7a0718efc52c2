//! Types that the checks of a response share: the expected values, the verdict of each check, and the report.

use openssl::pkey::{PKey, Private};

use roxmltree::Node;
use serde::{Deserialize, Serialize};
use vestibule_core::time::Micros;

use super::Assertion;
use crate::{certificate::Certificate, signature::Verified};

/// What a response must match.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Our configured URL for responses. Never take it from the HTTP request.
    pub acs_url: &'a str,
    /// Our entity ID.
    pub entity_id: &'a str,
    /// Issuer of the connection.
    pub idp_issuer: &'a str,
    /// Certificates of the connection. Without one every response is refused. The first 20 are tried.
    pub certificates: &'a [Certificate],
    /// Our private keys that assertions may be encrypted to.
    pub decryption_keys: &'a [PKey<Private>],
    /// Current time.
    pub now: Micros,
}

/// Result of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// The check passed.
    Passed,
    /// The response does not have the optional part that the check is about.
    NotApplicable,
    /// Not run, because an earlier check failed that it depends on.
    NotReached,
    /// The check failed, with the reason. The text may quote the response: escape it.
    Failed(String),
}

/// A check and its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Name of the check in events and logs.
    pub name: &'static str,
    /// Specification of the check.
    pub cites: &'static str,
    /// Result of the check.
    pub verdict: Verdict,
}

/// Result of verifying a response: every check, in order.
#[derive(Debug, Clone)]
pub struct Report {
    /// Every check of the list.
    pub checks: Vec<Check>,
    /// Facts of the assertion. They are verified only if no check failed.
    pub(super) facts: Option<Assertion>,
    /// Fingerprint of the certificate whose key made the signature.
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

    /// The assertion; `None` unless every check ran and none failed.
    pub fn assertion(&self) -> Option<&Assertion> {
        let is_good = |check: &Check| matches!(check.verdict, Verdict::Passed | Verdict::NotApplicable);
        self.facts.as_ref().filter(|_| self.is_signed() && self.checks.iter().all(is_good))
    }

    /// Whether a configured key has signed the assertion or the response around it, even if a check of its content failed.
    pub fn is_signed(&self) -> bool {
        self.checks.iter().any(|check| check.name == "signed" && check.verdict == Verdict::Passed)
    }

    /// The facts, even if a check failed. Anybody may have written them: use them for display only.
    pub fn unverified(&self) -> Option<&Assertion> {
        self.facts.as_ref()
    }

    /// Fingerprint of the configured certificate whose key signed the assertion or the response around it.
    pub fn fitting_certificate(&self) -> Option<&str> {
        self.fitting.as_deref()
    }
}

/// Result of a check function: `Ok(true)` for passed, `Ok(false)` for not applicable, or why it failed.
pub(super) type CheckResult = Result<bool, String>;

/// The verdicts so far, in the order of the list.
#[derive(Default)]
pub(super) struct Checks {
    done: Vec<Verdict>,
}

impl Checks {
    /// Records a check. `None` when it failed.
    pub fn step<T>(&mut self, result: Result<T, String>) -> Option<T> {
        let (verdict, value) = match result {
            Ok(value) => (Verdict::Passed, Some(value)),
            Err(why) => (Verdict::Failed(why), None),
        };
        self.done.push(verdict);
        value
    }

    /// Records a check that is not applicable when the result is none.
    pub fn optional<T>(&mut self, result: Result<Option<T>, String>) -> Option<Option<T>> {
        let verdict = match &result {
            Ok(Some(_)) => Verdict::Passed,
            Ok(None) => Verdict::NotApplicable,
            Err(why) => Verdict::Failed(why.clone()),
        };
        self.done.push(verdict);
        result.ok()
    }

    /// Records the result of a check function.
    pub fn verdict(&mut self, result: CheckResult) -> Option<()> {
        self.optional(result.map(|applies| applies.then_some(()))).map(|_| ())
    }

    /// Every check of the list, whose names and citations are `list`. Checks that did not run are [`Verdict::NotReached`].
    pub fn complete(self, list: impl Iterator<Item = (&'static str, &'static str)>) -> Vec<Check> {
        let verdicts = self.done.into_iter().chain(std::iter::repeat(Verdict::NotReached));
        list.zip(verdicts).map(|((name, cites), verdict)| Check { name, cites, verdict }).collect()
    }
}

/// Input of the checks of the content.
pub(super) struct Content<'a, 'i> {
    /// The assertion.
    pub assertion: Verified<'a, 'i>,
    /// The response around the assertion. Unless it is signed, it may only cause a refusal.
    pub response: Node<'a, 'i>,
    pub is_response_signed: bool,
    pub expected: &'a Expected<'a>,
}
