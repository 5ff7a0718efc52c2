//! Keys and self-signed certificates, generated once per run.

use std::sync::OnceLock;

use openssl::{
    asn1::Asn1Time,
    bn::BigNum,
    ec::{EcGroup, EcKey},
    hash::MessageDigest,
    nid::Nid,
    pkey::{PKey, Private},
    rsa::Rsa,
    x509::{X509Builder, X509NameBuilder},
};
use vestibule_saml::certificate::Certificate;

/// A private key and its certificate.
pub struct Key {
    pub private: PKey<Private>,
    pub certificate: Certificate,
}

pub struct Keys {
    pub rsa: Key,
    pub other: Key,
    pub p256: Key,
    pub p384: Key,
    pub p521: Key,
}

pub fn keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| Keys {
        rsa: new(rsa(2048)),
        other: new(rsa(2048)),
        p256: new(ec(Nid::X9_62_PRIME256V1)),
        p384: new(ec(Nid::SECP384R1)),
        p521: new(ec(Nid::SECP521R1)),
    })
}

pub fn rsa(bits: u32) -> PKey<Private> {
    PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap()
}

fn ec(curve: Nid) -> PKey<Private> {
    PKey::from_ec_key(EcKey::generate(&EcGroup::from_curve_name(curve).unwrap()).unwrap()).unwrap()
}

fn new(private: PKey<Private>) -> Key {
    let certificate = Certificate::from_der(&certificate(&private)).unwrap();
    Key { private, certificate }
}

/// A self-signed certificate as DER; also for a weak key.
pub fn certificate(key: &PKey<Private>) -> Vec<u8> {
    let mut name = X509NameBuilder::new().unwrap();
    name.append_entry_by_text("CN", "acme").unwrap();
    let name = name.build();
    let mut builder = X509Builder::new().unwrap();
    builder.set_version(2).unwrap();
    builder.set_serial_number(&BigNum::from_u32(1).unwrap().to_asn1_integer().unwrap()).unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(&name).unwrap();
    builder.set_not_before(&Asn1Time::from_unix(1_000_000_000).unwrap()).unwrap();
    // Expired long ago, because dates are not checked.
    builder.set_not_after(&Asn1Time::from_unix(1_100_000_000).unwrap()).unwrap();
    builder.set_pubkey(key).unwrap();
    builder.sign(key, MessageDigest::sha256()).unwrap();
    builder.build().to_der().unwrap()
}

/// Our key, to which assertions are encrypted.
pub fn ours() -> &'static PKey<Private> {
    static OURS: OnceLock<PKey<Private>> = OnceLock::new();
    OURS.get_or_init(|| rsa(2048))
}
