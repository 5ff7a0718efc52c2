//! Messages of single logout by both bindings, and each refusal.

use std::io::Write;

use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{Compression, write::DeflateEncoder};
use openssl::{hash::MessageDigest, sign::Signer};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use vestibule_saml::logout::{
    Expected, Kind, LogoutRequest, LogoutResponse, Received, Refused, claimed_issuer, verify_request,
    verify_response,
};

use crate::support::*;

const SLO: &str = "https://login.example/api/okta/saml/slo/t1";
const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";

fn message(name: &str, attributes: &str, body: &str) -> String {
    format!(
        "<saml2p:{name} xmlns:saml2p=\"urn:oasis:names:tc:SAML:2.0:protocol\"{XS} Destination=\"{SLO}\" ID=\"id7\"{attributes} \
         IssueInstant=\"{}\" Version=\"2.0\"><saml2:Issuer xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\">{ISSUER}\
         </saml2:Issuer>{body}</saml2p:{name}>",
        at(0)
    )
}

fn request() -> String {
    let body = "<saml2:NameID xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\">ada@acme.example</saml2:NameID>\
        <saml2p:SessionIndex>_s1</saml2p:SessionIndex><saml2p:SessionIndex>_s2</saml2p:SessionIndex>";
    message("LogoutRequest", "", body)
}

fn response(code: &str) -> String {
    let body =
        format!("<saml2p:Status><saml2p:StatusCode Value=\"{code}\"></saml2p:StatusCode></saml2p:Status>");
    message("LogoutResponse", " InResponseTo=\"_r1\"", &body)
}

fn signed(xml: &str) -> String {
    sign(xml, &keys().rsa, &Style::default())
}

