//! Tests of certificates, in every form in which people paste them.

use base64::{Engine, engine::general_purpose::STANDARD};
use openssl::{
    asn1::Asn1Time,
    bn::BigNum,
    dsa::Dsa,
    ec::{EcGroup, EcKey},
    hash::MessageDigest,
    nid::Nid,
    pkey::{PKey, Private},
    rsa::Rsa,
    x509::{X509, X509Builder, X509NameBuilder},
};

use super::*;

fn rsa(bits: u32) -> PKey<Private> {
    PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap()
}

fn ec(curve: Nid) -> PKey<Private> {
    PKey::from_ec_key(EcKey::generate(&EcGroup::from_curve_name(curve).unwrap()).unwrap()).unwrap()
}

/// A certificate of `key`, signed by `issuer`.
fn issue(key: &PKey<Private>, issuer: &PKey<Private>) -> X509 {
    let mut name = X509NameBuilder::new().unwrap();
    name.append_entry_by_text("CN", "acme").unwrap();
    name.append_entry_by_text("OU", "SSOProvider").unwrap();
    name.append_entry_by_text("O", "Okta").unwrap();
    let name = name.build();
    let mut builder = X509Builder::new().unwrap();
    builder.set_version(2).unwrap();
    builder.set_serial_number(&BigNum::from_u32(7).unwrap().to_asn1_integer().unwrap()).unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(&name).unwrap();
    builder.set_not_before(&Asn1Time::from_unix(1_700_000_000).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::from_unix(4_900_000_000).unwrap()).unwrap();
    builder.set_pubkey(key).unwrap();
    builder.sign(issuer, MessageDigest::sha256()).unwrap();
    builder.build()
}

fn self_signed(key: &PKey<Private>) -> X509 {
    issue(key, key)
}

fn pem(x509: &X509) -> String {
    String::from_utf8(x509.to_pem().unwrap()).unwrap()
}

fn error(text: &str) -> CertificateError {
    parse_pasted(text).unwrap_err()
}

#[test]
fn a_certificate_tells_what_is_in_it() {
    let x509 = self_signed(&rsa(2048));
    let certificate = Certificate::from_der(&x509.to_der().unwrap()).unwrap();
    assert_eq!(certificate.subject(), "CN=acme, OU=SSOProvider, O=Okta");
    assert_eq!((certificate.not_before(), certificate.not_after()), (1_700_000_000, 4_900_000_000));
    assert_eq!(certificate.key_summary(), "RSA 2048");
    let digest = x509.digest(MessageDigest::sha256()).unwrap();
    assert_eq!(
        certificate.fingerprint(),
        digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    );
    assert_eq!(certificate.base64(), STANDARD.encode(certificate.der()));
    for (curve, summary) in
        [(Nid::X9_62_PRIME256V1, "EC P-256"), (Nid::SECP384R1, "EC P-384"), (Nid::SECP521R1, "EC P-521")]
    {
        let certificate = Certificate::from_der(&self_signed(&ec(curve)).to_der().unwrap()).unwrap();
        assert_eq!(certificate.key_summary(), summary);
    }
}

#[test]
fn certificates_are_read_in_any_shape() {
    let (one, two) = (self_signed(&rsa(2048)), self_signed(&ec(Nid::X9_62_PRIME256V1)));
    let read = |x509: &X509| Certificate::from_der(&x509.to_der().unwrap()).unwrap();
    let (first, second) = (pem(&one), pem(&two));
    let bare = |pem: &str| pem.lines().filter(|line| !line.starts_with('-')).collect::<Vec<_>>().join("\n");
    let dense = |pem: &str| bare(pem).replace('\n', "");
    for text in [
        first.clone(),
        first.replace('\n', "\r\n"),
        first.replace('\n', "\n\n"),
        first.replace('\n', " "),
        first.replace('\n', "\\n"),
        format!("subject=/CN=acme\n{first}\nend of file"),
        format!("\u{feff}  {first}"),
        first.trim_end().to_owned(),
        bare(&first),
        bare(&first).replace('\n', "\r\n"),
        bare(&first).replace('\n', "\n\n"),
        dense(&first),
        format!("\n\n  {}\n\n", dense(&first)),
    ] {
        assert_eq!(parse_pasted(&text).unwrap(), [read(&one)], "{text}");
    }
    for text in [
        format!("{first}{second}"),
        format!("one:\n{first}\ntwo:\n{second}"),
        format!("{first}{second}{first}"),
        format!("{}\n\n{}", bare(&first), bare(&second)),
        format!("{}\n{}", dense(&first), dense(&second)),
    ] {
        assert_eq!(parse_pasted(&text).unwrap(), [read(&one), read(&two)], "{text}");
    }
}

