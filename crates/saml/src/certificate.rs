//! X.509 certificates, as containers of the keys that a provider signs with. Dates and chains are displayed and never checked (SAML
//! V2.0 Metadata Interoperability Profile §2.5).

mod jwk;
mod paste;

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use openssl::{
    asn1::{Asn1Time, Asn1TimeRef},
    bn::BigNumRef,
    hash::{MessageDigest, hash},
    nid::Nid,
    pkey::{Id, PKey, PKeyRef, Public},
    x509::X509,
};
pub use paste::parse_pasted;
pub(crate) use paste::signers;

use crate::limits;

/// Bits of an RSA modulus. A shorter one can be broken, a longer one makes each check expensive.
const MODULUS_BITS: std::ops::RangeInclusive<i32> = 2048..=8192;
/// Bits of an RSA exponent. A check takes time in proportion to its length.
const EXPONENT_BITS: i32 = 32;

/// A certificate whose key we can verify signatures with: RSA of 2048 bits or more, or ECDSA on P-256, P-384 or P-521.
#[derive(Clone)]
pub struct Certificate {
    x509: X509,
    der: Vec<u8>,
    key: PKey<Public>,
}

/// Why a text or a file is no usable certificate. The message is a sentence for the person who entered it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Only white space.
    #[error("There is no certificate in what you gave: it is empty.")]
    Empty,
    /// A private key, which the provider must never give away.
    #[error("This is a private key. It belongs to the signer and must stay there; paste the certificate.")]
    PrivateKey,
    /// A key without its certificate.
    #[error("This is a public key without its certificate. Paste the certificate (BEGIN CERTIFICATE).")]
    PublicKey,
    /// An XML document, most likely metadata.
    #[error("This is an XML document. Enter it as metadata, or paste only its certificate.")]
    Xml,
    /// A PEM block of another kind, such as a request.
    #[error("This is no certificate. Paste the block that begins with BEGIN CERTIFICATE.")]
    OtherBlock,
    /// A PEM block without its last line.
    #[error("The certificate has no END CERTIFICATE line: it was cut off. Copy the whole block.")]
    CutOff,
    /// Characters that base64 does not have, or the wrong number of them.
    #[error(
        "The certificate is not base64: it was cut off, or has characters that don't belong there. Copy it again."
    )]
    NotBase64,
    /// The bytes are no certificate.
    #[error(
        "The text is base64, but its content is no X.509 certificate. Copy the signing certificate again."
    )]
    NotX509,
    /// RSA below 2048 bits.
    #[error(
        "The certificate's RSA key is shorter than 2048 bits. Let the identity provider make a new certificate."
    )]
    ShortKey,
    /// RSA above 8192 bits, with an even modulus, or with an even, too small or too long exponent.
    #[error(
        "The certificate's RSA key is not usable: it is longer than 8192 bits, or its exponent is not odd, 1 or too long."
    )]
    StrangeKey,
    /// A DSA key.
    #[error("The certificate's key is of the kind DSA, which is not supported. Use RSA or ECDSA.")]
    Dsa,
    /// A curve other than P-256, P-384 and P-521.
    #[error("The certificate's key is on a curve that is not supported. Use P-256, P-384 or P-521.")]
    Curve,
    /// Some other kind of key.
    #[error("The certificate's key is of a kind that is not supported. Use RSA or ECDSA.")]
    Kind,
    /// More than 20, or more than 256 KiB.
    #[error("That is too much: at most 20 certificates are taken at a time.")]
    TooMany,
}

