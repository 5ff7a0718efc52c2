//! Verifies a JWS by the public key in its own header, as proofs of possession carry it (RFC 9449 §4.2). That proves that the sender has the
//! private key, and nothing else: what the key means is in its thumbprint (RFC 7638), which a token is bound to.

use serde_json::{Value, json};

use crate::{Jws, SignatureError, Unsound, key::Key};

/// The public key of a JWS header.
#[derive(Debug, Clone)]
pub struct OwnKey(Key);

/// Why the key in a header is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoOwnKey {
    /// There is no `jwk`, or it is no object.
    #[error("its header has no jwk")]
    Missing,
    /// The key must not be used.
    #[error("its jwk is not accepted: {0}")]
    Unsound(#[from] Unsound),
}

impl OwnKey {
    /// Reads `jwk` of the header (RFC 7515 §4.1.3).
    ///
    /// # Errors
    /// [`NoOwnKey`].
    pub fn of(jws: &Jws) -> Result<Self, NoOwnKey> {
        match jws.header().get("jwk") {
            Some(Value::Object(jwk)) => Ok(Self(Key::read(jwk)?)),
            _ => Err(NoOwnKey::Missing),
        }
    }

    /// What the thumbprint of the key is made of: its required members in the order of their names, without spaces (RFC 7638 §3.2, §3.3).
    pub fn thumbprint_input(&self) -> String {
        let members = self.0.required_members().into_iter();
        Value::Object(members.map(|(name, value)| (name.to_owned(), json!(value))).collect()).to_string()
    }

    /// Whether the key made the signature, by the algorithm that the header names.
    ///
    /// # Errors
    /// [`SignatureError`].
    pub fn verify(&self, jws: &Jws) -> Result<(), SignatureError> {
        jws.check_critical()?;
        if jws.algorithm()? != self.0.algorithm() {
            return Err(SignatureError::NoKey);
        }
        match self.0.made(jws.signing_input(), jws.signature()) {
            true => Ok(()),
            false => Err(SignatureError::Mismatch(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

    use super::*;

    fn header(jwk: &Value) -> Jws {
        let header = json!({ "alg": "RS256", "jwk": jwk }).to_string();
        Jws::read(&format!("{}.e30.AA", URL_SAFE_NO_PAD.encode(header)), 8192).unwrap()
    }

    #[test]
    fn the_input_of_the_thumbprint_is_that_of_the_specification() {
        // RFC 7638 §3.1.
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs\
                 tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbO\
                 pbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let key = json!({ "kty": "RSA", "n": n, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29" });
        let input = OwnKey::of(&header(&key)).unwrap().thumbprint_input();
        assert_eq!(input, format!(r#"{{"e":"AQAB","kty":"RSA","n":"{n}"}}"#));
    }

    #[test]
    fn a_private_or_missing_key_is_refused() {
        assert_eq!(OwnKey::of(&header(&Value::Null)).map(drop), Err(NoOwnKey::Missing));
        let private = json!({ "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "d": "AA" });
        assert_eq!(OwnKey::of(&header(&private)).map(drop), Err(Unsound::Private.into()));
        let symmetric = json!({ "kty": "oct", "k": "AAAA" });
        assert_eq!(OwnKey::of(&header(&symmetric)).map(drop), Err(Unsound::Private.into()));
    }
}
