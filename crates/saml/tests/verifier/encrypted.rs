//! Encrypted assertions: valid ones, and each refusal.

use vestibule_saml::response::{Expected, PKey, Private, Report, verify};

use crate::support::{
    encrypt::{Encryption, encrypt, encrypt_with},
    keys::{ours, rsa},
    *,
};

const UNREADABLE: &str = "the assertion can't be decrypted with our keys";

fn check_decrypting(xml: &str, decryption_keys: &[PKey<Private>]) -> Report {
    let certificates = [keys().rsa.certificate.clone()];
    verify(&encode(xml), &Expected { decryption_keys, ..expected(&certificates) })
}

fn check(xml: &str) -> Report {
    check_decrypting(xml, std::slice::from_ref(ours()))
}

fn inner() -> String {
    sign(&assertion(), &keys().rsa, &Style::default())
}

fn to_us<'a>() -> Encryption<'a> {
    Encryption::to(ours())
}

/// An unsigned response around the encrypted text.
fn unsigned(plain: &str) -> String {
    response(&encrypt(plain.as_bytes(), &to_us()))
}

/// A signed response around the encrypted text.
fn signed_around(plain: &str, style: &Encryption<'_>) -> String {
    within_response(&response(&encrypt(plain.as_bytes(), style)))
}

#[test]
fn a_signed_assertion_in_an_unsigned_response() {
    let report = check(&unsigned(&inner()));
    assert_accepted(&report);
    assert_eq!(report.assertion().unwrap().name_id.value, "ada@acme.example");
    assert_eq!(report.assertion().unwrap().attributes.len(), 2);
}

#[test]
fn an_unsigned_assertion_in_a_signed_response() {
    assert_accepted(&check(&signed_around(&assertion(), &to_us())));
    assert_accepted(&check(&signed_around(&inner(), &to_us())));
}

#[test]
fn every_mode_of_the_list_is_taken() {
    let sha = |name: &str| match name {
        "sha1" => "http://www.w3.org/2000/09/xmldsig#sha1",
        "sha384" => "http://www.w3.org/2001/04/xmldsig-more#sha384",
        "sha512" => "http://www.w3.org/2001/04/xmlenc#sha512",
        _ => "http://www.w3.org/2001/04/xmlenc#sha256",
    };
    for content in ["2009/xmlenc11#aes128-gcm", "2009/xmlenc11#aes192-gcm", "2009/xmlenc11#aes256-gcm"] {
        let style = Encryption { content, ..to_us() };
        assert_accepted(&check(&response(&encrypt(inner().as_bytes(), &style))));
        assert_accepted(&check(&response(&encrypt(
            inner().as_bytes(),
            &Encryption { beside: true, ..style },
        ))));
        for (digest, mask) in
            [("sha1", "mgf1sha1"), ("sha256", "mgf1sha256"), ("sha384", "mgf1sha1"), ("sha512", "mgf1sha512")]
        {
            let mask = format!("http://www.w3.org/2009/xmlenc11#{mask}");
            let transport = "2009/xmlenc11#rsa-oaep";
            let style = Encryption { digest: Some(sha(digest)), mask: Some(&mask), transport, ..style };
            assert_accepted(&check(&response(&encrypt(inner().as_bytes(), &style))));
        }
        let style = Encryption { digest: Some(sha("sha256")), ..style };
        assert_accepted(&check(&response(&encrypt(inner().as_bytes(), &style))));
    }
    for content in ["2001/04/xmlenc#aes128-cbc", "2001/04/xmlenc#aes192-cbc", "2001/04/xmlenc#aes256-cbc"] {
        let style = Encryption { content, ..to_us() };
        assert_accepted(&check(&signed_around(&assertion(), &style)));
        let unprotected = response(&encrypt(inner().as_bytes(), &style));
        assert_refused(&check(&unprotected), "decryption", "only inside of a signed response");
    }
}

