//! Refusals of signatures.

use vestibule_saml::{
    certificate::Certificate,
    response::{Verdict, verify},
};

use super::styled;
use crate::support::{sign::EXCLUSIVE, *};

#[test]
fn signature_place() {
    let key = &keys().rsa;
    let own = sign(&assertion(), key, &Style::default());
    let from = own.find("<ds:Signature ").unwrap();
    let signature = own[from..own.find("</ds:Signature>").unwrap() + 15].to_owned();
    let moved =
        own.replace(&signature, "").replace("</saml2:NameID>", &format!("</saml2:NameID>{signature}"));
    assert_refused(&check(&response(&moved)), "signature_place", "not a child");
    let three = sign(&response(&own), key, &Style::default())
        .replace("<saml2:NameID", &format!("{signature}<saml2:NameID"));
    assert_refused(&check(&three), "signature_place", "3 signatures");
    let extension = format!("<saml2p:Extensions>{signature}</saml2p:Extensions><saml2p:Status>");
    assert_refused(
        &check(&response(&own).replace("<saml2p:Status>", &extension)),
        "signature_place",
        "not a child",
    );
    let twice = response(&own.replace(&signature, &signature.repeat(2)));
    assert_refused(&check(&twice), "signature_place", "two signatures");
}

#[test]
fn signature_form() {
    const METHOD: &str = "<ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"></ds:SignatureMethod>";
    let info = |xml: &str| {
        let from = xml.find("<ds:SignedInfo>").unwrap();
        xml[from..xml.find("</ds:SignedInfo>").unwrap() + 16].to_owned()
    };
    let own = sign(&assertion(), &keys().rsa, &Style::default());
    let doubled = own.replacen(&info(&own), &info(&own).repeat(2), 1);
    assert_refused(&check(&response(&doubled)), "signature_form", "");
    for (style, why) in [
        (Style::then("</ds:Signature>", "<ds:Object></ds:Object></ds:Signature>"), "other elements"),
        (Style { key_info: "<ds:KeyInfo/><ds:Object/>".to_owned(), ..Style::default() }, "other elements"),
        (Style::then("<ds:SignatureValue>", "x<ds:SignatureValue>"), "text of its own"),
        (Style::then("<ds:SignatureValue>", "<ds:SignatureValue><x/>"), "more in it"),
        (Style::then("<ds:SignatureValue>", "<ds:SignatureValue>*"), "not base64"),
        (Style::then("SignatureValue>", "SignatureValues>"), "well"),
        (Style::signing("<ds:Reference", "x<ds:Reference"), "text of its own"),
        (Style::signing(METHOD, ""), "other elements"),
        (Style::signing(METHOD, &METHOD.repeat(2)), "other elements"),
        (Style::signing("</ds:Reference>", "</ds:Reference><ds:Reference></ds:Reference>"), "one Reference"),
        (Style::signing("<ds:DigestValue>", "<ds:DigestValue><x></x>"), "more in it"),
        (
            Style::signing("<ds:DigestValue>", "<ds:DigestValue></ds:DigestValue><ds:DigestValue>"),
            "Reference has other",
        ),
        (
            Style::signing(METHOD, &METHOD.replace("></", "><ds:HMACOutputLength>8</ds:HMACOutputLength></")),
            "parameters",
        ),
        (Style::signing("</ds:DigestMethod>", "<x></x></ds:DigestMethod>"), "parameters"),
    ]
    .into_iter()
    .filter(|(_, why)| *why != "well")
    {
        assert_refused(&check(&styled(&style)), "signature_form", why);
    }
    let empty = own.replacen("<ds:DigestValue>", "<ds:DigestValue></ds:DigestValue><x>", 1).replacen(
        "</ds:DigestValue></ds:R",
        "</x></ds:R",
        1,
    );
    assert!(check(&response(&empty)).failure().is_some());
}

