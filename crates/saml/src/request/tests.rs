//! Tests of the messages that we send, read back with code other than ours.

use std::io::Read;

use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::read::DeflateDecoder;
use openssl::{hash::MessageDigest, sign::Verifier};
use url::Url;

use super::*;
use crate::{
    certificate::Certificate,
    logout::{self, Received, verify_request, verify_response},
    response::NameId,
    signature,
};

const REQUEST: AuthnRequest<'_> = AuthnRequest {
    id: "_0123456789abcdef0123456789abcdef",
    issued_at: 1_700_000_000,
    destination: "https://acme.okta.com/app/x/exk1/sso/saml?a=1&b=2",
    acs_url: "https://login.example/api/okta/saml/acs/t1",
    issuer: "https://login.example/\"<metadata>&",
    force_authn: false,
};

fn inflate(url: &Url, parameter: &str) -> String {
    let value = url.query_pairs().find(|(name, _)| name == parameter).unwrap().1.into_owned();
    let mut xml = String::new();
    DeflateDecoder::new(&*STANDARD.decode(value).unwrap()).read_to_string(&mut xml).unwrap();
    xml
}

#[test]
fn a_request_asks_for_no_format_and_no_context() {
    let xml = REQUEST.xml();
    let document = roxmltree::Document::parse(&xml).unwrap();
    let root = document.root_element();
    assert_eq!(root.tag_name().namespace(), Some("urn:oasis:names:tc:SAML:2.0:protocol"));
    for (name, value) in [
        ("ID", REQUEST.id),
        ("Version", "2.0"),
        ("IssueInstant", "2023-11-14T22:13:20Z"),
        ("Destination", REQUEST.destination),
        ("AssertionConsumerServiceURL", REQUEST.acs_url),
        ("ProtocolBinding", "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"),
    ] {
        assert_eq!(root.attribute(name), Some(value), "{name}");
    }
    assert_eq!(root.attribute("ForceAuthn"), None);
    let children: Vec<_> = root.children().collect();
    assert_eq!(children.len(), 1, "only the Issuer");
    assert_eq!(children[0].text(), Some(REQUEST.issuer));
    let forced = AuthnRequest { force_authn: true, ..REQUEST }.xml();
    assert_eq!(
        roxmltree::Document::parse(&forced).unwrap().root_element().attribute("ForceAuthn"),
        Some("true")
    );
}

#[test]
fn an_id_is_a_name_of_128_bits() {
    assert_eq!(new_id([0x0f; 16]), "_0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f");
}

#[test]
fn a_redirect_keeps_the_query_of_the_destination() {
    for (destination, begins) in [
        ("https://idp.example/sso", "https://idp.example/sso?SAMLRequest="),
        ("https://idp.example/sso?", "https://idp.example/sso?SAMLRequest="),
        ("https://idp.example/sso?idp=7", "https://idp.example/sso?idp=7&SAMLRequest="),
    ] {
        let url = redirect_url(destination, "<a/>", Some("h&1=\u{fc}"), None).unwrap();
        assert!(url.starts_with(begins), "{url}");
        let url = Url::parse(&url).unwrap();
        assert_eq!(inflate(&url, "SAMLRequest"), "<a/>");
        assert!(url.query_pairs().any(|(name, value)| name == "RelayState" && value == "h&1=\u{fc}"));
    }
    for destination in [
        "",
        "/sso",
        "javascript:alert(1)",
        "https://idp.example/#x",
        "https://idp.example/?RelayState=1",
        "ftp://a/",
    ] {
        assert_eq!(
            redirect_url(destination, "<a/>", None, None),
            Err(RequestError::Destination),
            "{destination}"
        );
    }
}

#[test]
fn a_redirect_is_signed_over_the_query_as_it_is_sent() {
    let signer = Signer::generate("Vestibule", 1_700_000_000).unwrap();
    for relay_state in [None, Some("a b+c/d")] {
        let url = redirect_url("https://idp.example/sso?idp=7", &REQUEST.xml(), relay_state, Some(&signer))
            .unwrap();
        let (_, query) = url.split_once("idp=7&").unwrap();
        let (signed, signature) = query.split_once("&Signature=").unwrap();
        let names: Vec<&str> = signed.split('&').map(|pair| pair.split_once('=').unwrap().0).collect();
        let expected = ["SAMLRequest", "RelayState", "SigAlg"];
        assert_eq!(
            names,
            expected.into_iter().filter(|n| *n != "RelayState" || relay_state.is_some()).collect::<Vec<_>>()
        );
        let parsed = Url::parse(&url).unwrap();
        assert!(
            parsed
                .query_pairs()
                .any(|(_, value)| value == "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256")
        );
        let signature = percent_encoding::percent_decode_str(signature).collect::<Vec<u8>>();
        let mut verifier = Verifier::new(MessageDigest::sha256(), signer.certificate().key()).unwrap();
        assert!(verifier.verify_oneshot(&STANDARD.decode(signature).unwrap(), signed.as_bytes()).unwrap());
    }
}

