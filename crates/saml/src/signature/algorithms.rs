//! The accepted algorithms (RFC 9231 §2): SHA-2, RSA PKCS #1 v1.5 and ECDSA. Never SHA-1, MD5, HMAC or DSA.

use openssl::{
    bn::BigNum,
    ecdsa::EcdsaSig,
    hash::{MessageDigest, hash},
    pkey::{PKeyRef, Public},
    sign::Verifier,
};

use crate::{certificate::Certificate, names, tree};

/// Kind of key that an algorithm needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Rsa,
    Ecdsa,
}

/// A signature algorithm.
#[derive(Clone, Copy)]
pub(crate) struct Algorithm {
    pub family: Family,
    digest: MessageDigest,
}

impl Algorithm {
    /// The algorithm with this identifier (RFC 9231 §2.3.2, §2.3.6).
    pub(crate) fn of(identifier: &str) -> Result<Self, String> {
        let name = identifier.strip_prefix(names::DSIG_MORE).unwrap_or_default();
        let (family, digest) = match name {
            "rsa-sha256" => (Family::Rsa, MessageDigest::sha256()),
            "rsa-sha384" => (Family::Rsa, MessageDigest::sha384()),
            "rsa-sha512" => (Family::Rsa, MessageDigest::sha512()),
            "ecdsa-sha256" => (Family::Ecdsa, MessageDigest::sha256()),
            "ecdsa-sha384" => (Family::Ecdsa, MessageDigest::sha384()),
            "ecdsa-sha512" => (Family::Ecdsa, MessageDigest::sha512()),
            _ => return Err(refused("signature", identifier)),
        };
        Ok(Algorithm { family, digest })
    }

    /// Whether the key of the certificate made the signature. False for a key of another kind than the algorithm's.
    pub(crate) fn holds(&self, certificate: &Certificate, bytes: &[u8], signature: &[u8]) -> bool {
        let is_ec = certificate.curve().is_some();
        let key = certificate.key();
        match self.family {
            Family::Rsa if !is_ec => {
                let checked = Verifier::new(self.digest, key)
                    .and_then(|mut verifier| verifier.verify_oneshot(signature, bytes));
                checked.unwrap_or(false)
            }
            Family::Ecdsa if is_ec => self.ecdsa(key, bytes, signature).unwrap_or(false),
            _ => false,
        }
    }

    /// Verifies an ECDSA signature in the form of RFC 9231 §2.3.6: r and s after one another, each as long as the order of the curve.
    fn ecdsa(&self, key: &PKeyRef<Public>, bytes: &[u8], signature: &[u8]) -> Option<bool> {
        let key = key.ec_key().ok()?;
        let length = usize::try_from(key.group().order_bits().div_ceil(8)).ok()?;
        let (r, s) = signature.split_at_checked(length).filter(|(_, s)| s.len() == length)?;
        let signature =
            EcdsaSig::from_private_components(BigNum::from_slice(r).ok()?, BigNum::from_slice(s).ok()?)
                .ok()?;
        signature.verify(&hash(self.digest, bytes).ok()?, &key).ok()
    }
}

/// A digest algorithm by its identifier (RFC 9231 §2.1; XML Encryption §5.7).
pub(super) fn digest(identifier: &str) -> Result<MessageDigest, String> {
    match identifier {
        names::SHA256 => Ok(MessageDigest::sha256()),
        names::SHA384 => Ok(MessageDigest::sha384()),
        names::SHA512 => Ok(MessageDigest::sha512()),
        _ => Err(refused("digest", identifier)),
    }
}

fn refused(what: &str, identifier: &str) -> String {
    let hint = if identifier.contains("sha1") { " (SHA-1): choose SHA-256 at the provider" } else { "" };
    format!("the {what} algorithm {} is not taken{hint}", tree::short(identifier))
}
