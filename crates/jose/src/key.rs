//! One key of a JWK set (RFC 7517 §4). Accepts only sound public keys for RS256 and ES256, and keeps only their numbers and `kid`.

use std::ops::RangeInclusive;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use josekit::{
    jwk::Jwk,
    jws::{ES256, JwsVerifier, RS256},
};
use serde_json::{Map, Value};

use crate::Algorithm;

/// Bits of an RSA modulus. Shorter ones can be broken (RFC 7518 §3.3), longer ones make each check expensive.
const MODULUS_BITS: RangeInclusive<usize> = 2048..=8192;
/// Most bytes of an RSA exponent. The time of a check grows with its length.
const LONGEST_EXPONENT: usize = 4;
/// Bytes of a coordinate on P-256 (RFC 7518 §6.2.1.2).
const COORDINATE: usize = 32;
/// Most bytes of a `kid`.
const LONGEST_ID: usize = 256;
/// Members that only a private or a symmetric key has (RFC 7518 §6.2.2, §6.3.2, §6.4.1).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// A public key for one algorithm. Nothing else of the JWK is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    pub id: Option<String>,
    material: Material,
}

/// The numbers of the key, as base64url.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Material {
    Rsa { n: String, e: String },
    P256 { x: String, y: String },
}

/// Why a key is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unsound {
    /// `kty` or `crv` belongs to no algorithm that the service accepts.
    #[error("it is neither an RSA key nor one on P-256")]
    Type,
    /// It has a member that only private or symmetric keys have.
    #[error("it contains a private key")]
    Private,
    /// `alg`, `use` or `key_ops` says that the key is for something else (RFC 7517 §4.2 to §4.4).
    #[error("it is not for signatures by RS256 or ES256")]
    Purpose,
    /// `kid` is no text of at most 256 bytes.
    #[error("its kid is no text of at most 256 bytes")]
    Id,
    /// The modulus has less than 2048 or more than 8192 bits, or is even.
    #[error("its modulus does not have 2048 to 8192 bits")]
    Modulus,
    /// The exponent is even, 1, or longer than 4 bytes. With the exponent 1, anybody can sign.
    #[error("its exponent is even, not greater than 1, or longer than 4 bytes")]
    Exponent,
    /// A coordinate does not have 32 bytes.
    #[error("its coordinates do not have 32 bytes each")]
    Coordinates,
}

/// Whether a JWK has a member that only private or symmetric keys have.
pub fn is_private(jwk: &Map<String, Value>) -> bool {
    PRIVATE.iter().any(|member| jwk.contains_key(*member))
}

impl Key {
    /// Reads a JWK.
    ///
    /// # Errors
    /// [`Unsound`]: the key must not be used.
    pub fn read(jwk: &Map<String, Value>) -> Result<Self, Unsound> {
        if is_private(jwk) {
            return Err(Unsound::Private);
        }
        let material = match (text(jwk, "kty"), text(jwk, "crv")) {
            (Some("RSA"), _) => rsa(jwk)?,
            (Some("EC"), Some("P-256")) => {
                let coordinate = |name| {
                    let bytes = decode(jwk, name).filter(|bytes| bytes.len() == COORDINATE);
                    bytes.map(|bytes| URL_SAFE_NO_PAD.encode(bytes)).ok_or(Unsound::Coordinates)
                };
                Material::P256 { x: coordinate("x")?, y: coordinate("y")? }
            }
            _ => return Err(Unsound::Type),
        };
        let id = match jwk.get("kid") {
            None => None,
            Some(Value::String(id)) if id.len() <= LONGEST_ID => Some(id.clone()),
            Some(_) => return Err(Unsound::Id),
        };
        let key = Self { id, material };
        if is_for(jwk, key.algorithm()) { Ok(key) } else { Err(Unsound::Purpose) }
    }

    /// The only algorithm that the key may be used with (RFC 8725 §3.1).
    pub fn algorithm(&self) -> Algorithm {
        match self.material {
            Material::Rsa { .. } => Algorithm::Rs256,
            Material::P256 { .. } => Algorithm::Es256,
        }
    }

    /// The members that a public key of this type must have, in the order of their names (RFC 7638 §3.2).
    pub fn required_members(&self) -> Vec<(&'static str, &str)> {
        match &self.material {
            Material::Rsa { n, e } => vec![("e", e), ("kty", "RSA"), ("n", n)],
            Material::P256 { x, y } => vec![("crv", "P-256"), ("kty", "EC"), ("x", x), ("y", y)],
        }
    }

