//! The signing keys of a SAML app: RSA 2048 with a self-signed certificate, one per app as at Okta, generated when the program runs.
//! Private keys must never leave the process.

use base64::{Engine, engine::general_purpose::STANDARD};
use openssl::{
    asn1::Asn1Time,
    bn::{BigNum, MsbOption},
    error::ErrorStack,
    hash::MessageDigest,
    pkey::{PKey, Private},
    rsa::Rsa,
    sign::Signer,
    x509::{X509, X509NameBuilder},
};

use super::settings::SignatureAlgorithm;
use crate::support::random;

/// Validity of a certificate in seconds: ten years of 365 days, about as long as Okta's.
const LIFETIME: i64 = 10 * 365 * 24 * 3600;
/// Okta writes base64 in lines of this length.
const LINE: usize = 76;

/// A signing key and its certificate.
pub(crate) struct SamlKey {
    /// Id of the key on the administration page.
    pub(super) id: String,
    key: PKey<Private>,
    certificate: X509,
}

impl SamlKey {
    /// A new key. `org` is the name in the certificate; `now`: seconds since 1970, when its validity begins. Takes about a tenth of a
    /// second: never call it while the org is locked.
    pub(super) fn generate(org: &str, now: i64) -> Result<Self, ErrorStack> {
        let key = PKey::from_rsa(Rsa::generate(2048)?)?;
        let mut name = X509NameBuilder::new()?;
        for (field, value) in [
            ("C", "US"),
            ("ST", "California"),
            ("L", "San Francisco"),
            ("O", "Okta"),
            ("OU", "SSOProvider"),
            ("CN", org),
            ("emailAddress", "info@okta.com"),
        ] {
            name.append_entry_by_text(field, value)?;
        }
        let name = name.build();
        let mut serial = BigNum::new()?;
        serial.rand(47, MsbOption::MAYBE_ZERO, false)?;
        let mut builder = X509::builder()?;
        builder.set_version(2)?;
        builder.set_serial_number(serial.to_asn1_integer()?.as_ref())?;
        builder.set_subject_name(&name)?;
        builder.set_issuer_name(&name)?;
        builder.set_not_before(Asn1Time::from_unix(now)?.as_ref())?;
        builder.set_not_after(Asn1Time::from_unix(now.saturating_add(LIFETIME))?.as_ref())?;
        builder.set_pubkey(&key)?;
        builder.sign(&key, MessageDigest::sha256())?;
        Ok(Self { id: random::word(43), key, certificate: builder.build() })
    }

    /// An RSASSA-PKCS1-v1_5 signature.
    pub(crate) fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        let mut signer = Signer::new(algorithm.digest(), &self.key)?;
        signer.update(message)?;
        signer.sign_to_vec()
    }

    /// The private key, for a test that plays the service.
    #[cfg(test)]
    pub(super) fn private(&self) -> &PKey<Private> {
        &self.key
    }

    /// The certificate as PEM.
    pub(super) fn pem(&self) -> Result<String, ErrorStack> {
        Ok(String::from_utf8_lossy(&self.certificate.to_pem()?).into_owned())
    }

    /// The certificate as base64 in lines of 76 letters, as in `ds:X509Certificate`.
    pub(super) fn base64_lines(&self) -> Result<String, ErrorStack> {
        Ok(in_lines(&self.certificate.to_der()?))
    }

    /// SHA-256 of the certificate in lower hexadecimal.
    pub(super) fn fingerprint(&self) -> Result<String, ErrorStack> {
        let digest = self.certificate.digest(MessageDigest::sha256())?;
        Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

/// Base64 in lines of 76 letters, without a line end at the end.
pub(super) fn in_lines(bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    let mut lines = String::with_capacity(text.len() + text.len() / LINE);
    for (at, letter) in text.char_indices() {
        if at > 0 && at % LINE == 0 {
            lines.push('\n');
        }
        lines.push(letter);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_as_okta_makes_it() {
        let key = SamlKey::generate("acme", 1_700_000_000).unwrap();
        let certificate = X509::from_pem(key.pem().unwrap().as_bytes()).unwrap();
        let subject: Vec<String> = certificate
            .subject_name()
            .entries()
            .map(|entry| String::from_utf8(entry.data().as_slice().to_vec()).unwrap())
            .collect();
        assert_eq!(
            subject,
            ["US", "California", "San Francisco", "Okta", "SSOProvider", "acme", "info@okta.com"]
        );
        let public = certificate.public_key().unwrap();
        assert_eq!(public.bits(), 2048);
        assert!(certificate.verify(&public).unwrap(), "self-signed");
        let days = certificate.not_before().diff(certificate.not_after()).unwrap().days;
        assert_eq!(days, 3650);
        let lines = key.base64_lines().unwrap();
        assert!(lines.lines().all(|line| line.len() <= LINE) && lines.lines().count() > 10);
        assert_eq!(key.fingerprint().unwrap().len(), 64);
    }
}
