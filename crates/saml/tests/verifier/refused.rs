//! One refusal for each check, and more where a check has several reasons. Each test has the name of its check.

mod bytes;
mod content;
mod signatures;
mod structure;

use crate::support::*;

/// A response of which only the assertion is signed, edited before it is signed.
pub fn edited(from: &str, to: &str) -> String {
    let assertion = assertion();
    assert!(assertion.contains(from), "the assertion lacks {from}");
    with_assertion(&assertion.replacen(from, to, 1))
}

/// A signed response, edited before it is signed.
pub fn edited_response(from: &str, to: &str) -> String {
    let response = response(&assertion());
    assert!(response.contains(from), "the response lacks {from}");
    within_response(&response.replacen(from, to, 1))
}

/// A response whose assertion is signed in a strange way.
pub fn styled(style: &Style) -> String {
    response(&sign(&assertion(), &keys().rsa, style))
}
