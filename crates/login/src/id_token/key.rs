//! Which published key may have signed, and whether it did. The algorithm is the token's, from the list, and must be what
//! the key's own record is for (RFC 8725 §3.1); `jwk`, `jku`, `x5u` and `x5c` of the token are not looked at.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use josekit::{
    jwk::Jwk,
    jws::{ES256, JwsVerifier, RS256},
};
use serde_json::{Map, Value};

use super::{Judgement, token::Token};

/// Keys tried for one token: a set whose keys carry no or all the same id must not cost without end.
const TRIED: usize = 20;
/// Bits of an RSA modulus: shorter ones are broken (RFC 7518 §3.3), longer ones cost without end.
const MODULUS: std::ops::RangeInclusive<usize> = 2048..=8192;
/// Bytes of an exponent. One is 3 at least, and odd: under the exponent 1 everybody signs.
const LONGEST_EXPONENT: usize = 4;

pub(super) fn signature(token: &Token<'_>, keys: &[Map<String, Value>]) -> Judgement {
    let named = match token.header.get("kid") {
        None => None,
        Some(Value::String(kid)) => Some(kid.as_str()),
        Some(_) => return Err("kid is no text".to_owned()),
    };
    let Some(alg @ ("RS256" | "ES256")) = text(&token.header, "alg") else {
        return Err("nothing verifies a signature of this alg".to_owned());
    };
    let mut fitting = keys
        .iter()
        .filter(|key| named.is_none() || text(key, "kid") == named)
        .filter(|key| fits(key, alg))
        .filter_map(|key| verifier(key, alg))
        .take(TRIED)
        .peekable();
    if fitting.peek().is_none() {
        return Err("the issuer publishes no signature key that fits its kid and alg".to_owned());
    }
    match fitting.any(|verifier| verifier.verify(token.signed.as_bytes(), &token.signature).is_ok()) {
        true => Ok(true),
        false => Err("no published key of the issuer made this signature".to_owned()),
    }
}

/// What the key's record says it is for (RFC 7517 §4): type, `alg`, `use`, `key_ops`. A symmetric key fits nothing.
fn fits(key: &Map<String, Value>, alg: &str) -> bool {
    let kind = match alg {
        "RS256" => text(key, "kty") == Some("RSA") && is_sound(key),
        _ => text(key, "kty") == Some("EC") && text(key, "crv") == Some("P-256"),
    };
    let says = |name: &str, wanted: &str| key.get(name).is_none_or(|value| value.as_str() == Some(wanted));
    let verifies = match key.get("key_ops") {
        None => true,
        Some(Value::Array(uses)) => uses.iter().any(|one| one == "verify"),
        Some(_) => false,
    };
    kind && says("alg", alg) && says("use", "sig") && verifies
}

fn verifier(key: &Map<String, Value>, alg: &str) -> Option<Box<dyn JwsVerifier>> {
    // Only what makes the key: its record has been looked at.
    let made_of = ["kty", "crv", "n", "e", "x", "y"];
    let bare = key.iter().filter(|(name, _)| made_of.contains(&name.as_str()));
    let bare: Map<String, Value> = bare.map(|(name, value)| (name.clone(), value.clone())).collect();
    let jwk = Jwk::from_map(bare).ok()?;
    match alg {
        "RS256" => RS256.verifier_from_jwk(&jwk).ok().map(|verifier| Box::new(verifier) as _),
        _ => ES256.verifier_from_jwk(&jwk).ok().map(|verifier| Box::new(verifier) as _),
    }
}

fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str)
}

/// Whether the numbers of an RSA key are such that only its owner signs with it.
fn is_sound(key: &Map<String, Value>) -> bool {
    let number = |name: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(text(key, name)?).ok()?;
        Some(bytes.into_iter().skip_while(|byte| *byte == 0).collect::<Vec<u8>>())
    };
    let (Some(modulus), Some(exponent)) = (number("n"), number("e")) else { return false };
    let leading = modulus.first().map_or(0, |byte| byte.leading_zeros() as usize);
    let odd = exponent.last().is_some_and(|byte| byte % 2 == 1);
    MODULUS.contains(&(modulus.len() * 8 - leading))
        && exponent.len() <= LONGEST_EXPONENT
        && odd
        && exponent != [1]
}
