//! Signature wrapping, XSW 1 to 8 ("On Breaking SAML", 2012), and its later forms.

use super::*;

/// The original without its signature, and the signature.
fn apart(xml: &str) -> (String, String) {
    let signature = part(xml, "ds:Signature");
    (xml.replace(&signature, ""), signature)
}

/// The signature with the text in it as an Object.
fn object(signature: &str, inside: &str) -> String {
    signature.replace("</ds:Signature>", &format!("<ds:Object>{inside}</ds:Object></ds:Signature>"))
}

/// The forged response, with the wrapped text inside.
fn evil_response(id: &str, inside: &str) -> String {
    let forged = response(&evil("evil2")).replace("\"id1\"", &format!("\"{id}\""));
    let issuer = part(&forged, "saml2:Issuer");
    forged.replacen(&issuer, &format!("{issuer}{inside}"), 1)
}

#[test]
fn xsw_1_and_2_wrap_the_signed_response() {
    let (original, signature) = apart(&signed_response());
    // XSW 1: the signed response is inside the signature of the forged one. XSW 2: it is next to that signature.
    assert_refused(
        &check(&evil_response("evil1", &object(&signature, &original))),
        "root",
        "inside of another",
    );
    assert_refused(
        &check(&evil_response("evil1", &format!("{signature}{original}"))),
        "root",
        "inside of another",
    );
    assert_refused(
        &check(&evil_response("evil1", &format!("{original}{signature}"))),
        "root",
        "inside of another",
    );
    let extensions = format!("{signature}<saml2p:Extensions>{original}</saml2p:Extensions>");
    assert_refused(&check(&evil_response("evil1", &extensions)), "root", "inside of another");
    assert_refused(&check(&evil_response("id1", &extensions)), "root", "inside of another");
    // The whole response under another root.
    assert_refused(
        &check(&format!("<x>{}{}</x>", response(&evil("evil")), signed_response())),
        "root",
        "not a SAML 2.0 Response",
    );
}

#[test]
fn xsw_3_to_6_wrap_the_signed_assertion() {
    let own = sign(&assertion(), &keys().rsa, &Style::default());
    let (original, signature) = apart(&own);
    let into = |forged: &str, inside: &str| {
        let issuer = part(forged, "saml2:Issuer");
        response(&forged.replacen(&issuer, &format!("{issuer}{inside}"), 1))
    };
    for (name, xml) in [
        ("3", response(&format!("{}{own}", evil("evil")))),
        ("3, the other way round", response(&format!("{own}{}", evil("evil")))),
        ("4", response(&evil("evil").replace("</saml2:Assertion>", &format!("{own}</saml2:Assertion>")))),
        (
            "5",
            response(&format!(
                "{}{original}",
                into(&evil("evil"), &signature)
                    .split_once("</saml2p:Status>")
                    .unwrap()
                    .1
                    .replace("</saml2p:Response>", "")
            )),
        ),
        ("6", into(&evil("evil"), &object(&signature, &original))),
        ("6, of the same id", into(&evil("id2"), &object(&signature, &original))),
    ] {
        let report = check(&xml);
        assert_nobody(&report);
        assert_refused(&report, "one_assertion", "2 assertions");
        assert!(!report.is_signed(), "{name}");
    }
}

#[test]
fn xsw_7_and_8_hide_the_signed_assertion() {
    let own = sign(&assertion(), &keys().rsa, &Style::default());
    let (original, signature) = apart(&own);
    let status = "<saml2p:Status>";
    let extensions = format!("<saml2p:Extensions>{own}</saml2p:Extensions>{status}");
    assert_refused(
        &check(&response(&evil("id2")).replace(status, &extensions)),
        "one_assertion",
        "2 assertions",
    );
    let issuer = part(&evil("evil"), "saml2:Issuer");
    let hidden = evil("evil").replacen(&issuer, &format!("{issuer}{}", object(&signature, &original)), 1);
    assert_refused(&check(&response(&hidden)), "one_assertion", "2 assertions");
    for hiding in [
        "<saml2:Advice>@</saml2:Advice><saml2:AuthnStatement",
        "<saml2:Advice><x>@</x></saml2:Advice><saml2:AuthnStatement",
    ] {
        let xml = response(&evil("evil").replacen("<saml2:AuthnStatement", &hiding.replace('@', &own), 1));
        assert_refused(&check(&xml), "one_assertion", "2 assertions");
    }
}

#[test]
fn an_assertion_in_an_attribute_value_counts_too() {
    let own = sign(&assertion(), &keys().rsa, &Style::default());
    let value = evil("evil").replace(">Admins<", &format!(">{own}<"));
    assert_refused(&check(&response(&value)), "one_assertion", "2 assertions");
    let (original, signature) = apart(&own);
    // The signature of the outer assertion refers to the inner one.
    let issuer = part(&value, "saml2:Issuer");
    let moved = evil("evil").replace(">Admins<", &format!(">{original}<")).replacen(
        &issuer,
        &format!("{issuer}{signature}"),
        1,
    );
    assert_refused(&check(&response(&moved)), "one_assertion", "2 assertions");
}