#[test]
fn any_of_our_keys_may_fit() {
    let xml = unsigned(&inner());
    assert_accepted(&check_decrypting(&xml, &[rsa(2048), ours().clone()]));
    // The message also has a key for another recipient.
    let other = encrypt(b"x", &Encryption { beside: true, ..Encryption::to(&keys().other.private) });
    let from = other.find("<xenc:EncryptedKey").unwrap()..other.find("</saml2:EncryptedAssertion>").unwrap();
    let both =
        xml.replace("</saml2:EncryptedAssertion>", &format!("{}</saml2:EncryptedAssertion>", &other[from]));
    assert_accepted(&check(&both));
}

#[test]
fn whatever_goes_wrong_in_decrypting_gives_one_error() {
    let style = to_us();
    let xml = unsigned(&inner());
    let value = |nth: usize| xml.match_indices("<xenc:CipherValue>").nth(nth).unwrap().0 + 18;
    let changed = |at: usize| {
        let letter = if xml.as_bytes()[at] == b'A' { "B" } else { "A" };
        format!("{}{letter}{}", &xml[..at], &xml[at + 1..])
    };
    let end = xml.rfind("</xenc:CipherValue>").unwrap();
    for broken in [
        changed(value(0) + 40),
        changed(value(1)),
        changed(value(1) + 400),
        changed(end - 5),
        format!("{}{}", &xml[..value(1)], &xml[end..]),
        format!("{}AAAA{}", &xml[..value(1)], &xml[end..]),
        format!("{}{}", &xml[..value(0)], &xml[xml.find("</xenc:CipherValue>").unwrap()..]),
        response(&encrypt_with(inner().as_bytes(), &[7; 16], &style)),
        response(&encrypt_with(inner().as_bytes(), &[7; 33], &style)),
        response(&encrypt(inner().as_bytes(), &Encryption::to(&keys().other.private))),
        response(&encrypt(b"\xff\xfe", &style)),
        xml.replace("aes256-gcm", "aes128-gcm"),
    ] {
        assert_refused(&check(&broken), "decryption", UNREADABLE);
    }
    // Also with CBC, which only the signature around the ciphertext protects.
    let cbc = Encryption { content: "2001/04/xmlenc#aes256-cbc", ..style };
    for plain in [&b"\xff\xfe"[..], b""] {
        let report = check(&within_response(&response(&encrypt(plain, &cbc))));
        assert!(matches!(report.failure(), Some(("decryption" | "decrypted_form", _))));
    }
    let ec = check_decrypting(&xml, std::slice::from_ref(&keys().p256.private));
    assert_refused(&ec, "decryption", UNREADABLE);
}

#[test]
fn modes_and_forms_that_are_not_taken() {
    let xml = unsigned(&inner());
    for (from, to, why) in [
        ("2009/xmlenc11#aes256-gcm", "2001/04/xmlenc#tripledes-cbc", "not taken"),
        ("2009/xmlenc11#aes256-gcm", "2009/xmlenc11#aes256-gcm ", "not taken"),
        ("rsa-oaep-mgf1p", "rsa-1_5", "not taken"),
        ("rsa-oaep-mgf1p", "kw-aes256", "not taken"),
        ("rsa-oaep-mgf1p\">", "rsa-oaep-mgf1p\"><xenc:OAEPparams>AAAA</xenc:OAEPparams>", "OAEP parameters"),
        (
            "rsa-oaep-mgf1p\">",
            "rsa-oaep-mgf1p\"><d:DigestMethod xmlns:d=\"http://www.w3.org/2000/09/xmldsig#\" Algorithm=\"md5\"/>",
            "not taken",
        ),
        (
            "<xenc:CipherValue>",
            "<xenc:CipherReference URI=\"http://evil.example/\"/><xenc:CipherValue><x/>",
            "no CipherValue",
        ),
        ("<xenc:CipherValue>", "<xenc:CipherValue>*", "not base64"),
        (
            "</xenc:EncryptedData>",
            "</xenc:EncryptedData><xenc:EncryptedData xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\"/>",
            "one EncryptedData",
        ),
    ] {
        assert_refused(&check(&xml.replacen(from, to, 1)), "decryption", why);
    }
    let mask = Some("http://www.w3.org/2009/xmlenc11#mgf1sha1");
    let eleven = Encryption { transport: "2009/xmlenc11#rsa-oaep", mask, ..to_us() };
    let strange = response(&encrypt(inner().as_bytes(), &eleven)).replace("mgf1sha1", "mgf1md5");
    assert_refused(&check(&strange), "decryption", "not taken");
    let old = Encryption { transport: "2001/04/xmlenc#rsa-1_5", ..to_us() };
    assert_refused(&check(&signed_around(&assertion(), &old)), "decryption", "not taken");
    assert_refused(&check_decrypting(&xml, &[]), "decryption", "no key here");
}

