//! Tests of metadata as Okta and others publish it, and of our own.

use super::*;
use crate::{certificate::Certificate, request::Signer};

fn certificates(count: usize) -> Vec<Certificate> {
    (0..count).map(|_| Signer::generate("acme", 1_700_000_000).unwrap().certificate().clone()).collect()
}

fn key(purpose: &str, certificate: &Certificate) -> String {
    format!(
        "<md:KeyDescriptor{purpose}><ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Data><ds:X509Certificate>\n\
         {}\n</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>",
        certificate.base64(),
    )
}

const SIGN_IN: &str = "<md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" \
    Location=\"https://acme.okta.com/app/x/exk1/sso/saml\"/><md:SingleSignOnService \
    Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"https://acme.okta.com/app/x/exk1/sso/saml\"/>\
    <md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:SOAP\" Location=\"https://acme.okta.com/soap\"/>";

fn idp(keys: &str, services: &str) -> String {
    format!(
        "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"http://www.okta.com/exk1\">\
         <md:IDPSSODescriptor WantAuthnRequestsSigned=\"false\" \
         protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">{keys}\
         <md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified</md:NameIDFormat>{services}\
         </md:IDPSSODescriptor></md:EntityDescriptor>",
    )
}

#[test]
fn the_metadata_of_okta_is_read() {
    let certificates = certificates(3);
    let [signing, encryption, both] = &certificates[..] else { unreachable!() };
    let logout = "<md:SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" \
        Location=\"https://acme.okta.com/slo\" ResponseLocation=\"https://acme.okta.com/slo/callback\"/>";
    let keys =
        [key(" use=\"signing\"", signing), key(" use=\"encryption\"", encryption), key("", both)].concat();
    let xml =
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{}", idp(&keys, &format!("{logout}{SIGN_IN}")));
    let read = parse(xml.as_bytes()).unwrap();
    assert_eq!(read.entity_id, "http://www.okta.com/exk1");
    assert_eq!(read.certificates, [signing.clone(), both.clone()], "a key without `use` is for signing too");
    let url = "https://acme.okta.com/app/x/exk1/sso/saml".to_owned();
    let endpoint = |binding| Endpoint { binding, url: url.clone(), response_url: None };
    assert_eq!(read.sso, [endpoint(Binding::Post), endpoint(Binding::Redirect)]);
    assert_eq!(read.slo[0].response_url.as_deref(), Some("https://acme.okta.com/slo/callback"));
    assert_eq!(read.name_id_formats, ["urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"]);
    assert!(!read.wants_signed_requests);
    let wants = xml.replace("WantAuthnRequestsSigned=\"false\"", "WantAuthnRequestsSigned=\"1\"");
    assert!(parse(wants.as_bytes()).unwrap().wants_signed_requests);
    // A byte order mark, comments between elements, and a federation of one.
    let mut marked = b"\xef\xbb\xbf".to_vec();
    marked.extend_from_slice(xml.as_bytes());
    assert_eq!(parse(&marked), Ok(read.clone()));
    let commented = xml.replace("<md:NameIDFormat>", "<!-- formats --><md:NameIDFormat>");
    assert_eq!(parse(commented.as_bytes()), Ok(read.clone()));
    let one = idp(&keys, &format!("{logout}{SIGN_IN}"));
    let group = |inside: &str| {
        format!(
            "<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\">{inside}</md:EntitiesDescriptor>"
        )
    };
    assert_eq!(parse(group(&group(&one)).as_bytes()), Ok(read));
    assert_eq!(parse(group(&format!("{one}{one}")).as_bytes()), Err(MetadataError::SeveralProviders(2)));
    assert_eq!(parse(group("").as_bytes()), Err(MetadataError::NoProvider));
}