#[test]
fn a_signer_is_kept_as_pem_and_belongs_to_its_certificate() {
    let signer = Signer::generate("Vestibule", 1_700_000_000).unwrap();
    let certificate = signer.certificate().clone();
    assert_eq!(certificate.subject(), "CN=Vestibule");
    assert_eq!(certificate.key_summary(), "RSA 2048");
    assert_eq!((certificate.not_before(), certificate.not_after()), (1_700_000_000, 2_015_360_000));
    let pem = signer.private_key_pem().unwrap();
    assert_eq!(Signer::from_pem(&pem, certificate.clone()).unwrap().certificate(), &certificate);
    assert!(!format!("{signer:?}").contains("PRIVATE"));
    let other = Signer::generate("Other", 1_700_000_000).unwrap();
    for pem in [other.private_key_pem().unwrap(), String::new(), pem.replace('M', "N")] {
        assert_eq!(Signer::from_pem(&pem, certificate.clone()).unwrap_err(), RequestError::Key);
    }
}

#[test]
fn only_a_message_with_an_id_and_an_issuer_is_signed_and_only_once() {
    let signer = Signer::generate("Vestibule", 1_700_000_000).unwrap();
    let signed = signer.sign_xml(&REQUEST.xml()).unwrap();
    let document = roxmltree::Document::parse(&signed).unwrap();
    let verified = signature::verify(document.root_element(), std::slice::from_ref(signer.certificate()));
    assert_eq!(verified.unwrap().map(|verified| verified.node()), Some(document.root_element()));
    let names: Vec<_> = document.root_element().children().map(|child| child.tag_name().name()).collect();
    assert_eq!(names, ["Issuer", "Signature"]);
    assert_eq!(post_value(&signed), STANDARD.encode(&signed));
    for xml in [
        signed.as_str(),
        "<a ID='x'/>",
        "<a",
        "<saml:Issuer xmlns:saml='urn:oasis:names:tc:SAML:2.0:assertion'/>",
    ] {
        assert_eq!(signer.sign_xml(xml), Err(RequestError::Signing), "{xml}");
    }
    assert!(Certificate::from_der(signer.certificate().der()).is_ok());
}

#[test]
fn what_we_send_at_logout_is_what_we_would_take() {
    let signer = Signer::generate("Vestibule", 1_700_000_000).unwrap();
    let (url, issuer) = ("https://acme.okta.com/slo?a=1&b=2", "https://login.example/metadata");
    let name_id = NameId { value: "ada&<\"@acme.example".to_owned(), format: "urn:x".to_owned() };
    let request = LogoutRequest {
        id: "_1",
        issued_at: 1_700_000_000,
        destination: url,
        issuer,
        name_id: &name_id,
        session_index: Some("_s<1>"),
    };
    let answer = LogoutResponse {
        id: "_2",
        issued_at: 1_700_000_000,
        destination: url,
        issuer,
        in_response_to: "_1",
        status: LogoutStatus::Success,
    };
    let certificates = std::slice::from_ref(signer.certificate());
    let expected = logout::Expected { url, idp_issuer: issuer, certificates, now: 1_700_000_000_000_000 };
    let form = post_value(&signer.sign_xml(&request.xml()).unwrap());
    let read = verify_request(Received::Post(&form), &expected).unwrap();
    assert_eq!(
        (read.id.as_str(), &read.name_id, &*read.session_indexes),
        ("_1", &name_id, &["_s<1>".to_owned()][..])
    );
    let sent = redirect_url(url, &request.xml(), Some("s"), Some(&signer)).unwrap();
    let (_, query) = sent.split_once("b=2&").unwrap();
    assert_eq!(
        verify_request(Received::Redirect(query), &expected).unwrap().relay_state.as_deref(),
        Some("s")
    );
    let form = post_value(&signer.sign_xml(&answer.xml()).unwrap());
    assert!(verify_response(Received::Post(&form), &expected).unwrap().is_success());
    for (status, code) in [(LogoutStatus::Requester, "Requester"), (LogoutStatus::Responder, "Responder")] {
        let failed = LogoutResponse { status, ..answer };
        let sent = redirect_response_url(url, &failed.xml(), None, Some(&signer)).unwrap();
        let (_, query) = sent.split_once("b=2&").unwrap();
        let read = verify_response(Received::Redirect(query), &expected).unwrap();
        assert_eq!(read.in_response_to.as_deref(), Some("_1"));
        assert_eq!(read.status, [format!("urn:oasis:names:tc:SAML:2.0:status:{code}")]);
        assert!(!read.is_success());
    }
    let alone = LogoutRequest { session_index: None, ..request };
    assert!(!alone.xml().contains("SessionIndex"));
}
