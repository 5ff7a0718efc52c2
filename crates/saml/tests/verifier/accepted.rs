//! Valid responses in every form, and the facts that are read from them.

use vestibule_saml::response::{Assertion, verify};

use crate::support::{sign::key_info, *};

#[test]
fn what_okta_sends_is_read() {
    let report = check(&signed(&keys().rsa));
    assert_accepted(&report);
    let read = report.assertion().unwrap();
    assert_eq!(read.id, "id2");
    assert_eq!(read.issuer, ISSUER);
    assert_eq!(read.name_id.value, "ada@acme.example");
    assert_eq!(read.name_id.format, "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified");
    assert_eq!(read.in_response_to.as_deref(), Some(REQUEST));
    assert_eq!(read.session_index.as_deref(), Some(REQUEST));
    assert_eq!((read.authn_instant, read.issued_at), (NOW, NOW));
    assert_eq!(read.session_not_on_or_after, None);
    assert_eq!(read.not_on_or_after, NOW + 300_000_000);
    let attributes: Vec<_> = read.attributes.iter().map(|a| (a.name.as_str(), a.values.clone())).collect();
    let values = |list: &[&str]| list.iter().map(|&value| value.to_owned()).collect::<Vec<_>>();
    assert_eq!(
        attributes,
        [("Email", values(&["ada@acme.example"])), ("groups", values(&["Admins", "Engineers, Berlin"])),]
    );
    assert_eq!(report.fitting_certificate(), Some(keys().rsa.certificate.fingerprint().as_str()));
    assert_eq!(report.unverified(), report.assertion());
    let kept = serde_json::to_string(read).unwrap();
    assert_eq!(&serde_json::from_str::<Assertion>(&kept).unwrap(), read);
}

#[test]
fn either_part_may_be_signed_or_both() {
    let key = &keys().rsa;
    let plain = Style { lists_xs: false, ..Style::default() };
    let with_key_info = Style { key_info: key_info(key), ..Style::default() };
    for xml in [
        with_assertion(&assertion()),
        within_response(&response(&assertion())),
        sign(&response(&sign(&assertion(), key, &with_key_info)), key, &with_key_info),
        response(&sign(&assertion(), key, &plain)),
    ] {
        assert_accepted(&check(&xml));
    }
    // Without attributes Okta does not declare the namespace xs, and lists no prefix.
    let xml = response(&assertion()).replacen(XS, "", 1);
    let statement = xml.find("<saml2:AttributeStatement>").unwrap()..xml.find("</saml2:Assertion>").unwrap();
    let report = check(&sign(&xml.replace(&xml[statement], ""), key, &plain));
    assert_accepted(&report);
    assert!(report.assertion().unwrap().attributes.is_empty());
}

#[test]
fn every_algorithm_of_the_list_is_taken() {
    const MORE: &str = "http://www.w3.org/2001/04/xmldsig-more#";
    let keys = keys();
    let digests = [
        "http://www.w3.org/2001/04/xmlenc#sha256",
        "http://www.w3.org/2001/04/xmldsig-more#sha384",
        "http://www.w3.org/2001/04/xmlenc#sha512",
    ];
    let by_rsa = ["rsa-sha256", "rsa-sha384", "rsa-sha512"].map(|name| (name, &keys.rsa));
    let curves = [&keys.p256, &keys.p384, &keys.p521];
    let by_ecdsa = curves.map(|key| ["ecdsa-sha256", "ecdsa-sha384", "ecdsa-sha512"].map(|name| (name, key)));
    for (name, key) in by_rsa.into_iter().chain(by_ecdsa.into_iter().flatten()) {
        for digest in digests {
            let method: &'static str = format!("{MORE}{name}").leak();
            let style = Style::of(method, digest);
            assert_accepted(&check_with(&response(&sign(&assertion(), key, &style)), key));
        }
    }
}

#[test]
fn any_of_several_certificates_may_fit() {
    let keys = keys();
    let xml = signed(&keys.rsa);
    for certificates in [
        vec![keys.other.certificate.clone(), keys.p256.certificate.clone(), keys.rsa.certificate.clone()],
        vec![keys.rsa.certificate.clone(), keys.other.certificate.clone()],
    ] {
        let report = verify(&encode(&xml), &expected(&certificates));
        assert_accepted(&report);
        assert_eq!(report.fitting_certificate(), Some(keys.rsa.certificate.fingerprint().as_str()));
    }
    // During a key rotation: response and assertion are signed by different keys.
    let mixed =
        sign(&response(&sign(&assertion(), &keys.other, &Style::default())), &keys.rsa, &Style::default());
    let both = [keys.rsa.certificate.clone(), keys.other.certificate.clone()];
    assert_accepted(&verify(&encode(&mixed), &expected(&both)));
    assert_refused(&check(&mixed), "signature", "does not match the configured certificate");
}

