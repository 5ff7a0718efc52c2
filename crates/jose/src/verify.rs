//! Checks a signature with a set of keys. The keys come from a source that the caller trusts (a stored issuer, a registered client),
//! never from the token: its `jwk`, `jku`, `x5u` and `x5c` are not read (RFC 8725 §3.10).

use crate::{Jws, KeySet, key::Key};

/// Most keys that are tried for one token. Limits the cost of a check when keys have no id, or all have the same.
pub const MOST_TRIED: usize = 20;

/// Why a signature is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The header has `crit` (RFC 7515 §4.1.11).
    #[error("it has critical extensions")]
    Critical,
    /// `alg` is missing or not supported (RFC 8725 §3.1).
    #[error("alg must be RS256 or ES256")]
    Algorithm,
    /// `kid` is no text (RFC 7515 §4.1.4).
    #[error("kid is no text")]
    KeyId,
    /// The set has no key of this `kid` and `alg`.
    #[error("the issuer publishes no signature key that matches its kid and alg")]
    NoKey,
    /// None of the tried keys made the signature. Contains how many were tried.
    #[error("the signature matches no published key of the issuer")]
    Mismatch(usize),
}

impl SignatureError {
    /// How many keys were tried.
    pub fn tried(self) -> usize {
        match self {
            SignatureError::Mismatch(tried) => tried,
            _ => 0,
        }
    }
}

/// Verifies the signature of a token (RFC 7515 §5.2). Returns how many keys were tried.
///
/// The token's `alg` selects the algorithm, and each key is used only with its own algorithm (RFC 8725 §3.1). If the token has a `kid`,
/// the keys with that id are tried first, then those without an id, and no others.
///
/// # Errors
/// [`SignatureError`].
pub fn verify(jws: &Jws, keys: &KeySet) -> Result<usize, SignatureError> {
    jws.check_critical()?;
    let (algorithm, id) = (jws.algorithm()?, jws.key_id()?);
    let of_algorithm = || keys.keys().iter().filter(move |key| key.algorithm() == algorithm);
    let fitting: Vec<&Key> = match id {
        None => of_algorithm().take(MOST_TRIED).collect(),
        Some(_) => {
            let named = of_algorithm().filter(|key| key.id.as_deref() == id);
            named.chain(of_algorithm().filter(|key| key.id.is_none())).take(MOST_TRIED).collect()
        }
    };
    if fitting.is_empty() {
        return Err(SignatureError::NoKey);
    }
    let made = fitting.iter().position(|key| key.made(jws.signing_input(), jws.signature()));
    made.map(|at| at + 1).ok_or(SignatureError::Mismatch(fitting.len()))
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use josekit::{
        jwk::{Jwk, alg::ec::EcCurve},
        jws::{ES256, JwsSigner},
    };
    use serde_json::{Value, json};

    use super::*;

    fn sign(key: &Jwk, header: &Value) -> Jws {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let input = format!("{}.{}", part(header), part(&json!({ "sub": "a" })));
        let signature = ES256.signer_from_jwk(key).unwrap().sign(input.as_bytes()).unwrap();
        Jws::read(&format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature)), 4096).unwrap()
    }

    fn new_key(id: Option<&str>) -> Jwk {
        let mut key = Jwk::generate_ec_key(EcCurve::P256).unwrap();
        if let Some(id) = id {
            key.set_key_id(id);
        }
        key
    }

    fn set(keys: &[&Jwk]) -> KeySet {
        let public = |key: &&Jwk| {
            let mut public = key.to_public_key().unwrap();
            if let Some(id) = key.key_id() {
                public.set_key_id(id);
            }
            Value::Object(public.as_ref().clone())
        };
        let keys: Vec<Value> = keys.iter().map(public).collect();
        KeySet::read(&json!({ "keys": keys })).unwrap()
    }

    #[test]
    fn the_key_that_is_named_counts_and_those_without_a_name() {
        let (one, two, nameless) = (new_key(Some("1")), new_key(Some("2")), new_key(None));
        let (by_one, by_nobody) = (json!({ "alg": "ES256", "kid": "1" }), json!({ "alg": "ES256" }));
        let all = set(&[&nameless, &two, &one]);
        assert_eq!(verify(&sign(&one, &by_one), &all), Ok(1), "its own first");
        assert_eq!(verify(&sign(&nameless, &by_one), &all), Ok(2));
        assert_eq!(verify(&sign(&two, &by_one), &all), Err(SignatureError::Mismatch(2)));
        assert_eq!(verify(&sign(&one, &by_nobody), &all), Ok(3), "no kid: every key is tried");
        assert_eq!(verify(&sign(&one, &by_one), &set(&[&two])), Err(SignatureError::NoKey));
        assert_eq!(verify(&sign(&one, &by_one), &KeySet::default()), Err(SignatureError::NoKey));
    }

    #[test]
    fn at_most_twenty_keys_are_tried() {
        let (stranger, keys) = (new_key(None), (0..30).map(|_| new_key(Some("same"))).collect::<Vec<_>>());
        let all = set(&keys.iter().collect::<Vec<_>>());
        assert_eq!(all.len(), 30);
        for header in [json!({ "alg": "ES256" }), json!({ "alg": "ES256", "kid": "same" })] {
            assert_eq!(
                verify(&sign(&stranger, &header), &all),
                Err(SignatureError::Mismatch(20)),
                "{header}"
            );
            assert_eq!(
                verify(&sign(&keys[25], &header), &all),
                Err(SignatureError::Mismatch(20)),
                "{header}"
            );
        }
    }

    #[test]
    fn each_check_refuses_a_token_that_fails_it() {
        let key = new_key(Some("1"));
        let keys = set(&[&key]);
        for (header, error) in [
            (json!({ "alg": "ES256", "crit": ["b64"] }), SignatureError::Critical),
            (json!({ "alg": "ES256", "crit": [] }), SignatureError::Critical),
            (json!({ "alg": "none" }), SignatureError::Algorithm),
            (json!({ "alg": "HS256" }), SignatureError::Algorithm),
            (json!({}), SignatureError::Algorithm),
            (json!({ "alg": "RS256" }), SignatureError::NoKey),
            (json!({ "alg": "ES256", "kid": 1 }), SignatureError::KeyId),
            (json!({ "alg": "ES256", "kid": "2" }), SignatureError::NoKey),
        ] {
            assert_eq!(verify(&sign(&key, &header), &keys), Err(error), "{header}");
        }
        // RFC 8725 §3.10: a key in the token's header is ignored.
        let stranger = new_key(Some("1"));
        let own = Value::Object(stranger.to_public_key().unwrap().as_ref().clone());
        let brings = json!({ "alg": "ES256", "jwk": own, "jku": "https://evil.example/" });
        assert_eq!(verify(&sign(&stranger, &brings), &keys), Err(SignatureError::Mismatch(1)));
    }
}
