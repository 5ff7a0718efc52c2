//! The attacks that other verifiers fell for: signature wrapping and its kin. A forged assertion names Eve; no response in which she
//! stands may ever be accepted as hers, and none is accepted as Ada's either.

mod confusion;
mod keys;
mod wrapping;

use vestibule_saml::response::Report;

use crate::support::*;

/// An unsigned assertion about Eve with the given id.
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

/// Nobody is signed in. The facts that were read may be looked at, and decide nothing.
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