    /// Whether the key made this signature.
    pub fn made(&self, signing_input: &[u8], signature: &[u8]) -> bool {
        self.verifier().is_some_and(|verifier| verifier.verify(signing_input, signature).is_ok())
    }

    fn verifier(&self) -> Option<Box<dyn JwsVerifier>> {
        let (kty, members) = match &self.material {
            Material::Rsa { n, e } => ("RSA", [("n", n.as_str()), ("e", e)]),
            Material::P256 { x, y } => ("EC", [("x", x.as_str()), ("y", y)]),
        };
        let mut jwk = Jwk::new(kty);
        if kty == "EC" {
            jwk.set_curve("P-256");
        }
        for (name, value) in members {
            jwk.set_parameter(name, Some(value.into())).ok()?;
        }
        match self.algorithm() {
            Algorithm::Rs256 => Some(Box::new(RS256.verifier_from_jwk(&jwk).ok()?)),
            Algorithm::Es256 => Some(Box::new(ES256.verifier_from_jwk(&jwk).ok()?)),
        }
    }

    /// How much memory the key takes, in bytes.
    pub fn bytes(&self) -> usize {
        let (Material::Rsa { n: first, e: second } | Material::P256 { x: first, y: second }) = &self.material;
        size_of::<Self>() + self.id.as_ref().map_or(0, String::len) + first.len() + second.len()
    }
}

fn text<'a>(jwk: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    jwk.get(name).and_then(Value::as_str)
}

fn decode(jwk: &Map<String, Value>, name: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text(jwk, name)?).ok()
}

/// Checks that only the owner of an RSA key can sign with it, and that a check is cheap.
fn rsa(jwk: &Map<String, Value>) -> Result<Material, Unsound> {
    // Leading zeros are dropped, because there could be any number of them.
    let number = |name| {
        let bytes = decode(jwk, name)?;
        Some(bytes.into_iter().skip_while(|byte| *byte == 0).collect::<Vec<u8>>())
    };
    let is_odd = |number: &[u8]| number.last().is_some_and(|byte| byte % 2 == 1);
    let modulus = number("n").ok_or(Unsound::Modulus)?;
    let leading = modulus.first().map_or(0, |byte| byte.leading_zeros() as usize);
    if !MODULUS_BITS.contains(&(modulus.len() * 8 - leading)) || !is_odd(&modulus) {
        return Err(Unsound::Modulus);
    }
    let exponent = number("e").ok_or(Unsound::Exponent)?;
    if exponent.len() > LONGEST_EXPONENT || !is_odd(&exponent) || exponent == [1] {
        return Err(Unsound::Exponent);
    }
    Ok(Material::Rsa { n: URL_SAFE_NO_PAD.encode(modulus), e: URL_SAFE_NO_PAD.encode(exponent) })
}

/// Whether the JWK may verify signatures of this algorithm: its members `alg`, `use` and `key_ops` say so or are missing.
fn is_for(jwk: &Map<String, Value>, algorithm: Algorithm) -> bool {
    let says = |name: &str, wanted: &str| jwk.get(name).is_none_or(|value| value.as_str() == Some(wanted));
    let verifies = match jwk.get("key_ops") {
        None => true,
        Some(Value::Array(operations)) => operations.iter().any(|operation| operation == "verify"),
        Some(_) => false,
    };
    says("alg", algorithm.as_str()) && says("use", "sig") && verifies
}

#[cfg(test)]
mod tests {
    use josekit::jwk::alg::ec::EcCurve;
    use serde_json::json;

    use super::*;

    fn number(bytes: &[u8]) -> Value {
        URL_SAFE_NO_PAD.encode(bytes).into()
    }

    fn modulus(bytes: usize) -> Vec<u8> {
        vec![0xff; bytes]
    }

    fn read(jwk: &Value) -> Result<Key, Unsound> {
        Key::read(jwk.as_object().unwrap())
    }

