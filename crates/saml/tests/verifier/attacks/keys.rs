//! Attacks by keys in the message, by invalid keys, and by a change of the algorithm.

use base64::{Engine, engine::general_purpose::STANDARD};
use openssl::{hash::MessageDigest, pkey::PKey, sign::Signer};
use vestibule_saml::certificate::{Certificate, CertificateError};

use super::*;
use crate::support::{
    keys::{certificate, rsa},
    sign::key_info,
};

#[test]
fn no_key_is_taken_from_the_message() {
    let stranger = &keys().other;
    let style = Style { key_info: key_info(stranger), ..Style::default() };
    let xml = sign(&response(&sign(&assertion(), stranger, &style)), stranger, &style);
    assert_refused(&check(&xml), "signature", "does not match");
    assert_accepted(&check_with(&xml, stranger));
    // The right certificate with the wrong signature, and the other way round.
    let right = Style { key_info: key_info(&keys().rsa), ..Style::default() };
    assert_refused(&check(&response(&sign(&assertion(), stranger, &right))), "signature", "does not match");
    assert_accepted(&check(&response(&sign(&assertion(), &keys().rsa, &style))));
    for info in [
        "<ds:KeyInfo></ds:KeyInfo>".to_owned(),
        "<ds:KeyInfo><ds:KeyName>x</ds:KeyName><ds:RetrievalMethod URI=\"http://evil.example/\"></ds:RetrievalMethod></ds:KeyInfo>".to_owned(),
        "<ds:KeyInfo><ds:KeyValue><ds:RSAKeyValue>x</ds:RSAKeyValue></ds:KeyValue></ds:KeyInfo>".to_owned(),
        "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>!</ds:X509Certificate></ds:X509Data></ds:KeyInfo>".to_owned(),
    ] {
        let style = Style { key_info: info, ..Style::default() };
        assert_accepted(&check(&response(&sign(&assertion(), &keys().rsa, &style))));
    }
}

#[test]
fn a_public_key_is_no_secret_to_sign_with() {
    // HMAC whose secret is the certificate or its public key, which everybody knows.
    let public = &keys().rsa.certificate;
    let parsed = openssl::x509::X509::from_der(public.der()).unwrap().public_key().unwrap();
    let secrets = [
        public.der().to_vec(),
        parsed.public_key_to_der().unwrap(),
        parsed.public_key_to_pem().unwrap(),
        public.base64().into_bytes(),
    ];
    let method = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256";
    let info = sign(
        &evil("id2"),
        &keys().other,
        &Style::signing("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", method),
    );
    let canonical = part(&info, "ds:SignedInfo").replacen(
        "<ds:SignedInfo",
        "<ds:SignedInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"",
        1,
    );
    for secret in secrets {
        let key = PKey::hmac(&secret).unwrap();
        let mut signer = Signer::new(MessageDigest::sha256(), &key).unwrap();
        let value = STANDARD.encode(signer.sign_oneshot_to_vec(canonical.as_bytes()).unwrap());
        let forged = info.replace(
            &part(&info, "ds:SignatureValue"),
            &format!("<ds:SignatureValue>{value}</ds:SignatureValue>"),
        );
        assert_refused(&check(&response(&forged)), "algorithms", "hmac-sha256 is not taken");
    }
}

#[test]
fn weak_keys_are_no_certificates() {
    let der = certificate(&rsa(1024));
    assert_eq!(Certificate::from_der(&der), Err(CertificateError::ShortKey));
}

#[test]
fn weak_digests_are_refused_though_the_signature_holds() {
    const MORE: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
    const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
    for (method, digest) in [
        ("http://www.w3.org/2000/09/xmldsig#rsa-sha1", "http://www.w3.org/2000/09/xmldsig#sha1"),
        ("http://www.w3.org/2000/09/xmldsig#rsa-sha1", SHA256),
        (MORE, "http://www.w3.org/2000/09/xmldsig#sha1"),
        ("http://www.w3.org/2001/04/xmldsig-more#rsa-md5", SHA256),
        (MORE, "http://www.w3.org/2001/04/xmldsig-more#md5"),
    ] {
        let style = Style::of(method, digest);
        assert_refused(
            &check(&response(&sign(&assertion(), &keys().rsa, &style))),
            "algorithms",
            "not taken",
        );
    }
}

#[test]
fn the_signature_is_of_the_method_that_it_names() {
    // Made with SHA-512 but declared as SHA-256; made with RSA but declared as ECDSA.
    let style = Style::of(
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
        "http://www.w3.org/2001/04/xmlenc#sha256",
    );
    let xml = response(&sign(&assertion(), &keys().rsa, &style));
    assert_accepted(&check(&xml));
    for other in ["rsa-sha256", "rsa-sha384", "ecdsa-sha512"] {
        assert_refused(&check(&xml.replace("rsa-sha512", other)), "signature", "");
    }
    // Made with ECDSA but declared as RSA, and in the ASN.1 form that OpenSSL writes.
    let key = &keys().p256;
    let method = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
    let style = Style::of(method, "http://www.w3.org/2001/04/xmlenc#sha256");
    let xml = response(&sign(&assertion(), key, &style));
    let (plain, value) = (part(&xml, "ds:SignedInfo"), part(&xml, "ds:SignatureValue"));
    for (name, info) in [("ecdsa", plain.clone()), ("rsa", plain.replace("#ecdsa-", "#rsa-"))] {
        let canonical = info.replacen(
            "<ds:SignedInfo",
            "<ds:SignedInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"",
            1,
        );
        let mut signer = Signer::new(MessageDigest::sha256(), &key.private).unwrap();
        let der = STANDARD.encode(signer.sign_oneshot_to_vec(canonical.as_bytes()).unwrap());
        let forged = xml
            .replace(&plain, &info)
            .replace(&value, &format!("<ds:SignatureValue>{der}</ds:SignatureValue>"));
        let report = check_with(&forged, key);
        assert_refused(&report, "signature", if name == "rsa" { "by RSA" } else { "does not match" });
    }
}