#[test]
fn the_plaintext_is_one_assertion_of_the_right_form() {
    let good = inner();
    let nested = good.replace("id2", "id9");
    let advice = format!("<saml2:Advice>{nested}</saml2:Advice><saml2:AuthnStatement");
    for (plain, why) in [
        (String::new(), "not one assertion"),
        ("hello".to_owned(), "not one assertion"),
        (response(&good), "not one assertion"),
        (format!("{good}{nested}"), "not one assertion"),
        (format!("{good}x"), "not one assertion"),
        (format!("{good}</frame><frame>"), ""),
        (format!("</frame>{good}<frame>"), ""),
        (format!("<?xml version=\"1.0\"?>{good}"), "processing instruction"),
        (format!("<!DOCTYPE x>{good}"), "document type"),
        (good.replace("ada@", "ada<!-- -->@"), "comment"),
        (good.replace("ada@", "<![CDATA[ada]]>@"), "CDATA"),
        (good.replace("ada@", "&ada;@"), "reference"),
        (good.replace("<saml2:AuthnStatement", &advice), "inside of another"),
        (good.replace("<saml2:Subject>", "<x></x><saml2:Subject>"), "does not belong"),
        (good.replace("<saml2:Subject>", "<saml2:Subject Id=\"x\">"), "not ID"),
        (good.replace(" ID=\"id2\"", ""), "no ID"),
        (good.replace("id2", "id1"), "ID of another element"),
    ] {
        assert_refused(&check(&unsigned(&plain)), "decrypted_form", why);
        assert_refused(&check(&signed_around(&plain, &to_us())), "decrypted_form", why);
    }
}

#[test]
fn the_assertion_must_be_signed_inside_or_around() {
    assert_refused(&check(&unsigned(&assertion())), "signed", "neither");
    let forged = inner().replace("ada@", "eve@");
    for xml in [unsigned(&forged), signed_around(&forged, &to_us())] {
        let report = check(&xml);
        assert_refused(&report, "decrypted_signature", "changed after it was signed");
        assert_eq!(report.unverified().unwrap().name_id.value, "eve@acme.example");
    }
    let strangers = sign(&assertion(), &keys().other, &Style::default());
    for xml in [unsigned(&strangers), signed_around(&strangers, &to_us())] {
        assert_refused(&check(&xml), "decrypted_signature", "does not match");
    }
    let twice = inner().replace("<ds:SignatureValue>", "<ds:Signature/><ds:SignatureValue>");
    assert_refused(&check(&unsigned(&twice)), "decrypted_signature", "2 signatures");
    // The response is signed around another ciphertext.
    let around = signed_around(&assertion(), &to_us());
    assert_accepted(&check(&around));
    let replaced = encrypt(assertion().replace("ada@", "eve@").as_bytes(), &to_us());
    let from = around.find("<saml2:EncryptedAssertion").unwrap()..around.find("</saml2p:Response>").unwrap();
    let swapped = around.replace(&around[from], &replaced);
    assert_refused(&check(&swapped), "digest", "changed after it was signed");
}

#[test]
fn nothing_is_decrypted_when_the_signature_around_does_not_hold() {
    let xml = signed_around(&inner(), &to_us());
    let broken = xml.replacen(&at(0), &at(1), 1);
    let report = check(&broken);
    assert_refused(&report, "digest", "");
    assert!(report.unverified().is_none());
}

#[test]
fn the_content_is_checked_as_without_encryption() {
    let other = sign(&assertion().replace(ENTITY, "https://other.example"), &keys().rsa, &Style::default());
    assert_refused(&check(&unsigned(&other)), "audience", "is for https://other.example");
    let response = within_response(
        &response(&encrypt(assertion().as_bytes(), &to_us())).replace(ACS, "https://x.example"),
    );
    assert_refused(&check(&response), "destination", "https://x.example");
}