#[test]
fn of_a_chain_the_issuers_are_left_out() {
    let (root, middle, leaf) = (rsa(2048), rsa(2048), rsa(2048));
    let (anchor, between, end) = (self_signed(&root), issue(&middle, &root), issue(&leaf, &middle));
    let found = parse_pasted(&format!("{}{}{}", pem(&end), pem(&between), pem(&anchor))).unwrap();
    assert_eq!(found, [Certificate::from_der(&end.to_der().unwrap()).unwrap()]);
}

#[test]
fn each_refusal_has_its_sentence() {
    let key = rsa(2048);
    let certificate = pem(&self_signed(&key));
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let private = text(key.private_key_to_pem_pkcs8().unwrap());
    let public = text(key.public_key_to_pem().unwrap());
    let dense = certificate.lines().filter(|line| !line.starts_with('-')).collect::<String>();
    let mut trailing = self_signed(&key).to_der().unwrap();
    trailing.push(0);
    for (pasted, expected) in [
        (String::new(), CertificateError::Empty),
        (" \r\n\t ".to_owned(), CertificateError::Empty),
        (private.clone(), CertificateError::PrivateKey),
        (format!("{certificate}{private}"), CertificateError::PrivateKey),
        (text(key.rsa().unwrap().private_key_to_pem().unwrap()), CertificateError::PrivateKey),
        (STANDARD.encode(key.private_key_to_pkcs8().unwrap()), CertificateError::PrivateKey),
        (public, CertificateError::PublicKey),
        (STANDARD.encode(key.public_key_to_der().unwrap()), CertificateError::PublicKey),
        ("<EntityDescriptor/>".to_owned(), CertificateError::Xml),
        ("-----BEGIN CERTIFICATE REQUEST-----\nAA==\n-----END".to_owned(), CertificateError::OtherBlock),
        (certificate.replace("-----END CERTIFICATE-----", ""), CertificateError::CutOff),
        ("-----BEGIN CERTIFICATE".to_owned(), CertificateError::CutOff),
        ("hello, world".to_owned(), CertificateError::NotBase64),
        (dense[1..].to_owned(), CertificateError::NotBase64),
        (
            format!("-----BEGIN CERTIFICATE-----\n{dense}*\n-----END CERTIFICATE-----"),
            CertificateError::NotBase64,
        ),
        ("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----".to_owned(), CertificateError::NotBase64),
        (STANDARD.encode("hello"), CertificateError::NotX509),
        (dense[..dense.len() / 8 * 4].to_owned(), CertificateError::NotX509),
        (STANDARD.encode(&trailing), CertificateError::NotX509),
        (pem(&self_signed(&rsa(1024))), CertificateError::ShortKey),
        (pem(&self_signed(&PKey::from_dsa(Dsa::generate(2048).unwrap()).unwrap())), CertificateError::Dsa),
        (pem(&self_signed(&ec(Nid::SECP256K1))), CertificateError::Curve),
        (certificate.repeat(21), CertificateError::TooMany),
        ("A".repeat(limits::PASTED + 1), CertificateError::TooMany),
    ] {
        assert_eq!(error(&pasted), expected, "{pasted}");
        assert!(expected.to_string().ends_with('.'), "{expected}");
    }
    assert_eq!(Certificate::from_der(&trailing), Err(CertificateError::NotX509));
}

#[test]
fn keys_that_anybody_could_sign_with_are_refused() {
    // Under the exponent 1 a signature is the padded digest itself.
    let rsa = Rsa::generate(2048).unwrap();
    let numbers = |e: u32| {
        let public =
            Rsa::from_public_components(rsa.n().to_owned().unwrap(), BigNum::from_u32(e).unwrap()).unwrap();
        PKey::from_rsa(public).unwrap()
    };
    assert_eq!(check_key(&numbers(65_537)), Ok(()));
    for exponent in [1, 2, 65_536] {
        assert_eq!(check_key(&numbers(exponent)), Err(CertificateError::StrangeKey), "{exponent}");
    }
    let ed25519 = PKey::generate_ed25519().unwrap();
    let public = PKey::public_key_from_der(&ed25519.public_key_to_der().unwrap()).unwrap();
    assert_eq!(check_key(&public), Err(CertificateError::Kind));
}
