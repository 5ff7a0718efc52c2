//! Keys for other purposes, derived from a sealing key with HKDF-SHA256 (RFC 5869).

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{SealError, Sealer};

impl Sealer {
    /// Derives 32 bytes from the sealing key with this id, or from the current one. Returns the id of that key, too.
    ///
    /// # Errors
    /// [`SealError::UnknownKey`].
    pub fn derive(
        &self,
        key_id: Option<&str>,
        salt: &[u8],
        info: &[u8],
    ) -> Result<(String, [u8; 32]), SealError> {
        let keys = self.fresh();
        let key = match key_id {
            None => keys.keys.first().ok_or(SealError::Damaged)?,
            Some(id) => {
                let found = keys.keys.iter().find(|key| key.id == id);
                found.ok_or_else(|| SealError::UnknownKey(id.to_owned()))?
            }
        };
        Ok((key.id.clone(), hkdf(&key.bytes()?, salt, info)?))
    }
}

/// RFC 5869 §2.2 and §2.3, for one block of output.
fn hkdf(secret: &[u8], salt: &[u8], info: &[u8]) -> Result<[u8; 32], SealError> {
    let pseudorandom = mac(salt, &[secret])?;
    mac(&pseudorandom, &[info, &[1]])
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Result<[u8; 32], SealError> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|_| SealError::Damaged)?;
    for part in parts {
        mac.update(part);
    }
    Ok(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 5869, test case 1, its first 32 bytes.
    #[test]
    fn the_example_of_the_rfc() {
        let salt: Vec<u8> = (0..=0x0c).collect();
        let info: Vec<u8> = (0xf0..=0xf9).collect();
        let output = hkdf(&[0x0b; 22], &salt, &info).unwrap();
        let hex: String = output.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
    }
}
