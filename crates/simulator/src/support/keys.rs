//! The org's signing keys: the current one, and the previous one, which stays published so that older tokens verify. RSA, because
//! Okta's ID tokens are always RS256. Private keys never leave the process.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use josekit::{
    JoseError,
    jwk::Jwk,
    jws::{JwsSigner, RS256, alg::rsassa::RsassaJwsSigner},
};
use serde_json::{Value, json};

use crate::support::random;

/// One RSA key.
pub(crate) struct SigningKey {
    pub(crate) kid: String,
    signer: RsassaJwsSigner,
    public: Value,
}

impl SigningKey {
    /// Takes about a tenth of a second: never call it while the org is locked.
    pub(crate) fn generate() -> Result<Self, JoseError> {
        let jwk = Jwk::generate_rsa_key(2048)?;
        let signer = RS256.signer_from_jwk(&jwk)?;
        let public = jwk.to_public_key()?;
        let kid = random::word(43);
        let public = json!({
            "kty": "RSA", "alg": "RS256", "kid": kid, "use": "sig",
            "e": public.parameter("e"), "n": public.parameter("n"),
        });
        Ok(Self { kid, signer, public })
    }

    pub(crate) fn public(&self) -> &Value {
        &self.public
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, JoseError> {
        self.signer.sign(message)
    }
}

/// RSA keys of 2048 bits without a private key, with exponents of this many bytes. With 3 bytes the exponent is 65537.
pub fn junk_keys(count: usize, exponent_bytes: usize) -> Vec<Value> {
    let odd = |length: usize| {
        let mut number = josekit::util::random_bytes(length);
        if let Some(first) = number.first_mut() {
            *first |= 0x80;
        }
        if let Some(last) = number.last_mut() {
            *last |= 1;
        }
        URL_SAFE_NO_PAD.encode(number)
    };
    let key = |_| {
        let exponent = if exponent_bytes == 3 { "AQAB".to_owned() } else { odd(exponent_bytes) };
        json!({ "kty": "RSA", "use": "sig", "kid": random::word(8), "n": odd(256), "e": exponent })
    };
    (0..count).map(key).collect()
}

/// The keys an org publishes at `/oauth2/v1/keys`.
pub(crate) struct KeySet {
    current: Arc<SigningKey>,
    older: Vec<Arc<SigningKey>>,
    /// Published keys that sign nothing.
    others: Vec<Value>,
}

impl KeySet {
    pub(crate) fn new(first: SigningKey) -> Self {
        Self { current: Arc::new(first), older: Vec::new(), others: Vec::new() }
    }

    pub(crate) fn current(&self) -> Arc<SigningKey> {
        Arc::clone(&self.current)
    }

    /// Signs with `next` from now on. The previous key stays published, older ones are removed, as at Okta.
    pub(crate) fn rotate(&mut self, next: SigningKey) {
        self.older = vec![std::mem::replace(&mut self.current, Arc::new(next))];
    }

    /// Removes the old keys, so that their signatures no longer verify.
    pub(crate) fn forget_old(&mut self) {
        self.older.clear();
    }

    /// Publishes a key that signs nothing.
    pub(crate) fn publish(&mut self, other: Value) {
        self.others.push(other);
    }

    /// The JWK Set, RFC 7517 §5.
    pub(crate) fn published(&self) -> Value {
        let all = std::iter::once(&self.current).chain(&self.older);
        json!({ "keys": all.map(|key| key.public.clone()).chain(self.others.clone()).collect::<Vec<_>>() })
    }
}