impl Certificate {
    /// Reads one certificate (RFC 5280 §4.1), with nothing after it.
    ///
    /// # Errors
    /// [`CertificateError`]: not X.509, or a key that we can't or won't verify with.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        if der.len() > limits::PASTED {
            return Err(CertificateError::TooMany);
        }
        let x509 = X509::from_der(der).map_err(|_| CertificateError::NotX509)?;
        // OpenSSL reads the first value and ignores the bytes after it.
        if x509.to_der().map_err(|_| CertificateError::NotX509)? != der {
            return Err(CertificateError::NotX509);
        }
        let key = x509.public_key().map_err(|_| CertificateError::Kind)?;
        check_key(&key)?;
        Ok(Certificate { x509, der: der.to_owned(), key })
    }

    /// The certificate as DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The DER as base64 on one line, as metadata has it.
    pub fn base64(&self) -> String {
        STANDARD.encode(&self.der)
    }

    /// SHA-256 of the DER, as 64 lower-case hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        let digest = hash(MessageDigest::sha256(), &self.der);
        digest.map(|digest| digest.iter().map(|byte| format!("{byte:02x}")).collect()).unwrap_or_default()
    }

    /// Subject as `CN=acme, OU=SSOProvider, O=Okta`, in the order of the certificate. Untrusted: the certificate's author chose the text.
    pub fn subject(&self) -> String {
        let entries = self.x509.subject_name().entries().map(|entry| {
            let name = entry.object().nid().short_name().unwrap_or("?");
            let value = entry.data().to_string().unwrap_or_default();
            format!("{name}={value}")
        });
        entries.collect::<Vec<_>>().join(", ")
    }

    /// Start of its validity, in seconds since 1970.
    pub fn not_before(&self) -> i64 {
        seconds(self.x509.not_before())
    }

    /// End of its validity, in seconds since 1970.
    pub fn not_after(&self) -> i64 {
        seconds(self.x509.not_after())
    }

    /// Kind and size of its key: `RSA 2048`, `EC P-256`.
    pub fn key_summary(&self) -> String {
        match self.curve() {
            Some(Nid::X9_62_PRIME256V1) => "EC P-256".to_owned(),
            Some(Nid::SECP384R1) => "EC P-384".to_owned(),
            Some(_) => "EC P-521".to_owned(),
            None => format!("RSA {}", self.key.bits()),
        }
    }

    /// Key of the certificate.
    pub(crate) fn key(&self) -> &PKeyRef<Public> {
        &self.key
    }

    /// Curve of the key; `None` for RSA.
    pub(crate) fn curve(&self) -> Option<Nid> {
        self.key.ec_key().ok().and_then(|key| key.group().curve_name())
    }

    /// Whether the key of this certificate has signed the other one.
    pub(crate) fn has_issued(&self, other: &Certificate) -> bool {
        !self.key.public_eq(&other.key) && other.x509.verify(&self.key).unwrap_or(false)
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").field("fingerprint", &self.fingerprint()).finish_non_exhaustive()
    }
}

/// Refuses a key that can be broken, that makes checks too expensive, or whose kind is not supported.
fn check_key(key: &PKeyRef<Public>) -> Result<(), CertificateError> {
    match key.id() {
        Id::RSA => {
            let rsa = key.rsa().map_err(|_| CertificateError::NotX509)?;
            let is_odd = |number: &BigNumRef| number.is_bit_set(0);
            if rsa.n().num_bits() < *MODULUS_BITS.start() {
                return Err(CertificateError::ShortKey);
            }
            let exponent = rsa.e().num_bits();
            let is_sound = is_odd(rsa.n()) && is_odd(rsa.e()) && exponent > 1 && exponent <= EXPONENT_BITS;
            if is_sound && rsa.n().num_bits() <= *MODULUS_BITS.end() {
                Ok(())
            } else {
                Err(CertificateError::StrangeKey)
            }
        }
        Id::EC => {
            let ec = key.ec_key().map_err(|_| CertificateError::NotX509)?;
            ec.check_key().map_err(|_| CertificateError::NotX509)?;
            match ec.group().curve_name() {
                Some(Nid::X9_62_PRIME256V1 | Nid::SECP384R1 | Nid::SECP521R1) => Ok(()),
                _ => Err(CertificateError::Curve),
            }
        }
        Id::DSA => Err(CertificateError::Dsa),
        _ => Err(CertificateError::Kind),
    }
}

fn seconds(time: &Asn1TimeRef) -> i64 {
    let since = Asn1Time::from_unix(0).and_then(|epoch| epoch.diff(time));
    since.map_or(0, |since| i64::from(since.days) * 86_400 + i64::from(since.secs))
}

#[cfg(test)]
mod tests;