#[test]
fn metadata_that_can_not_be_used_says_why() {
    let [certificate] = &certificates(1)[..] else { unreachable!() };
    let good = idp(&key(" use=\"signing\"", certificate), SIGN_IN);
    assert!(parse(good.as_bytes()).is_ok());
    let split = good.replace(&certificate.base64(), &format!("{}<!-- -->", certificate.base64()));
    let bare = good.replace("X509Certificate", "X509SubjectName");
    for (xml, why) in [
        ("", "can't be read"),
        ("<!DOCTYPE a><a/>", "document type"),
        ("<html></html>", "begins with the element html"),
        ("<EntityDescriptor/>", "no SAML metadata"),
        (&good.replace("IDPSSODescriptor", "SPSSODescriptor"), "no SAML 2.0 identity provider"),
        (&good.replace("2.0:protocol", "1.1:protocol"), "no SAML 2.0 identity provider"),
        (&good.replace("http://www.okta.com/exk1", " "), "entityID"),
        (&good.replace("http://www.okta.com/exk1", &"x".repeat(1025)), "entityID"),
        (&idp(&key(" use=\"signing\"", certificate), ""), "no URL to sign in"),
        (&good.replace("https://acme", "javascript:alert(1)//"), "no https or http URL: javascript:"),
        (&good.replace("https://acme", "/acme"), "no https or http URL"),
        (&idp("", SIGN_IN), "no signing certificate"),
        (&idp(&key(" use=\"encryption\"", certificate), SIGN_IN), "no signing certificate"),
        (&idp(&key(" use=\"signing\"", certificate).repeat(21), SIGN_IN), "at most 20"),
        (&bare, "without its certificate"),
        (&split, "not base64"),
        (&good.replace(&certificate.base64(), "aGVsbG8="), "no X.509 certificate"),
        (&"x".repeat(300_000), "longer than 256 KiB"),
    ] {
        let refused = parse(xml.as_bytes()).unwrap_err().to_string();
        assert!(refused.contains(why), "{refused} lacks {why}");
    }
}

#[test]
fn ours_names_what_a_provider_needs() {
    let [signing, encryption] = &certificates(2)[..] else { unreachable!() };
    let mut ours = SpMetadata {
        entity_id: "https://login.example/metadata?a=1&b=\"2\"",
        acs_url: "https://login.example/acs/t1",
        slo_url: Some("https://login.example/slo/t1"),
        requests_signed: true,
        signing: std::slice::from_ref(signing),
        encryption: std::slice::from_ref(encryption),
    };
    let xml = render_sp(&ours);
    let document = roxmltree::Document::parse(&xml).unwrap();
    let root = document.root_element();
    assert_eq!(root.attribute("entityID"), Some(ours.entity_id));
    let role = root.first_element_child().unwrap();
    assert_eq!(role.attribute("AuthnRequestsSigned"), Some("true"));
    assert_eq!(role.attribute("WantAssertionsSigned"), Some("true"));
    // Metadata §2.4.4 and §2.4.2: this order.
    let names: Vec<_> = role.children().map(|child| child.tag_name().name()).collect();
    let expected = [
        "KeyDescriptor",
        "KeyDescriptor",
        "SingleLogoutService",
        "SingleLogoutService",
        "NameIDFormat",
        "NameIDFormat",
        "NameIDFormat",
        "AssertionConsumerService",
    ];
    assert_eq!(names, expected);
    let uses: Vec<_> = role.children().filter_map(|child| child.attribute("use")).collect();
    assert_eq!(uses, ["signing", "encryption"]);
    let texts = role
        .descendants()
        .filter(|node| node.has_tag_name(("http://www.w3.org/2000/09/xmldsig#", "X509Certificate")));
    let texts: Vec<_> = texts.filter_map(|node| node.text()).collect();
    assert_eq!(texts, [signing.base64(), encryption.base64()]);
    let consumer = role.last_element_child().unwrap();
    assert_eq!(consumer.attribute("Location"), Some(ours.acs_url));
    assert_eq!((consumer.attribute("index"), consumer.attribute("isDefault")), (Some("0"), Some("true")));
    ours.slo_url = None;
    assert!(!render_sp(&ours).contains("SingleLogoutService"));
}
