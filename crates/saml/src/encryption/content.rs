//! The cipher of the content (XML Encryption 1.1 §5.2).

use openssl::symm::{Cipher, Crypter, Mode, decrypt_aead};
use roxmltree::Node;

use crate::{names, tree};

/// Bytes of the initialization vector of AES-GCM (§5.2.4).
const GCM_IV: usize = 12;
/// Bytes of the authentication tag of AES-GCM.
const GCM_TAG: usize = 16;
/// Bytes of an AES block.
const BLOCK: usize = 16;

/// How the content is encrypted.
pub(super) struct Method {
    cipher: Cipher,
    is_authenticated: bool,
}

impl Method {
    pub fn of(method: Node<'_, '_>) -> Result<Self, String> {
        let identifier = tree::attribute(method, "Algorithm").unwrap_or_default();
        let (cipher, is_authenticated) = match identifier {
            names::AES128_GCM => (Cipher::aes_128_gcm(), true),
            names::AES192_GCM => (Cipher::aes_192_gcm(), true),
            names::AES256_GCM => (Cipher::aes_256_gcm(), true),
            names::AES128_CBC => (Cipher::aes_128_cbc(), false),
            names::AES192_CBC => (Cipher::aes_192_cbc(), false),
            names::AES256_CBC => (Cipher::aes_256_cbc(), false),
            _ => return Err(super::refused("encryption", identifier)),
        };
        Ok(Method { cipher, is_authenticated })
    }

    /// Whether the cipher detects a changed ciphertext.
    pub fn is_authenticated(&self) -> bool {
        self.is_authenticated
    }

    pub fn decrypt(&self, key: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
        if key.len() != self.cipher.key_len() {
            return None;
        }
        if self.is_authenticated {
            let (iv, rest) = bytes.split_at_checked(GCM_IV)?;
            let (data, tag) = rest.split_at_checked(rest.len().checked_sub(GCM_TAG)?)?;
            return decrypt_aead(self.cipher, key, Some(iv), &[], data, tag).ok();
        }
        let (iv, data) = bytes.split_at_checked(BLOCK)?;
        if data.is_empty() || !data.len().is_multiple_of(BLOCK) {
            return None;
        }
        let mut crypter = Crypter::new(self.cipher, Mode::Decrypt, key, Some(iv)).ok()?;
        // The padding is not PKCS #7: only its last byte counts (§5.2.3).
        crypter.pad(false);
        let mut out = vec![0; data.len() + BLOCK];
        let written = crypter.update(data, &mut out).ok()?;
        let written = written + crypter.finalize(out.get_mut(written..)?).ok()?;
        out.truncate(written);
        let padding = usize::from(*out.last()?);
        if !(1..=BLOCK).contains(&padding) {
            return None;
        }
        out.truncate(out.len().checked_sub(padding)?);
        Some(out)
    }
}
