//! Refusals before the document is parsed.

use base64::{Engine, engine::general_purpose::STANDARD};
use vestibule_saml::response::verify;

use crate::support::*;

#[test]
fn form_of_the_field() {
    let certificates = [keys().rsa.certificate.clone()];
    let good = encode(&signed(&keys().rsa));
    for (value, why) in [
        (String::new(), "empty"),
        (" \r\n".to_owned(), "empty"),
        ("*".to_owned(), "not base64"),
        (format!("{good}="), "not base64"),
        (good.trim_end_matches('=')[..good.len() - 5].to_owned(), "not base64"),
        (good.replace('A', "-"), "not base64"),
        (good.replacen('P', "%50", 1), "not base64"),
        ("A".repeat(600_000), "longer than 512 KiB"),
        ("AAAA".repeat(90_000), "longer than 256 KiB"),
    ] {
        assert_refused(&verify(&value, &expected(&certificates)), "form", why);
    }
}

#[test]
fn encoding() {
    let good = signed(&keys().rsa);
    for (xml, why) in [
        (format!("\u{feff}{good}"), "byte order mark"),
        (format!("<?xml version=\"1.1\"?>{good}"), "XML 1.0"),
        (format!("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>{good}"), "encoding"),
        (good.replace("ada@", "ada\u{1}@"), "U+0001"),
    ] {
        assert_refused(&check(&xml), "encoding", why);
    }
    let certificates = [keys().rsa.certificate.clone()];
    let wide: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_refused(&verify(&STANDARD.encode(wide), &expected(&certificates)), "encoding", "");
}

#[test]
fn markup() {
    let good = signed(&keys().rsa);
    for (xml, why) in [
        (good.replace("ada@", "ada<!-- -->@"), "comment"),
        (format!("{good}<!-- -->"), "comment"),
        (good.replace("ada@", "ada<?x?>@"), "processing instruction"),
        (good.replace("ada@", "<![CDATA[ada]]>@"), "CDATA"),
        (format!("<!DOCTYPE x>{good}"), "document type"),
        (good.replacen(XS, &format!("{XS} xmlns:y=\"\""), 1), "prefix away"),
        (good.replacen(XS, &format!("{XS} xmlns:xmlns=\"urn:x\""), 1), "prefix xmlns"),
        (good.replace("ada@", "&ada;@"), "reference"),
        (good.replace("ada@", &format!("{}@", "<x>".repeat(40))), "levels"),
        (good.replace("id1", &"x".repeat(9000)), "8 KiB"),
        (
            good.replacen(
                " ID=",
                &(0..40).map(|n| format!(" a{n}=\"\"")).chain([" ID=".to_owned()]).collect::<String>(),
                1,
            ),
            "attributes",
        ),
    ] {
        assert_refused(&check(&xml), "markup", why);
    }
}

#[test]
fn well_formed() {
    let good = signed(&keys().rsa);
    for xml in [
        good.replace("</saml2:Subject>", ""),
        good.replace("</saml2p:Response>", "</saml2p:Response>x"),
        good.replace(" ID=\"id1\"", " ID=\"id1\" ID=\"id1\""),
        good.replace("xmlns:saml2p", "xmlns:other"),
        good.replace("ada@", &"<x/>".repeat(20_001)),
    ] {
        assert_refused(&check(&xml), "well_formed", "");
    }
}