#[test]
fn an_unsolicited_response_names_no_request() {
    let named = format!(" InResponseTo=\"{REQUEST}\"");
    let assertion = assertion().replace(&named, "");
    let report = check(&sign(&response(&assertion).replace(&named, ""), &keys().rsa, &Style::default()));
    assert_accepted(&report);
    assert_eq!(report.assertion().unwrap().in_response_to, None);
}

#[test]
fn the_form_of_the_text_does_not_matter() {
    let xml = signed(&keys().rsa);
    let declared = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{xml}\n");
    // CRLF line ends outside the signed part, and base64 in several lines.
    let lines = with_assertion(&assertion()).replace("<saml2p:Status>", "\r\n<saml2p:Status>");
    let lines = lines.replace("</ds:SignedInfo>", "</ds:SignedInfo>\r\n");
    for document in [&declared, &lines] {
        assert_accepted(&check(document));
    }
    let wrapped: Vec<String> = encode(&declared)
        .as_bytes()
        .chunks(76)
        .map(|line| String::from_utf8(line.to_vec()).unwrap())
        .collect();
    for ends in ["\n", "\r\n", " ", "\t"] {
        assert_accepted(&verify(&wrapped.join(ends), &expected(&[keys().rsa.certificate.clone()])));
    }
    // Canonicalization ignores single quotes, empty-element tags and white space in tags.
    let spelled =
        xml.replace("></saml2p:StatusCode>", "/>").replace(" Version=\"2.0\">", "  Version='2.0' >");
    assert_accepted(&check(&spelled));
}

/// Auth0 puts the signature last.
#[test]
fn the_signature_may_stand_anywhere_in_what_it_signs() {
    let last = |xml: &str, end: &str| {
        let from = xml.find("<ds:Signature ").unwrap()
            ..xml.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
        let signature = xml[from].to_owned();
        xml.replacen(&signature, "", 1).replace(end, &format!("{signature}{end}"))
    };
    assert_accepted(&check(&last(&with_assertion(&assertion()), "</saml2:Assertion>")));
    assert_accepted(&check(&last(&within_response(&response(&assertion())), "</saml2p:Response>")));
}

#[test]
fn clocks_may_differ_by_a_minute() {
    let early =
        assertion().replace(&format!("NotBefore=\"{}\"", at(-300)), &format!("NotBefore=\"{}\"", at(59)));
    assert_accepted(&check(&with_assertion(&early)));
    let late = assertion().replace(&at(300), &at(-59));
    assert_accepted(&check(&with_assertion(&late)));
    // The provider's clock is four minutes ahead.
    let ahead = |xml: String| xml.replace(&at(0), &at(240));
    assert_accepted(&check(
        &ahead(response("@")).replace('@', &sign(&ahead(assertion()), &keys().rsa, &Style::default())),
    ));
}

#[test]
fn attributes_are_read_as_they_are() {
    let groups = [
        attribute("groups", &["a"]),
        attribute("groups", &["b", ""]),
        attribute("none", &[]),
        attribute("text", &["x &amp; y &lt;z&gt; ü 𝄞"]),
        attribute("nested", &["<x xmlns=\"urn:x\">y</x>", "z"]),
        attribute("Null", &["n"]).replace("xsi:type=\"xs:string\"", "xsi:nil=\"true\""),
        "<saml2:Attribute FriendlyName=\"mail\" Name=\"urn:oid:0.9\"></saml2:Attribute>".to_owned(),
    ];
    let statement = format!("<saml2:AttributeStatement>{}</saml2:AttributeStatement>", groups.concat());
    let from = assertion().find("<saml2:AttributeStatement>").unwrap();
    let first =
        format!("<saml2:AttributeStatement>{}</saml2:AttributeStatement>", attribute("first", &["1"]));
    let assertion = format!("{}{first}{statement}</saml2:Assertion>", &assertion()[..from]);
    let report = check(&with_assertion(&assertion));
    assert_accepted(&report);
    let read = &report.assertion().unwrap().attributes;
    let list: Vec<(&str, Vec<&str>)> =
        read.iter().map(|a| (a.name.as_str(), a.values.iter().map(String::as_str).collect())).collect();
    assert_eq!(
        list,
        [
            ("first", vec!["1"]),
            ("groups", vec!["a"]),
            ("groups", vec!["b", ""]),
            ("none", vec![]),
            ("text", vec!["x & y <z> ü 𝄞"]),
            ("nested", vec!["z"]),
            ("Null", vec![]),
            ("urn:oid:0.9", vec![]),
        ]
    );
    assert_eq!(read[7].friendly_name.as_deref(), Some("mail"));
    assert_eq!(read[7].format, None);
    assert_eq!(read[0].format.as_deref(), Some("urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified"));
}