fn deflate(xml: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(xml).unwrap();
    encoder.finish().unwrap()
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// A signed query, in the order of the specification.
fn query(parameter: &str, deflated: &[u8], relay_state: Option<&str>, algorithm: &str) -> String {
    let mut query = format!("{parameter}={}", encoded(&STANDARD.encode(deflated)));
    if let Some(state) = relay_state {
        query.push_str(&format!("&RelayState={}", encoded(state)));
    }
    query.push_str(&format!("&SigAlg={}", encoded(algorithm)));
    let mut signer = Signer::new(MessageDigest::sha256(), &keys().rsa.private).unwrap();
    let signature = STANDARD.encode(signer.sign_oneshot_to_vec(query.as_bytes()).unwrap());
    format!("{query}&Signature={}", encoded(&signature))
}

fn expect<T>(check: impl FnOnce(&Expected<'_>) -> T) -> T {
    let certificates = [keys().other.certificate.clone(), keys().rsa.certificate.clone()];
    check(&Expected { url: SLO, idp_issuer: ISSUER, certificates: &certificates, now: NOW })
}

fn post(xml: &str) -> Result<LogoutRequest, Refused> {
    expect(|expected| verify_request(Received::Post(&encode(xml)), expected))
}

fn post_response(xml: &str) -> Result<LogoutResponse, Refused> {
    expect(|expected| verify_response(Received::Post(&encode(xml)), expected))
}

fn redirect(query: &str) -> Result<LogoutRequest, Refused> {
    expect(|expected| verify_request(Received::Redirect(query), expected))
}

#[track_caller]
fn assert_refused<T: std::fmt::Debug>(result: Result<T, Refused>, check: &str, why: &str) {
    let refused = result.unwrap_err();
    assert_eq!(refused.check, check, "{refused}");
    assert!(refused.why.contains(why), "{refused} lacks {why}");
    assert!(!refused.cites.is_empty());
}

#[test]
fn a_request_is_read_by_either_binding() {
    let by_post = post(&signed(&request())).unwrap();
    assert_eq!(by_post.id, "id7");
    assert_eq!(by_post.issuer, ISSUER);
    assert_eq!(by_post.name_id.value, "ada@acme.example");
    assert_eq!(by_post.session_indexes, ["_s1", "_s2"]);
    assert_eq!(by_post.not_on_or_after, NOW + 600_000_000);
    assert_eq!(by_post.relay_state, None);
    for state in [None, Some(""), Some("a b&c=d/ü")] {
        let by_redirect =
            redirect(&query("SAMLRequest", &deflate(request().as_bytes()), state, RSA_SHA256)).unwrap();
        assert_eq!(by_redirect, LogoutRequest { relay_state: state.map(str::to_owned), ..by_post.clone() });
    }
    // The attributes must have the order of the canonical form.
    let ending = |seconds| {
        let instant = format!(" IssueInstant=\"{}\"", at(0));
        request().replace(&instant, &format!("{instant} NotOnOrAfter=\"{}\"", at(seconds)))
    };
    assert_eq!(post(&signed(&ending(30))).unwrap().not_on_or_after, NOW + 30_000_000);
    assert_eq!(post(&signed(&ending(9_000))).unwrap().not_on_or_after, NOW + 600_000_000);
    assert_refused(post(&signed(&ending(-60))), "instants", "ended");
}

#[test]
fn an_answer_tells_its_status() {
    const STATUS: &str = "urn:oasis:names:tc:SAML:2.0:status:";
    let success = post_response(&signed(&response(&format!("{STATUS}Success")))).unwrap();
    assert!(success.is_success());
    assert_eq!(success.in_response_to.as_deref(), Some("_r1"));
    let inner = format!(
        "<saml2p:StatusCode Value=\"{STATUS}PartialLogout\"></saml2p:StatusCode></saml2p:StatusCode>"
    );
    let partial = response(&format!("{STATUS}Success")).replace("</saml2p:StatusCode>", &inner);
    let partial = post_response(&signed(&partial)).unwrap();
    assert!(!partial.is_success());
    assert_eq!(partial.status, [format!("{STATUS}Success"), format!("{STATUS}PartialLogout")]);
    assert!(!post_response(&signed(&response(&format!("{STATUS}Responder")))).unwrap().is_success());
    let good = response(&format!("{STATUS}Success"));
    let by_redirect = query("SAMLResponse", &deflate(good.as_bytes()), Some("x"), RSA_SHA256);
    let by_redirect = expect(|expected| verify_response(Received::Redirect(&by_redirect), expected)).unwrap();
    assert_eq!(by_redirect.relay_state.as_deref(), Some("x"));
    for (from, to) in [(" Value=", " value="), ("saml2p:StatusCode", "saml2p:Code")] {
        assert_refused(post_response(&signed(&good.replace(from, to))), "status", "");
    }
}

#[test]
fn form_and_root() {
    assert_refused(expect(|expected| verify_request(Received::Post("*"), expected)), "form", "base64");
    assert_refused(post("\u{feff}<a/>"), "encoding", "byte order mark");
    assert_refused(post("<!DOCTYPE a><a/>"), "markup", "document type");
    assert_refused(post("<a>"), "markup", "");
    assert_refused(post(&signed(&response("x"))), "root", "LogoutResponse, not a LogoutRequest");
    assert_refused(post_response(&signed(&request())), "root", "LogoutRequest, not a LogoutResponse");
    assert_refused(post(&signed(&request().replace("\"2.0\"", "\"1.1\""))), "root", "Version");
    // 2026: a signed assertion inside a logout message.
    let own = sign(&assertion(), &keys().rsa, &Style::default());
    let wrapping = request().replace(
        "<saml2p:SessionIndex>",
        &format!("<saml2p:Extensions>{own}</saml2p:Extensions><saml2p:SessionIndex>"),
    );
    assert_refused(post(&wrapping), "root", "assertion in it");
    for (from, to) in [
        ("<saml2p:SessionIndex>", "<x></x><saml2p:SessionIndex>"),
        ("</saml2p:SessionIndex>", "</saml2p:SessionIndex>x"),
    ] {
        assert_refused(post(&signed(&request().replace(from, to))), "order", "");
    }
    assert_refused(post(&signed(&request()).replace(" ID=", " Id=")), "ids", "not ID");
    assert_refused(post(&signed(&request()).replace(" ID=\"id7\"", "")), "ids", "no ID");
}

#[test]
fn signature_of_a_posted_message() {
    assert_refused(post(&request()), "signature", "not signed");
    assert_refused(post(&signed(&request()).replace("_s1", "_s3")), "signature", "changed");
    let p256 = Style::of(
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
        "http://www.w3.org/2001/04/xmlenc#sha256",
    );
    assert_refused(post(&sign(&request(), &keys().p256, &p256)), "signature", "no configured certificate");
    let sha1 =
        Style::of("http://www.w3.org/2000/09/xmldsig#rsa-sha1", "http://www.w3.org/2001/04/xmlenc#sha256");
    assert_refused(post(&sign(&request(), &keys().rsa, &sha1)), "signature", "not taken");
    // The signed element must be the root, not a child of it.
    let signature = {
        let xml = signed(&request());
        let from = xml.find("<ds:Signature ").unwrap();
        xml[from..xml.find("</ds:Signature>").unwrap() + 15].to_owned()
    };
    let inside = request().replace(
        "<saml2:NameID ",
        &format!("<saml2p:Extensions>{signature}</saml2p:Extensions><saml2:NameID "),
    );
    assert_refused(post(&inside), "signature", "not a child");
    let none = Expected { url: SLO, idp_issuer: ISSUER, certificates: &[], now: NOW };
    assert_refused(
        verify_request(Received::Post(&encode(&signed(&request()))), &none),
        "signature",
        "no certificate",
    );
}

#[test]
fn signature_of_a_query() {
    let deflated = deflate(request().as_bytes());
    let good = query("SAMLRequest", &deflated, Some("state"), RSA_SHA256);
    assert!(redirect(&good).is_ok());
    // The order of the parameters in the query does not matter; the order in which they were signed does.
    let mut parts: Vec<&str> = good.split('&').collect();
    parts.reverse();
    assert!(redirect(&parts.join("&")).is_ok());
    assert!(redirect(&format!("{good}&idp=7")).is_ok());
    let (unsigned, _) = good.split_once("&Signature=").unwrap();
    let (without_algorithm, _) = good.split_once("&SigAlg=").unwrap();
    let other_state = good.replace("RelayState=state", "RelayState=evil");
    let no_state = good.replace("&RelayState=state", "");
    for (query, why) in [
        (unsigned.to_owned(), "not signed"),
        (without_algorithm.to_owned(), "not signed"),
        (other_state, "matches none of the 2"),
        (no_state, "matches none of the 2"),
        (good.replace("rsa%2Dsha256", "rsa-sha256"), "matches none"),
        (good.replace("sha256", "sha1"), "not taken"),
        (good.replace("rsa%2Dsha256", "hmac%2Dsha256"), "not taken"),
        (format!("{unsigned}&Signature=*"), "not base64"),
        (format!("{unsigned}&Signature=AAAA"), "matches none"),
    ] {
        assert_refused(redirect(&query), "signature", why);
    }
    // CVE-2025-27773: a parameter that one reader uses and another ignores.
    let evil = encoded(&STANDARD.encode(deflate(request().replace("ada@", "eve@").as_bytes())));
    for (query, why) in [
        (format!("{good}&SAMLRequest={evil}"), "twice"),
        (format!("SAMLRequest={evil}&{good}"), "twice"),
        (format!("SAML%52equest={evil}&{good}"), "does not belong"),
        (format!("{good}&SAMLResponse={evil}"), "does not belong"),
        (format!("{good}&RelayState=x"), "twice"),
        (format!("{good}&Relay%53tate=x"), "does not belong"),
        (format!("{good}&SigAlg=x"), "twice"),
        (format!("{good}&a=1&a=2"), "twice"),
        (format!("{good}&%61=1&a=2"), "twice"),
        (format!("{good}&SAMLEncoding=urn%3Aother"), "other than DEFLATE"),
        (String::new(), "no SAMLRequest"),
        ("SAMLResponse=x".to_owned(), "does not belong"),
        ((0..40).map(|n| format!("a{n}=&")).collect(), "too many"),
        ("x".repeat(600_000), "longer than"),
    ] {
        assert_refused(redirect(&query), "query", why);
    }
    assert_refused(redirect(&format!("{good}&%ff=x")), "query", "not UTF-8");
    let with_own = deflate(signed(&request()).as_bytes());
    assert_refused(
        redirect(&query("SAMLRequest", &with_own, None, RSA_SHA256)),
        "signature",
        "has 1 signatures",
    );
}

#[test]
fn what_is_inflated_has_a_limit() {
    let bomb = deflate(&vec![b' '; 50_000_000]);
    assert!(bomb.len() < 100_000);
    assert_refused(redirect(&query("SAMLRequest", &bomb, None, RSA_SHA256)), "form", "longer than 256 KiB");
    let mut trailing = deflate(request().as_bytes());
    trailing.extend(b"more");
    assert_refused(redirect(&query("SAMLRequest", &trailing, None, RSA_SHA256)), "form", "after its end");
    assert_refused(
        redirect(&query("SAMLRequest", request().as_bytes(), None, RSA_SHA256)),
        "form",
        "not deflated",
    );
    let cut = deflate(request().as_bytes());
    assert!(redirect(&query("SAMLRequest", &cut[..cut.len() / 2], None, RSA_SHA256)).is_err());
    assert_refused(redirect("SAMLRequest=*"), "form", "base64");
}

#[test]
fn content() {
    let refuse = |from: &str, to: &str, check: &str, why: &str| {
        assert!(request().contains(from), "{from}");
        assert_refused(post(&signed(&request().replace(from, to))), check, why);
        let plain = deflate(request().replace(from, to).as_bytes());
        assert_refused(redirect(&query("SAMLRequest", &plain, None, RSA_SHA256)), check, why);
    };
    refuse(SLO, "https://login.example/slo/t2", "destination", "is for https://login.example/slo/t2");
    refuse(&format!(" Destination=\"{SLO}\""), "", "destination", "nowhere");
    refuse(ISSUER, "http://www.okta.com/exk2", "issuer", "from http://www.okta.com/exk2");
    refuse(&at(0), &at(301), "instants", "was made at");
    refuse(&at(0), &at(-601), "instants", "was made at");
    refuse(&at(0), "now", "instants", "no instant");
    refuse("ada@acme.example", "", "name_id", "blank");
    refuse("ada@acme.example", "ada\u{200b}", "name_id", "U+200B");
    refuse("saml2:NameID", "saml2:EncryptedID", "name_id", "other than a NameID");
    refuse("_s2", "<x></x>", "name_id", "SessionIndex");
}

#[test]
fn the_issuer_is_claimed_before_anything_is_verified() {
    let claimed = |received, kind| claimed_issuer(received, kind);
    let post = encode(&request());
    assert_eq!(claimed(Received::Post(&post), Kind::Request).as_deref(), Some(ISSUER));
    let query = query("SAMLRequest", &deflate(request().as_bytes()), None, RSA_SHA256);
    assert_eq!(claimed(Received::Redirect(&query), Kind::Request).as_deref(), Some(ISSUER));
    assert_eq!(claimed(Received::Redirect(&query), Kind::Response), None, "there is no SAMLResponse");
    assert_eq!(claimed(Received::Post("*"), Kind::Request), None);
    assert_eq!(claimed(Received::Post(&encode("<x/>")), Kind::Request), None);
}
