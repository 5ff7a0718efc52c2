//! Our own key and its certificate, which signs the messages that we send. The same kind of key decrypts assertions.

use base64::{Engine, engine::general_purpose::STANDARD};
use openssl::{
    asn1::Asn1Time,
    bn::{BigNum, MsbOption},
    error::ErrorStack,
    hash::{MessageDigest, hash},
    pkey::{Id, PKey, Private},
    rsa::Rsa,
    sign::Signer as OpenSsl,
    x509::{X509Builder, X509NameBuilder},
};

use super::RequestError;
use crate::{c14n, certificate::Certificate, names, scan::Comments, tree};

/// Ten years, in seconds. Providers trust the key because it is in our metadata, not because of these dates.
const LIFETIME: i64 = 3650 * 86_400;

/// An RSA key and its certificate.
#[derive(Clone)]
pub struct Signer {
    key: PKey<Private>,
    certificate: Certificate,
}

impl Signer {
    /// Reads a private key (RSA, unencrypted PEM) and takes its certificate.
    ///
    /// # Errors
    /// [`RequestError::Key`] when it is no such key, or the certificate belongs to another key.
    pub fn from_pem(private_key_pem: &str, certificate: Certificate) -> Result<Self, RequestError> {
        let key = PKey::private_key_from_pem_callback(private_key_pem.as_bytes(), |_| Ok(0))
            .map_err(|_| RequestError::Key)?;
        if key.id() != Id::RSA || !key.public_eq(certificate.key()) {
            return Err(RequestError::Key);
        }
        Ok(Signer { key, certificate })
    }

    /// Generates an RSA key of 2048 bits and a self-signed certificate for ten years. `now` is in seconds since 1970.
    ///
    /// # Errors
    /// [`RequestError::Key`] when OpenSSL fails, for example without randomness.
    pub fn generate(common_name: &str, now: i64) -> Result<Self, RequestError> {
        let key = Rsa::generate(2048).and_then(PKey::from_rsa).map_err(|_| RequestError::Key)?;
        let der = self_signed(&key, common_name, now).map_err(|_| RequestError::Key)?;
        let certificate = Certificate::from_der(&der).map_err(|_| RequestError::Key)?;
        Ok(Signer { key, certificate })
    }

    /// Certificate of the key, for metadata.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The private key. It decrypts assertions too: see [`Expected`](crate::response::Expected).
    pub fn key(&self) -> &PKey<Private> {
        &self.key
    }

    /// The private key as unencrypted PEM (PKCS #8). Seal it before you store it.
    ///
    /// # Errors
    /// [`RequestError::Key`] when OpenSSL fails.
    pub fn private_key_pem(&self) -> Result<String, RequestError> {
        let pem = self.key.private_key_to_pem_pkcs8().map_err(|_| RequestError::Key)?;
        String::from_utf8(pem).map_err(|_| RequestError::Key)
    }

    /// RSA-SHA256 (PKCS #1 v1.5) over the bytes.
    pub(crate) fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, RequestError> {
        let signature = OpenSsl::new(MessageDigest::sha256(), &self.key)
            .and_then(|mut signer| signer.sign_oneshot_to_vec(bytes));
        signature.map_err(|_| RequestError::Signing)
    }

    /// Adds an enveloped signature after the Issuer of a message (Core §5.4): exclusive canonicalization, SHA-256, RSA-SHA256, the
    /// certificate in `KeyInfo`.
    ///
    /// # Errors
    /// [`RequestError::Signing`] when the message has no ID, no Issuer as its first element or is signed already.
    pub fn sign_xml(&self, xml: &str) -> Result<String, RequestError> {
        let document = tree::parse(xml, Comments::Refused).map_err(|_| RequestError::Signing)?;
        let root = document.root_element();
        let issuer = tree::elements(root).next().filter(|first| tree::is(*first, names::ASSERTION, "Issuer"));
        let (Some(id), Some(issuer)) = (tree::attribute(root, "ID"), issuer) else {
            return Err(RequestError::Signing);
        };
        if root.descendants().any(|node| tree::is(node, names::DSIG, "Signature")) {
            return Err(RequestError::Signing);
        }
        let canonical = c14n::exclusive(root, None, &[]).map_err(|_| RequestError::Signing)?;
        let digest = hash(MessageDigest::sha256(), &canonical).map_err(|_| RequestError::Signing)?;
        let signed_info = signed_info(id, &STANDARD.encode(digest));
        let signature = format!(
            "<ds:Signature xmlns:ds=\"{}\">{signed_info}<ds:SignatureValue>{}</ds:SignatureValue>\
             <ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>",
            names::DSIG,
            STANDARD.encode(self.sign(signed_info.as_bytes())?),
            self.certificate.base64(),
        );
        let (before, after) = xml.split_at_checked(issuer.range().end).ok_or(RequestError::Signing)?;
        Ok(format!("{before}{signature}{after}"))
    }
}

/// SignedInfo in canonical form, so that the signed bytes are the sent bytes.
fn signed_info(id: &str, digest: &str) -> String {
    let (dsig, c14n) = (names::DSIG, names::EXCLUSIVE_C14N);
    format!(
        "<ds:SignedInfo xmlns:ds=\"{dsig}\"><ds:CanonicalizationMethod Algorithm=\"{c14n}\"></ds:CanonicalizationMethod>\
         <ds:SignatureMethod Algorithm=\"{}\"></ds:SignatureMethod><ds:Reference URI=\"#{id}\"><ds:Transforms>\
         <ds:Transform Algorithm=\"{}\"></ds:Transform><ds:Transform Algorithm=\"{c14n}\"></ds:Transform></ds:Transforms>\
         <ds:DigestMethod Algorithm=\"{}\"></ds:DigestMethod><ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>",
        names::RSA_SHA256,
        names::ENVELOPED,
        names::SHA256,
    )
}

/// An X.509 version 3 certificate without extensions.
fn self_signed(key: &PKey<Private>, common_name: &str, now: i64) -> Result<Vec<u8>, ErrorStack> {
    let mut name = X509NameBuilder::new()?;
    // RFC 5280, appendix A: ub-common-name is 64.
    let common_name: String = common_name.chars().take(64).collect();
    name.append_entry_by_text("CN", &common_name)?;
    let name = name.build();
    let mut serial = BigNum::new()?;
    serial.rand(127, MsbOption::ONE, false)?;
    let mut builder = X509Builder::new()?;
    builder.set_version(2)?;
    builder.set_serial_number(&*serial.to_asn1_integer()?)?;
    builder.set_subject_name(&name)?;
    builder.set_issuer_name(&name)?;
    builder.set_not_before(&*Asn1Time::from_unix(now)?)?;
    builder.set_not_after(&*Asn1Time::from_unix(now + LIFETIME)?)?;
    builder.set_pubkey(key)?;
    builder.sign(key, MessageDigest::sha256())?;
    builder.build().to_der()
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}
