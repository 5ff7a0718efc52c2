//! Verification of responses (Core §3.2.2, Profiles §4.1.4): one list of named checks, each with its citation. Sign-in and test sign-in
//! use the same report.
//!
//! The checks of the form run in order and stop at the first failure. The checks of the content run only on the verified assertion,
//! and all of them run, even if one fails.

mod assertion;
mod claimed;
mod conditions;
mod content;
mod decrypted;
mod envelope;
mod facts;
mod form;
mod issuer;
mod list;
mod report;
mod statements;
mod subject;

pub use assertion::{Assertion, Attribute, NameId};
pub use claimed::{Claimed, claimed};
pub(crate) use content::{not_over, read as read_instant};
use decrypted::Decrypted;
use envelope::Envelope;
pub(crate) use envelope::{check_ids, check_logout_order};
pub(crate) use form::bytes as form_bytes;
pub(crate) use issuer::compare as compare_issuer;
pub use openssl::pkey::{PKey, Private};
pub use report::{Check, Expected, Report, Verdict};
use report::{Checks, Content};
pub(crate) use subject::{check_name, find_name_id};

use crate::{
    certificate::Certificate,
    scan::{self, Comments},
    tree,
};

/// Verifies the value of the form field `SAMLResponse` (Bindings §3.5). The caller must check that this browser began the request that
/// the response answers, and that the assertion was not used before.
pub fn verify(form_value: &str, expected: &Expected<'_>) -> Report {
    let mut checks = Checks::default();
    let mut outcome = Outcome::default();
    run(form_value, expected, &mut checks, &mut outcome);
    Report { checks: checks.complete(list::names()), facts: outcome.facts, fitting: outcome.fitting }
}

/// Name and citation of every check, in the order of every [`Report`].
pub fn checks() -> impl Iterator<Item = (&'static str, &'static str)> {
    list::names()
}

/// The results that outlive the parsed documents.
#[derive(Default)]
struct Outcome {
    facts: Option<Assertion>,
    fitting: Option<String>,
}

/// Runs the checks. `None`: a check failed that later checks depend on.
fn run(form_value: &str, expected: &Expected<'_>, checks: &mut Checks, outcome: &mut Outcome) -> Option<()> {
    let bytes = checks.step(form::bytes(form_value))?;
    let text = checks.step(scan::text(&bytes))?;
    checks.step(scan::markup(&text, Comments::Refused))?;
    let document =
        checks.step(tree::parse(&text, Comments::Refused).map_err(|unread| unread.why().to_owned()))?;
    let mut envelope = Envelope::new(document.root_element(), expected);
    for (_, _, check) in list::FORM {
        checks.verdict(check(&mut envelope))?;
        if outcome.facts.is_none()
            && let Some(assertion) = envelope.assertion
        {
            outcome.facts = Some(facts::read(assertion, envelope.response, expected));
        }
    }
    let plaintext = checks.optional(envelope.decrypt())?;
    let inner =
        checks.optional(plaintext.as_deref().map(|text| Decrypted::parse(text, &envelope)).transpose())?;
    if let Some(inner) = &inner {
        outcome.facts =
            inner.assertion().map(|assertion| facts::read(assertion, envelope.response, expected));
    }
    let own =
        checks.optional(inner.as_ref().and_then(|inner| inner.verify(expected).transpose()).transpose())?;
    let assertion = checks.step(match &inner {
        Some(inner) => own.or_else(|| inner.within_signed(&envelope)).ok_or_else(envelope::unsigned),
        None => envelope.signed_assertion().ok_or_else(envelope::unsigned),
    })?;
    outcome.fitting = expected.certificates.get(assertion.certificate()).map(Certificate::fingerprint);
    let content = Content {
        assertion,
        response: envelope.response,
        is_response_signed: envelope.is_signed(),
        expected,
    };
    for (_, _, check) in list::CONTENT {
        // All of these run, so that the person who sets up a connection sees all errors at once.
        let _ = checks.verdict(check(&content));
    }
    outcome.facts = Some(facts::read(content.assertion.node(), envelope.response, expected));
    Some(())
}
