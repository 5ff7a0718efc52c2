//! A small identity provider that makes responses as text, which tests edit. It writes elements in canonical form, so that it needs no
//! canonicalization of its own.

pub mod encrypt;
pub mod keys;
pub mod sign;

use base64::{Engine, engine::general_purpose::STANDARD};
pub use keys::{Key, keys};
pub use sign::{Style, sign};
use vestibule_saml::{
    certificate::Certificate,
    response::{Expected, Report, Verdict, verify},
};

pub const NOW: i64 = 1_700_000_000_000_000;
pub const ACS: &str = "https://login.example/api/okta/saml/acs/t1";
pub const ENTITY: &str = "https://login.example/api/okta/saml/metadata/t1";
pub const ISSUER: &str = "http://www.okta.com/exk1";
pub const REQUEST: &str = "_0123456789abcdef0123456789abcdef";
pub const XS: &str = " xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"";

/// The instant this many seconds from `NOW`.
pub fn at(seconds: i64) -> String {
    let at = jiff::Timestamp::from_microsecond(NOW + seconds * 1_000_000).unwrap();
    format!("{at:.3}")
}

/// An unsigned assertion as Okta makes it, in canonical form if `xs` is declared around it and is not in the prefix list.
pub fn assertion() -> String {
    let (now, before, after) = (at(0), at(-300), at(300));
    format!(
        "<saml2:Assertion xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"id2\" IssueInstant=\"{now}\" Version=\"2.0\">\
         <saml2:Issuer Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:entity\">{ISSUER}</saml2:Issuer>\
         <saml2:Subject><saml2:NameID Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified\">ada@acme.example</saml2:NameID>\
         <saml2:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">\
         <saml2:SubjectConfirmationData InResponseTo=\"{REQUEST}\" NotOnOrAfter=\"{after}\" Recipient=\"{ACS}\">\
         </saml2:SubjectConfirmationData></saml2:SubjectConfirmation></saml2:Subject>\
         <saml2:Conditions NotBefore=\"{before}\" NotOnOrAfter=\"{after}\">\
         <saml2:AudienceRestriction><saml2:Audience>{ENTITY}</saml2:Audience></saml2:AudienceRestriction></saml2:Conditions>\
         <saml2:AuthnStatement AuthnInstant=\"{now}\" SessionIndex=\"{REQUEST}\"><saml2:AuthnContext><saml2:AuthnContextClassRef>\
         urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml2:AuthnContextClassRef></saml2:AuthnContext>\
         </saml2:AuthnStatement><saml2:AttributeStatement>{}{}</saml2:AttributeStatement></saml2:Assertion>",
        attribute("Email", &["ada@acme.example"]),
        attribute("groups", &["Admins", "Engineers, Berlin"]),
    )
}

pub fn attribute(name: &str, values: &[&str]) -> String {
    let value = |value: &&str| {
        format!(
            "<saml2:AttributeValue xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"xs:string\">{value}\
             </saml2:AttributeValue>"
        )
    };
    let values: String = values.iter().map(value).collect();
    format!(
        "<saml2:Attribute Name=\"{name}\" NameFormat=\"urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified\">{values}\
         </saml2:Attribute>"
    )
}

/// An unsigned response around an assertion, in canonical form if `xs` is in the prefix list.
pub fn response(assertion: &str) -> String {
    format!(
        "<saml2p:Response xmlns:saml2p=\"urn:oasis:names:tc:SAML:2.0:protocol\"{XS} Destination=\"{ACS}\" ID=\"id1\" \
         InResponseTo=\"{REQUEST}\" IssueInstant=\"{}\" Version=\"2.0\">\
         <saml2:Issuer xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\" \
         Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:entity\">{ISSUER}</saml2:Issuer>\
         <saml2p:Status><saml2p:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"></saml2p:StatusCode>\
         </saml2p:Status>{assertion}</saml2p:Response>",
        at(0),
    )
}

/// A response with signed assertion, signed as a whole too, as Okta does by default.
pub fn signed(key: &Key) -> String {
    sign(&response(&sign(&assertion(), key, &Style::default())), key, &Style::default())
}

/// A response of which only the assertion is signed.
pub fn with_assertion(assertion: &str) -> String {
    response(&sign(assertion, &keys().rsa, &Style::default()))
}

/// The response, signed as a whole.
pub fn within_response(response: &str) -> String {
    sign(response, &keys().rsa, &Style::default())
}

pub fn encode(xml: &str) -> String {
    STANDARD.encode(xml)
}

/// The expected values, with these certificates.
pub fn expected(certificates: &[Certificate]) -> Expected<'_> {
    Expected {
        acs_url: ACS,
        entity_id: ENTITY,
        idp_issuer: ISSUER,
        certificates,
        decryption_keys: &[],
        now: NOW,
    }
}

/// Verifies with the certificate of the one RSA key.
pub fn check(xml: &str) -> Report {
    check_with(xml, &keys().rsa)
}

pub fn check_with(xml: &str, key: &Key) -> Report {
    verify(&encode(xml), &expected(std::slice::from_ref(&key.certificate)))
}

#[track_caller]
pub fn assert_accepted(report: &Report) {
    assert_eq!(report.failure(), None);
    assert!(report.assertion().is_some() && report.is_signed() && report.fitting_certificate().is_some());
    assert!(report.checks.iter().all(|check| check.verdict != Verdict::NotReached));
}

/// Asserts that the first failed check has this name, and that its reason contains `why`.
#[track_caller]
pub fn assert_refused(report: &Report, name: &str, why: &str) {
    let failure = report.failure();
    assert_eq!(failure.map(|(name, _)| name), Some(name), "{failure:?}");
    assert!(failure.is_some_and(|(_, text)| text.contains(why)), "{failure:?} lacks {why}");
    assert!(report.assertion().is_none());
}