    #[test]
    fn only_sound_public_keys_are_kept() {
        let rsa = json!({ "kty": "RSA", "kid": "a", "n": number(&modulus(256)), "e": "AQAB" });
        let ec = json!({ "kty": "EC", "crv": "P-256", "x": number(&[1; 32]), "y": number(&[2; 32]) });
        assert_eq!(read(&rsa).unwrap().algorithm(), Algorithm::Rs256);
        assert_eq!(read(&ec).unwrap().algorithm(), Algorithm::Es256);
        let even = [modulus(255), vec![0xfe]].concat();
        let (small, large) = ([vec![0x7f], modulus(255)].concat(), [vec![1], modulus(1024)].concat());
        for (key, name, value, expected) in [
            (&rsa, "alg", json!("RS256"), Ok(())),
            (&rsa, "use", json!("sig"), Ok(())),
            (&rsa, "key_ops", json!(["sign", "verify"]), Ok(())),
            (&rsa, "kid", Value::Null, Ok(())),
            (&rsa, "n", number(&modulus(1024)), Ok(())),
            (&rsa, "n", number(&[vec![0; 9], modulus(256)].concat()), Ok(())),
            (&rsa, "e", json!("Aw"), Ok(())),
            (&rsa, "x5c", json!(["AA"]), Ok(())),
            (&rsa, "alg", json!("RS512"), Err(Unsound::Purpose)),
            (&rsa, "alg", json!("ES256"), Err(Unsound::Purpose)),
            (&rsa, "alg", json!(["RS256"]), Err(Unsound::Purpose)),
            (&rsa, "use", json!("enc"), Err(Unsound::Purpose)),
            (&rsa, "key_ops", json!(["encrypt"]), Err(Unsound::Purpose)),
            (&rsa, "key_ops", json!("verify"), Err(Unsound::Purpose)),
            (&rsa, "kty", json!("oct"), Err(Unsound::Type)),
            (&rsa, "kty", Value::Null, Err(Unsound::Type)),
            (&rsa, "kid", json!(1), Err(Unsound::Id)),
            (&rsa, "kid", json!("k".repeat(257)), Err(Unsound::Id)),
            (&rsa, "n", Value::Null, Err(Unsound::Modulus)),
            (&rsa, "n", json!("!"), Err(Unsound::Modulus)),
            (&rsa, "n", number(&small), Err(Unsound::Modulus)),
            (&rsa, "n", number(&large), Err(Unsound::Modulus)),
            (&rsa, "n", number(&even), Err(Unsound::Modulus)),
            (&rsa, "n", number(&[0; 256]), Err(Unsound::Modulus)),
            (&rsa, "e", Value::Null, Err(Unsound::Exponent)),
            (&rsa, "e", json!(65_537), Err(Unsound::Exponent)),
            (&rsa, "e", json!(""), Err(Unsound::Exponent)),
            (&rsa, "e", json!("AQ"), Err(Unsound::Exponent)),
            (&rsa, "e", json!("AAAAAQ"), Err(Unsound::Exponent)),
            (&rsa, "e", json!("AQAA"), Err(Unsound::Exponent)),
            (&rsa, "e", number(&[1, 0, 0, 0, 1]), Err(Unsound::Exponent)),
            (&rsa, "e", number(&modulus(375)), Err(Unsound::Exponent)),
            (&rsa, "d", json!("AA"), Err(Unsound::Private)),
            (&ec, "d", json!("AA"), Err(Unsound::Private)),
            (&ec, "k", json!("AA"), Err(Unsound::Private)),
            (&ec, "crv", json!("P-384"), Err(Unsound::Type)),
            (&ec, "crv", json!("secp256k1"), Err(Unsound::Type)),
            (&ec, "crv", Value::Null, Err(Unsound::Type)),
            (&ec, "x", number(&[1; 31]), Err(Unsound::Coordinates)),
            (&ec, "y", number(&[1; 33]), Err(Unsound::Coordinates)),
            (&ec, "alg", json!("RS256"), Err(Unsound::Purpose)),
        ] {
            let mut changed = key.clone();
            if value.is_null() {
                changed.as_object_mut().unwrap().remove(name);
            } else {
                changed[name] = value.clone();
            }
            assert_eq!(read(&changed).map(drop), expected, "{name} = {value:.80}");
        }
    }

    #[test]
    fn only_what_makes_the_key_is_kept() {
        let mut jwk = json!({ "kty": "RSA", "kid": "a", "n": number(&modulus(256)), "e": "AQAB" });
        let plain = read(&jwk).unwrap();
        jwk["x5c"] = json!(["x".repeat(100_000)]);
        jwk["n"] = number(&[vec![0; 100_000], modulus(256)].concat());
        assert_eq!(read(&jwk).unwrap(), plain);
        assert!(plain.bytes() < 600, "{}", plain.bytes());
    }

    #[test]
    fn a_point_that_is_not_on_the_curve_makes_no_signature() {
        let real = Jwk::generate_ec_key(EcCurve::P256).unwrap().to_public_key().unwrap();
        assert!(Key::read(real.as_ref()).unwrap().verifier().is_some());
        let none = json!({ "kty": "EC", "crv": "P-256", "x": number(&[1; 32]), "y": number(&[2; 32]) });
        assert!(read(&none).unwrap().verifier().is_none());
        assert!(!read(&none).unwrap().made(b"a", &[0; 64]));
    }
}
