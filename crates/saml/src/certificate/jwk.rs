//! The key of a certificate as a JWK, for signatures of JWTs.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use openssl::bn::{BigNum, BigNumContext};

use super::Certificate;

impl Certificate {
    /// Its public key as a JWK (RFC 7518 §6.2.1, §6.3.1): RSA, or EC on P-256. `None` for other curves.
    pub fn public_jwk(&self) -> Option<serde_json::Value> {
        if let Ok(key) = self.key().rsa() {
            let encode = |number: Vec<u8>| URL_SAFE_NO_PAD.encode(number);
            return Some(serde_json::json!({
                "kty": "RSA",
                "n": encode(key.n().to_vec()),
                "e": encode(key.e().to_vec()),
            }));
        }
        if self.curve() != Some(openssl::nid::Nid::X9_62_PRIME256V1) {
            return None;
        }
        let key = self.key().ec_key().ok()?;
        let (mut x, mut y, mut context) =
            (BigNum::new().ok()?, BigNum::new().ok()?, BigNumContext::new().ok()?);
        key.public_key().affine_coordinates(key.group(), &mut x, &mut y, &mut context).ok()?;
        let encode = |number: &BigNum| Some(URL_SAFE_NO_PAD.encode(number.to_vec_padded(32).ok()?));
        Some(serde_json::json!({ "kty": "EC", "crv": "P-256", "x": encode(&x)?, "y": encode(&y)? }))
    }
}