#[test]
fn the_earliest_end_counts() {
    let end = |from: &str, seconds: i64| {
        (format!("NotOnOrAfter=\"{}\"{from}", at(300)), format!("NotOnOrAfter=\"{}\"{from}", at(seconds)))
    };
    for (from, to) in [end(" Recipient", 100), end("><saml2:AudienceRestriction", 100)] {
        let report = check(&with_assertion(&assertion().replace(&from, &to)));
        assert_accepted(&report);
        assert_eq!(report.assertion().unwrap().not_on_or_after, NOW + 100_000_000);
    }
    let second = format!(
        "<saml2:AuthnStatement AuthnInstant=\"{}\" SessionIndex=\"s2\" SessionNotOnOrAfter=\"{}\"></saml2:AuthnStatement>\
        <saml2:AuthnStatement AuthnInstant=\"{}\" SessionNotOnOrAfter=\"{}\"></saml2:AuthnStatement><saml2:AuthnStatement",
        at(-10),
        at(900),
        at(-20),
        at(600)
    );
    let report = check(&with_assertion(&assertion().replacen("<saml2:AuthnStatement", &second, 1)));
    assert_accepted(&report);
    let read = report.assertion().unwrap();
    assert_eq!(read.session_index.as_deref(), Some("s2"));
    assert_eq!(read.authn_instant, NOW - 20_000_000);
    assert_eq!(read.session_not_on_or_after, Some(NOW + 600_000_000));
}

#[test]
fn one_good_confirmation_among_others_is_enough() {
    let other = format!(
        "<saml2:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:holder-of-key\"></saml2:SubjectConfirmation>\
         <saml2:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"><saml2:SubjectConfirmationData \
         NotOnOrAfter=\"{}\" Recipient=\"https://elsewhere.example/\"></saml2:SubjectConfirmationData>\
         </saml2:SubjectConfirmation><saml2:SubjectConfirmation",
        at(300)
    );
    let report = check(&with_assertion(&assertion().replacen("<saml2:SubjectConfirmation", &other, 1)));
    assert_accepted(&report);
    assert_eq!(report.assertion().unwrap().in_response_to.as_deref(), Some(REQUEST));
}

#[test]
fn conditions_that_ask_for_nothing_more_are_fine() {
    let more = "<saml2:OneTimeUse></saml2:OneTimeUse><saml2:ProxyRestriction Count=\"0\"></saml2:ProxyRestriction>\
        <saml2:AudienceRestriction><saml2:Audience>https://other.example</saml2:Audience><saml2:Audience>@</saml2:Audience>\
        </saml2:AudienceRestriction></saml2:Conditions>"
        .replace('@', ENTITY);
    assert_accepted(&check(&with_assertion(&assertion().replace("</saml2:Conditions>", &more))));
}

#[test]
fn somebody_may_be_in_many_groups() {
    let names: Vec<String> = (0..1_400).map(|n| format!("Group {n:08}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let many = assertion().replace(&attribute("Email", &["ada@acme.example"]), &attribute("many", &names));
    let report = check(&with_assertion(&many));
    assert_accepted(&report);
    assert_eq!(report.assertion().unwrap().attributes[0].values, names);
}

/// pysaml2 and others write an `Id` (XML Signature 1.1 §4.2).
#[test]
fn a_signature_may_have_an_id_of_its_own() {
    let good = signed(&keys().rsa);
    let with_id = good.replacen("<ds:Signature ", "<ds:Signature Id=\"Signature1\" ", 1);
    assert_ne!(with_id, good);
    assert_accepted(&check(&with_id));
}