#[test]
fn a_signature_that_stands_elsewhere_signs_nothing() {
    let (_, signature) = apart(&sign(&assertion(), &keys().rsa, &Style::default()));
    let issuer = part(&response(""), "saml2:Issuer");
    // The assertion's signature is moved into the response.
    let xml = response(&evil("id2")).replacen(&issuer, &format!("{issuer}{signature}"), 1);
    assert_refused(&check(&xml), "reference", "refers to id2, but is in id1");
    // The response has the ID that the signature refers to.
    let taken = xml.replace("\"id2\"", "\"id9\"").replace("\"id1\"", "\"id2\"");
    assert_refused(&check(&taken), "digest", "changed");
    // The signature of the response is moved into the assertion.
    let (_, outer) = apart(&signed_response());
    let inner = part(&evil("id3"), "saml2:Issuer");
    let xml = response(&evil("id3").replacen(&inner, &format!("{inner}{outer}"), 1));
    assert_refused(&check(&xml), "reference", "refers to id1, but is in id3");
}

/// 2026: a verifier removed the enveloped signature by its value instead of its identity.
#[test]
fn a_decoy_of_the_signature_hides_nothing() {
    let xml = signed_response();
    let signature = part(&xml, "ds:Signature");
    let decoy = object(&signature, &evil("evil"));
    for from in ["<saml2:Subject>", "<saml2:Conditions", "<saml2:AttributeStatement>", "</saml2p:Response>"] {
        let report = check(&xml.replacen(from, &format!("{decoy}{from}"), 1));
        assert_nobody(&report);
    }
    let twice = xml.replacen(&signature, &format!("{signature}{signature}"), 1);
    assert_refused(&check(&twice), "signature_place", "two signatures");
    let in_status = xml.replace(
        "</saml2p:Status>",
        &format!("<saml2p:StatusDetail>{signature}</saml2p:StatusDetail></saml2p:Status>"),
    );
    assert_refused(&check(&in_status), "signature_place", "not a child");
}

/// A signed error response, and signed metadata, as raw material (2025, "The Fragile Lock").
#[test]
fn other_signed_documents_sign_nobody_in() {
    let error = response("").replace("status:Success", "status:Responder");
    let error = sign(&error, &keys().rsa, &Style::default());
    let (original, signature) = apart(&error);
    for xml in [
        error.clone(),
        error.replace("</saml2p:Response>", &format!("{}</saml2p:Response>", evil("evil"))),
        error
            .replace("</saml2p:Response>", &format!("{}</saml2p:Response>", evil("evil")))
            .replace("Responder", "Success"),
        evil_response("evil1", &format!("{signature}<saml2p:Extensions>{original}</saml2p:Extensions>")),
    ] {
        assert_nobody(&check(&xml));
    }
    let metadata =
        "<saml2:Issuer xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"m\"></saml2:Issuer>";
    let request = format!(
        "<saml2p:LogoutRequest xmlns:saml2p=\"urn:oasis:names:tc:SAML:2.0:protocol\"{XS} ID=\"m\">{metadata}</saml2p:LogoutRequest>"
    );
    let request = sign(&request.replace(" ID=\"m\"></saml2:I", "></saml2:I"), &keys().rsa, &Style::default());
    assert_refused(&check(&request), "root", "not a SAML 2.0 Response");
    let wrapped = evil_response("evil1", &part(&request, "ds:Signature").replace("#m", "#evil1"));
    assert_refused(&check(&wrapped), "signature", "does not match");
}

#[test]
fn both_signatures_must_hold() {
    let key = &keys().rsa;
    let other = &keys().other;
    let by = |inner: &Key, outer: &Key| {
        sign(&response(&sign(&assertion(), inner, &Style::default())), outer, &Style::default())
    };
    assert_accepted(&check(&by(key, key)));
    assert_refused(&check(&by(key, other)), "signature", "does not match");
    assert_refused(&check(&by(other, key)), "signature", "does not match");
    // The outer signature is another response's; the inner one is valid.
    let (good, changed) = (signed(key), signed(key).replacen(&at(0), &at(1), 1));
    assert_ne!(good, changed);
    assert_refused(&check(&changed), "digest", "changed");
    // The inner signature is broken; the outer one was made over it and is valid.
    let broken = sign(&assertion(), key, &Style::default()).replace("ada@", "eve@");
    assert_refused(&check(&sign(&response(&broken), key, &Style::default())), "digest", "changed");
}
