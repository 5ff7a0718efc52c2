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

/// A response whose assertion is signed in this unusual style.
pub fn styled(style: &Style) -> String {
    response(&sign(&assertion(), &keys().rsa, style))
}

/// Every check of the report has a test of its refusal, here or in the tests of encrypted assertions.
#[test]
fn no_check_is_without_its_refusal() {
    let tests = [
        include_str!("refused/bytes.rs"),
        include_str!("refused/structure.rs"),
        include_str!("refused/signatures.rs"),
        include_str!("refused/content.rs"),
        include_str!("encrypted.rs"),
    ]
    .concat();
    let report = check(&signed(&keys().rsa));
    let mut names: Vec<_> = report.checks.iter().map(|check| check.name).collect();
    assert_eq!(names.len(), 32);
    for check in &report.checks {
        assert!(tests.contains(&format!(", \"{}\", ", check.name)), "no test refuses by {}", check.name);
        assert!(!check.cites.is_empty(), "{} cites nothing", check.name);
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), report.checks.len(), "each name once");
}
