//! Attacks that worked against other verifiers, such as signature wrapping. A forged assertion names Eve. No response that contains it
//! may be accepted, neither for Eve nor for Ada.

mod confusion;
mod keys;
mod wrapping;

use vestibule_saml::response::Report;

use crate::support::*;

/// An unsigned assertion about Eve with this id.
fn evil(id: &str) -> String {
    assertion().replace("ada@acme.example", "eve@acme.example").replace("id2", id)
}

/// A response of which only the assertion is signed.
fn signed_assertion() -> String {
    with_assertion(&assertion())
}

/// A response that is signed as a whole.
fn signed_response() -> String {
    within_response(&response(&assertion()))
}

/// The text from the tag to its end tag.
fn part(xml: &str, tag: &str) -> String {
    let from = xml.find(&format!("<{tag} ")).or_else(|| xml.find(&format!("<{tag}>"))).unwrap();
    let end = format!("</{tag}>");
    let to = xml[from..].find(&end).unwrap() + from + end.len();
    xml[from..to].to_owned()
}

/// Asserts that the response is refused, so that nobody is signed in.
#[track_caller]
fn assert_nobody(report: &Report) {
    assert!(report.failure().is_some(), "{:?}", report.assertion());
    assert!(report.assertion().is_none());
}

#[test]
fn the_raw_material_is_good() {
    assert_accepted(&check(&signed_assertion()));
    assert_accepted(&check(&signed_response()));
    assert_accepted(&check(&signed(&keys().rsa)));
    let evil = check(&response(&evil("evil")));
    assert_refused(&evil, "signed", "neither");
    assert_eq!(evil.unverified().unwrap().name_id.value, "eve@acme.example");
}
