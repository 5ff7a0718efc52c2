//! Refusals because of missing, repeated or misplaced elements.

use super::{edited, edited_response};
use crate::support::*;

#[test]
fn root() {
    let good = signed(&keys().rsa);
    for (xml, why) in [
        (
            sign(&assertion(), &keys().rsa, &Style { lists_xs: false, ..Style::default() })
                .replace("xs:string", "string"),
            "not a SAML 2.0 Response",
        ),
        (good.replace("2.0:protocol", "1.0:protocol"), "not a SAML 2.0 Response"),
        (good.replace("saml2p:Response", "saml2p:ArtifactResponse"), "not a SAML 2.0 Response"),
        (edited_response("Version=\"2.0\"><saml2:Issuer ", "Version=\"1.1\"><saml2:Issuer "), "Version 1.1"),
        (edited_response(" Version=\"2.0\"><saml2:Issuer ", "><saml2:Issuer "), "Version none"),
        (
            good.replace(
                "<saml2p:Status>",
                "<saml2p:Extensions><saml2p:Response/></saml2p:Extensions><saml2p:Status>",
            ),
            "inside of another",
        ),
    ] {
        assert_refused(&check(&xml), "root", why);
    }
}

#[test]
fn status() {
    const SUCCESS: &str =
        "<saml2p:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"></saml2p:StatusCode>";
    let failed = "<saml2p:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Responder\"><saml2p:StatusCode \
        Value=\"urn:oasis:names:tc:SAML:2.0:status:AuthnFailed\"></saml2p:StatusCode></saml2p:StatusCode>\
        <saml2p:StatusMessage>Not assigned &lt;b&gt;</saml2p:StatusMessage>";
    for (to, why) in [
        (failed.to_owned(), "the provider answered Responder, AuthnFailed"),
        (SUCCESS.replace("Success", "Success2"), "answered Success2"),
        (SUCCESS.replace("Success", "Requester"), "answered Requester"),
        (SUCCESS.replace(" Value=", " value="), "answered"),
        (SUCCESS.repeat(2), "one StatusCode"),
        (String::new(), "one StatusCode"),
    ] {
        assert_refused(&check(&edited_response(SUCCESS, &to)), "status", why);
    }
    // The StatusMessage may name a person, and the reason goes into logs.
    let report = check(&edited_response(SUCCESS, failed));
    assert!(!report.failure().unwrap().1.contains("Not assigned"), "{report:?}");
    let status = format!("<saml2p:Status>{SUCCESS}</saml2p:Status>");
    assert_refused(&check(&edited_response(&status, "")), "status", "one Status");
    assert_refused(&check(&edited_response(&status, &status.repeat(2))), "status", "one Status");
    // An error response has no assertion and may be unsigned; the reason has its status code all the same.
    let error = response("").replace(SUCCESS, failed);
    assert_refused(&check(&error), "status", "AuthnFailed");
}

#[test]
fn one_assertion() {
    let own = sign(&assertion(), &keys().rsa, &Style::default());
    let second = own.replace("id2", "id3");
    for (xml, why) in [
        (response(""), "no assertion"),
        (response(&format!("{own}{second}")), "2 assertions"),
        (
            response(&format!(
                "<saml2:EncryptedAssertion xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\"/>{own}"
            )),
            "2 assertions",
        ),
        (
            response(&own.replace(
                "<saml2:AuthnStatement",
                &format!("<saml2:Advice>{second}</saml2:Advice><saml2:AuthnStatement"),
            )),
            "2 assertions",
        ),
        (response(&format!("<x>{own}</x>")), "not a child of the response"),
        (response(&own.replace("2.0:assertion", "1.0:assertion")), "no assertion"),
    ] {
        assert_refused(&check(&xml), "one_assertion", why);
    }
}

#[test]
fn order() {
    let subject =
        assertion().find("<saml2:Subject>").unwrap()..assertion().find("</saml2:Subject>").unwrap() + 16;
    let subject = assertion()[subject].to_owned();
    let issuer = format!(
        "<saml2:Issuer xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\" Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:entity\">{ISSUER}</saml2:Issuer>"
    );
    for xml in [
        edited("<saml2:Conditions", &format!("{subject}<saml2:Conditions")),
        edited(&subject, &format!("<x></x>{subject}")),
        edited(&subject, &format!("x{subject}")),
        edited("</saml2:Assertion>", &format!("{subject}</saml2:Assertion>")),
        edited_response("<saml2p:Status>", "<x></x><saml2p:Status>"),
        edited_response("<saml2p:Status>", "x<saml2p:Status>"),
        edited_response("</saml2p:Response>", "<saml2p:Extensions></saml2p:Extensions></saml2p:Response>"),
        edited_response(&issuer, &issuer.repeat(2)),
    ] {
        assert_refused(&check(&xml), "order", "");
    }
    let own = assertion();
    let (from, to) = (own.find("<saml2:Issuer").unwrap(), own.find("<saml2:Subject>").unwrap());
    let unnamed = format!("{}{}", &own[..from], &own[to..]);
    assert_refused(
        &check(&within_response(&response(&unnamed))),
        "order",
        "has Subject where Issuer belongs",
    );
}

#[test]
fn ids() {
    let good = signed(&keys().rsa);
    for (xml, why) in [
        (good.replace("id2", "id1"), "is repeated"),
        (good.replace("<saml2:Subject>", "<saml2:Subject ID=\"id2\">"), "is repeated"),
        (good.replace(" ID=\"id2\"", " Id=\"id2\""), "not ID"),
        (good.replace(" ID=\"id2\"", " id=\"id2\""), "not ID"),
        (good.replace(" ID=\"id2\"", " xml:id=\"id2\""), "not ID"),
        (good.replace(" ID=\"id2\"", " saml2:ID=\"id2\""), "not ID"),
        (good.replace(" ID=\"id2\"", " ID=\"id2\" saml2:ID=\"id9\""), "not ID"),
        (good.replace(" ID=\"id2\"", ""), "no ID"),
        (good.replacen("<ds:Signature ", "<ds:Signature Id=\"id2\" ", 1), "is repeated"),
        (good.replacen("<ds:Signature ", "<ds:Signature ID=\"id2\" ", 1), "is repeated"),
        (good.replacen("<ds:Signature ", "<ds:Signature id=\"s1\" ", 1), "not ID"),
        (good.replace("id2", "2"), "not a name"),
        (good.replace("id2", ""), "not a name"),
        (good.replace("id2", "a b"), "not a name"),
    ] {
        assert_refused(&check(&xml), "ids", why);
    }
}
