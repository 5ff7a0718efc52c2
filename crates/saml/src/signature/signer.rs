//! Finds the configured key that made a signature, and checks that the signature covers its parent.

use openssl::{hash::hash, memcmp};

use super::{
    Sealed, Signature, Verified,
    algorithms::{self, Algorithm, Family},
};
use crate::{c14n, certificate::Certificate, limits};

impl<'a, 'i> Signature<'a, 'i> {
    /// Checks that the algorithms are accepted ones.
    pub(crate) fn check_algorithms(&self) -> Result<(), String> {
        let (signature, digest) = self.algorithm_names();
        Algorithm::of(signature)?;
        algorithms::digest(digest).map(|_| ())
    }

    /// Finds the key that made the `SignatureValue` over the canonical SignedInfo. Checks the form of the signature first.
    pub(crate) fn sealed(&self, certificates: &[Certificate]) -> Result<Sealed<'_, 'a, 'i>, String> {
        self.check_reference()?;
        self.check_algorithms()?;
        let prefixes = self.prefixes()?;
        let algorithm = Algorithm::of(self.algorithm_names().0)?;
        let signed = c14n::exclusive(self.signed_info, None, &prefixes.signed_info)?;
        let certificate = fitting(&algorithm, certificates, &signed, &self.value)?;
        Ok(Sealed { signature: self, certificate })
    }
}

/// Position of the certificate whose key made the signature.
pub(crate) fn fitting(
    algorithm: &Algorithm,
    certificates: &[Certificate],
    bytes: &[u8],
    signature: &[u8],
) -> Result<usize, String> {
    let mut tried = certificates.iter().take(limits::CERTIFICATES);
    if let Some(position) = tried.position(|certificate| algorithm.holds(certificate, bytes, signature)) {
        return Ok(position);
    }
    let is_of_family =
        |certificate: &Certificate| certificate.curve().is_some() == (algorithm.family == Family::Ecdsa);
    match certificates.len() {
        0 => Err("the connection has no certificate to check the signature with".to_owned()),
        _ if !certificates.iter().any(is_of_family) => {
            let kind = if algorithm.family == Family::Ecdsa { "ECDSA" } else { "RSA" };
            Err(format!("the signature is by {kind}, and no configured certificate has a key of that kind"))
        }
        1 => Err("the signature does not match the configured certificate".to_owned()),
        count => Err(format!("the signature matches none of the {count} configured certificates")),
    }
}

impl<'a, 'i> Sealed<'_, 'a, 'i> {
    /// Compares the digest in the verified SignedInfo with the digest of the parent without this signature.
    pub(crate) fn digest(&self) -> Result<Verified<'a, 'i>, String> {
        let signature = self.signature;
        let algorithm = algorithms::digest(signature.algorithm_names().1)?;
        let canonical =
            c14n::exclusive(signature.parent, Some(signature.node.id()), &signature.prefixes()?.element)?;
        let digest = hash(algorithm, &canonical).map_err(|_| "the digest can't be computed".to_owned())?;
        if digest.len() != signature.digest.len() || !memcmp::eq(&digest, &signature.digest) {
            return Err("the content was changed after it was signed: its digest is another one".to_owned());
        }
        Ok(Verified { node: signature.parent, certificate: self.certificate })
    }
}