#[test]
fn reference() {
    for (to, why) in [
        ("URI=\"\"", "outside"),
        ("URI=\"id2\"", "outside"),
        ("URI=\"http://evil.example/a#id2\"", "outside"),
        ("URI=\"#id1\"", "refers to id1"),
        ("URI=\"#\"", "refers to"),
        ("URI=\"#xpointer(/)\"", "refers to"),
        ("URI=\"#xpointer(id('id2'))\"", "refers to"),
        ("URI=\"#ID2\"", "refers to"),
        ("Uri=\"#id2\"", "outside"),
    ] {
        assert_refused(&check(&styled(&Style::signing("URI=\"#id2\"", to))), "reference", why);
    }
}

#[test]
fn transforms() {
    const ENVELOPED: &str =
        "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"></ds:Transform>";
    let method = format!("CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"");
    let second = format!("<ds:Transform Algorithm=\"{EXCLUSIVE}\">");
    let more = |algorithm: &str| {
        Style::signing(
            "</ds:Transforms>",
            &format!("<ds:Transform Algorithm=\"{algorithm}\"></ds:Transform></ds:Transforms>"),
        )
    };
    for (style, why) in [
        (Style::signing(ENVELOPED, ""), "two transforms"),
        (Style::signing(ENVELOPED, &ENVELOPED.repeat(2)), "two transforms"),
        (Style::signing("<ds:Transforms>", "<ds:Transforms>x"), "text of its own"),
        (more("http://www.w3.org/TR/1999/REC-xpath-19991116"), "two transforms"),
        (more("http://www.w3.org/TR/1999/REC-xslt-19991116"), "two transforms"),
        (more("http://www.w3.org/2000/09/xmldsig#base64"), "two transforms"),
        (
            Style::signing(
                ENVELOPED,
                &ENVELOPED.replace(
                    "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
                    "http://www.w3.org/TR/1999/REC-xpath-19991116",
                ),
            ),
            "must be enveloped-signature",
        ),
        (Style::signing(ENVELOPED, &ENVELOPED.replace("></", "><ds:XPath>1</ds:XPath></")), "parameters"),
        (
            Style::signing(&second, &second.replace("10/xml-exc-c14n#", "10/xml-exc-c14n#WithComments")),
            "must be xml-exc-c14n#",
        ),
        (
            Style::signing(
                &second,
                "<ds:Transform Algorithm=\"http://www.w3.org/TR/2001/REC-xml-c14n-20010315\">",
            ),
            "must be xml-exc-c14n#",
        ),
        (
            Style::signing(&second, "<ds:Transform Algorithm=\"http://www.w3.org/2006/12/xml-c14n11\">"),
            "must be xml-exc-c14n#",
        ),
        (
            Style::signing(
                &method,
                "CanonicalizationMethod Algorithm=\"http://www.w3.org/TR/2001/REC-xml-c14n-20010315\"",
            ),
            "canonicalization must be",
        ),
        (Style::signing(&method, &method.replace("c14n#", "c14n#WithComments")), "canonicalization must be"),
        (
            Style::signing("</ec:InclusiveNamespaces>", "</ec:InclusiveNamespaces><x></x>"),
            "other than InclusiveNamespaces",
        ),
        (
            Style::signing("</ec:InclusiveNamespaces>", "<x></x></ec:InclusiveNamespaces>"),
            "other than InclusiveNamespaces",
        ),
        (Style::signing("PrefixList=", "prefixList="), "no PrefixList"),
        (
            Style::signing("PrefixList=\"xs\"", &format!("PrefixList=\"{}\"", "xs ".repeat(17))),
            "more than 16",
        ),
    ] {
        assert_refused(&check(&styled(&style)), "transforms", why);
    }
}

#[test]
fn algorithms() {
    let sha1 =
        Style::of("http://www.w3.org/2000/09/xmldsig#rsa-sha1", "http://www.w3.org/2001/04/xmlenc#sha256");
    assert_refused(&check(&styled(&sha1)), "algorithms", "choose SHA-256 at the provider");
    let digest = Style::of(
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        "http://www.w3.org/2000/09/xmldsig#sha1",
    );
    assert_refused(&check(&styled(&digest)), "algorithms", "choose SHA-256 at the provider");
    const METHOD: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
    for other in [
        "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
        "http://www.w3.org/2009/xmldsig11#dsa-sha256",
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1",
        "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
        "rsa-sha256",
        "",
    ] {
        assert_refused(&check(&styled(&Style::signing(METHOD, other))), "algorithms", "not taken");
    }
    assert_refused(
        &check(&styled(&Style::signing("http://www.w3.org/2001/04/xmlenc#sha256", "md5"))),
        "algorithms",
        "not taken",
    );
}

#[test]
fn signature() {
    let keys = keys();
    let xml = with_assertion(&assertion());
    let none: [Certificate; 0] = [];
    assert_refused(&verify(&encode(&xml), &expected(&none)), "signature", "no certificate");
    assert_refused(&check_with(&xml, &keys.other), "signature", "does not match the configured certificate");
    assert_refused(&check_with(&xml, &keys.p256), "signature", "by RSA, and no configured certificate");
    let three =
        [keys.other.certificate.clone(), keys.p256.certificate.clone(), keys.p384.certificate.clone()];
    let report = verify(&encode(&xml), &expected(&three));
    assert_refused(&report, "signature", "matches none of the 3 configured certificates");
    assert!(!report.is_signed() && report.fitting_certificate().is_none());
    assert_eq!(report.unverified().unwrap().name_id.value, "ada@acme.example", "for people to look at");
    let after: Vec<_> = report.checks.iter().skip_while(|check| check.name != "signature").skip(1).collect();
    assert!(after.len() > 10 && after.iter().all(|check| check.verdict == Verdict::NotReached));
    // The SignedInfo was changed after it was signed.
    let changed = styled(&Style::then("<ds:DigestValue>", "<ds:DigestValue>\n"));
    assert_refused(&check(&changed), "signature", "does not match");
    // The signature is of another message by the same key.
    let ec = Style::of(
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
        "http://www.w3.org/2001/04/xmlenc#sha256",
    );
    let by_curve = response(&sign(&assertion(), &keys.p256, &ec));
    assert_refused(&check_with(&by_curve, &keys.rsa), "signature", "by ECDSA");
    assert_refused(&check_with(&by_curve, &keys.p384), "signature", "does not match");
    let from = by_curve.find("<ds:SignatureValue>").unwrap() + 19;
    let to = by_curve.find("</ds:SignatureValue>").unwrap();
    for value in
        ["A".repeat(86) + "==", "AAAA".to_owned(), by_curve[from..to].replacen(|c: char| c != 'A', "A", 1)]
    {
        let forged = format!("{}{value}{}", &by_curve[..from], &by_curve[to..]);
        assert_refused(&check_with(&forged, &keys.p256), "signature", "does not match");
    }
}

#[test]
fn digest() {
    let good = signed(&keys().rsa);
    for (from, to) in [
        ("ada@acme.example</saml2:NameID>", "eve@acme.example</saml2:NameID>"),
        ("Engineers, Berlin", "Engineers"),
        (">Admins<", "> Admins<"),
        ("xs:string", "xs:token"),
        (XS, " xmlns:xs=\"urn:x\""),
    ] {
        assert!(good.contains(from));
        let report = check(&good.replacen(from, to, 1));
        assert_refused(&report, "digest", "changed after it was signed");
        assert!(!report.is_signed());
    }
}

#[test]
fn signed_at_all() {
    let report = check(&response(&assertion()));
    assert_refused(&report, "signed", "neither the response nor the assertion is signed");
    assert!(!report.is_signed() && report.unverified().is_some());
}
