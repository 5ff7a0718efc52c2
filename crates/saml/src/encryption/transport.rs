//! The cipher of the key: RSA-OAEP (XML Encryption 1.1 §5.5.2).

use openssl::{
    encrypt::Decrypter,
    hash::MessageDigest,
    pkey::{Id, PKey, Private},
    rsa::Padding,
};
use roxmltree::Node;

use crate::{names, tree};

/// How the key is encrypted.
pub(super) struct Transport {
    digest: MessageDigest,
    mask: MessageDigest,
}

impl Transport {
    /// Reads the method of an EncryptedKey.
    pub fn of(key: Node<'_, '_>) -> Result<Self, String> {
        let method = super::method(key)?;
        let identifier = tree::attribute(method, "Algorithm").unwrap_or_default();
        if identifier != names::RSA_OAEP && identifier != names::RSA_OAEP_11 {
            return Err(super::refused("key encryption", identifier));
        }
        if tree::child(method, names::XENC, "OAEPparams")
            .and_then(tree::text)
            .is_some_and(|label| !label.trim().is_empty())
        {
            return Err("the encrypted key has OAEP parameters, which are not taken".to_owned());
        }
        let algorithm = |namespace, name| {
            tree::child(method, namespace, name).and_then(|node| tree::attribute(node, "Algorithm"))
        };
        let digest = match algorithm(names::DSIG, "DigestMethod") {
            None | Some(names::SHA1) => MessageDigest::sha1(),
            Some(names::SHA256) => MessageDigest::sha256(),
            Some(names::SHA384) => MessageDigest::sha384(),
            Some(names::SHA512) => MessageDigest::sha512(),
            Some(other) => return Err(super::refused("OAEP digest", other)),
        };
        let mask = match algorithm(names::XENC11, "MGF") {
            _ if identifier == names::RSA_OAEP => MessageDigest::sha1(),
            None => MessageDigest::sha1(),
            Some(name) => match name.strip_prefix(names::XENC11) {
                Some("mgf1sha1") => MessageDigest::sha1(),
                Some("mgf1sha256") => MessageDigest::sha256(),
                Some("mgf1sha384") => MessageDigest::sha384(),
                Some("mgf1sha512") => MessageDigest::sha512(),
                _ => return Err(super::refused("OAEP mask", name)),
            },
        };
        Ok(Transport { digest, mask })
    }

    pub fn unwrap(&self, key: &PKey<Private>, bytes: &[u8]) -> Option<Vec<u8>> {
        if key.id() != Id::RSA {
            return None;
        }
        let mut decrypter = Decrypter::new(key).ok()?;
        decrypter.set_rsa_padding(Padding::PKCS1_OAEP).ok()?;
        decrypter.set_rsa_oaep_md(self.digest).ok()?;
        decrypter.set_rsa_mgf1_md(self.mask).ok()?;
        let mut out = vec![0; decrypter.decrypt_len(bytes).ok()?];
        let length = decrypter.decrypt(bytes, &mut out).ok()?;
        out.truncate(length);
        Some(out)
    }
}
