//! `private_key_jwt` (RFC 7523 §3, OpenID Connect Core §9): a client's signed assertion, judged as one list. Pure: no network,
//! no clock; whether its `jti` was used before is the store's to say.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use josekit::{
    jwk::Jwk,
    jws::{ES256, JwsVerifier, RS256},
};
use serde_json::{Map, Value};

/// What clocks may differ by, in seconds.
pub(crate) const SKEW: i64 = 60;
/// No honest assertion lives longer, in seconds (RFC 7523 §3: the server may refuse what is far in the future). Authlib gives an
/// hour; each counts once, however long it lives.
const LONGEST_LIFE: i64 = 3600;
/// Keys tried for one assertion.
const TRIED: usize = 10;

/// An assertion whose every claim fits; whether its client made it, its signature says.
#[derive(Debug)]
pub(crate) struct Unproven {
    pub id: String,
    /// Seconds.
    pub expires: i64,
    alg: String,
    key_id: Option<String>,
    signed: String,
    signature: Vec<u8>,
}

/// Who it says it is, not believed yet.
pub(crate) fn subject(jwt: &str) -> Option<String> {
    let claims = object(jwt.split('.').nth(1)?)?;
    Some(text(&claims, "sub")?.to_owned())
}

/// Reads an assertion that says it is this client's; `now` in seconds.
///
/// # Errors
/// Why it proves nothing, whoever signed it.
pub(crate) fn read(
    jwt: &str,
    client_id: &str,
    audiences: &[String],
    now: i64,
) -> Result<Unproven, &'static str> {
    if jwt.len() > 8192 {
        return Err("it is longer than 8 KiB");
    }
    let (signed, signature) = jwt.rsplit_once('.').ok_or("it is no JWT")?;
    let (header, claims) = signed.split_once('.').ok_or("it is no JWT")?;
    let header = object(header).ok_or("its header is no JSON object")?;
    let claims = object(claims).ok_or("its claims are no JSON object")?;
    // RFC 7515 §4.1.11: what must be understood and isn't.
    if header.contains_key("crit") {
        return Err("it has critical extensions");
    }
    let alg = text(&header, "alg").filter(|alg| ["RS256", "ES256"].contains(alg));
    let alg = alg.ok_or("its alg must be RS256 or ES256")?;
    if text(&claims, "iss") != Some(client_id) || text(&claims, "sub") != Some(client_id) {
        return Err("its iss and sub must both be the client_id");
    }
    // One audience, as a text: what is meant for another server too could be brought here by it (RFC 7523bis §4).
    if !text(&claims, "aud").is_some_and(|aud| audiences.iter().any(|ours| ours == aud)) {
        return Err("its aud must be our issuer or this token endpoint, alone");
    }
    let seconds = |name: &str| claims.get(name).and_then(Value::as_f64).map(|at| at as i64);
    let expires = seconds("exp").ok_or("its exp is missing")?;
    if expires <= now - SKEW {
        return Err("it has expired");
    }
    if expires > now + LONGEST_LIFE + SKEW {
        return Err("it lives longer than an hour");
    }
    if seconds("nbf").max(seconds("iat")).is_some_and(|begins| begins > now + SKEW) {
        return Err("it is not valid yet");
    }
    let id = text(&claims, "jti").filter(|id| (1..=256).contains(&id.len())).ok_or("its jti is missing")?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| "its signature is no base64url")?;
    Ok(Unproven {
        id: id.to_owned(),
        expires,
        alg: alg.to_owned(),
        key_id: text(&header, "kid").map(str::to_owned),
        signed: signed.to_owned(),
        signature,
    })
}

impl Unproven {
    /// Judges its signature by the client's keys.
    ///
    /// # Errors
    /// Why it proves nothing.
    pub(crate) fn prove(&self, jwks: &str) -> Result<(), &'static str> {
        let keys = keys(jwks).ok_or("the client has no keys here")?;
        let named = self.key_id.as_deref();
        let fits = keys
            .iter()
            .filter(|key| named.is_none() || text(key, "kid").is_none() || text(key, "kid") == named)
            .filter_map(|key| verifier(key, &self.alg))
            .take(TRIED)
            .any(|verifier| verifier.verify(self.signed.as_bytes(), &self.signature).is_ok());
        if fits { Ok(()) } else { Err("no registered key of the client made its signature") }
    }
}

/// Checks a key set about to be registered or used: public keys that verify RS256 or ES256.
///
/// # Errors
/// What is wrong with it.
pub fn check_keys(jwks: &str) -> Result<(), &'static str> {
    let keys = keys(jwks).ok_or("it is no JSON Web Key Set: {\"keys\": […]}")?;
    if keys.iter().any(|key| ["d", "p", "q", "k"].iter().any(|private| key.contains_key(*private))) {
        return Err("it holds a private key: leave those where they are");
    }
    let usable = |key: &Map<String, Value>| ["RS256", "ES256"].iter().any(|alg| verifier(key, alg).is_some());
    if keys.is_empty() || keys.len() > TRIED || !keys.iter().any(usable) {
        return Err("it needs one to ten keys, of which one verifies RS256 or ES256");
    }
    Ok(())
}

fn keys(jwks: &str) -> Option<Vec<Map<String, Value>>> {
    let set: Value = serde_json::from_str(jwks).ok()?;
    set.get("keys")?.as_array()?.iter().map(|key| key.as_object().cloned()).collect()
}

/// The algorithm is the token's, from the list; the key's record must be for it (RFC 8725 §3.1).
fn verifier(key: &Map<String, Value>, alg: &str) -> Option<Box<dyn JwsVerifier>> {
    let says = |name: &str, wanted: &str| key.get(name).is_none_or(|value| value.as_str() == Some(wanted));
    if !says("alg", alg) || !says("use", "sig") || text(key, "n").is_some_and(|modulus| modulus.len() > 1368)
    {
        return None;
    }
    let made_of = ["kty", "crv", "n", "e", "x", "y"];
    let bare = key.iter().filter(|(name, _)| made_of.contains(&name.as_str()));
    let jwk =
        Jwk::from_map(bare.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>()).ok()?;
    match alg {
        "RS256" => RS256.verifier_from_jwk(&jwk).ok().map(|verifier| Box::new(verifier) as _),
        _ => ES256.verifier_from_jwk(&jwk).ok().map(|verifier| Box::new(verifier) as _),
    }
}

fn object(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use josekit::{
        jwk::alg::ec::EcCurve,
        jws::{JwsHeader, serialize_compact},
    };
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_700_000_000;

    fn claims() -> Value {
        json!({
            "iss": "c", "sub": "c", "aud": "https://as.example", "exp": NOW + 60, "iat": NOW, "jti": "one",
        })
    }

    fn sign(key: &Jwk, claims: &Value, header: &JwsHeader) -> String {
        serialize_compact(claims.to_string().as_bytes(), header, &ES256.signer_from_jwk(key).unwrap())
            .unwrap()
    }

    fn verdict(jwt: &str, key: &Jwk) -> Result<Unproven, &'static str> {
        let jwks = json!({ "keys": [Value::Object(key.to_public_key().unwrap().as_ref().clone())] });
        let audiences = ["https://as.example".to_owned(), "https://as.example/oauth/token".to_owned()];
        let unproven = read(jwt, "c", &audiences, NOW)?;
        unproven.prove(&jwks.to_string()).map(|()| unproven)
    }

    #[test]
    fn one_that_fits_proves_its_client_and_no_other_does() {
        let key = Jwk::generate_ec_key(EcCurve::P256).unwrap();
        let header = JwsHeader::new();
        let jwt = sign(&key, &claims(), &header);
        let accepted = verdict(&jwt, &key).unwrap();
        assert_eq!((accepted.id.as_str(), accepted.expires), ("one", NOW + 60));
        assert_eq!(subject(&jwt).as_deref(), Some("c"));
        for (name, value) in [
            ("iss", json!("other")),
            ("sub", json!("other")),
            ("sub", Value::Null),
            ("aud", json!("https://other.example")),
            ("aud", json!(["https://as.example"])),
            ("aud", json!(["https://as.example", "https://other.example"])),
            ("exp", Value::Null),
            ("exp", json!(NOW - 61)),
            ("exp", json!(NOW + 3700)),
            ("exp", json!("soon")),
            ("nbf", json!(NOW + 120)),
            ("iat", json!(NOW + 120)),
            ("jti", Value::Null),
            ("jti", json!("")),
        ] {
            let mut changed = claims();
            changed[name] = value.clone();
            assert!(verdict(&sign(&key, &changed, &header), &key).is_err(), "{name} {value}");
        }
        let mut critical = JwsHeader::new();
        critical.set_claim("crit", Some(json!(["x"]))).ok();
        let other = Jwk::generate_ec_key(EcCurve::P256).unwrap();
        assert!(verdict(&sign(&other, &claims(), &header), &key).is_err());
        let none =
            format!("{}.{}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#), jwt.split('.').nth(1).unwrap());
        assert!(verdict(&none, &key).is_err());
        for nonsense in ["", ".", "..", "a.b.c", &jwt[..jwt.len() - 4]] {
            assert!(verdict(nonsense, &key).is_err(), "{nonsense}");
        }
    }

    #[test]
    fn only_public_keys_are_registered() {
        let key = Jwk::generate_ec_key(EcCurve::P256).unwrap();
        let set = |key: &Jwk| json!({ "keys": [Value::Object(key.as_ref().clone())] }).to_string();
        assert!(check_keys(&set(&key.to_public_key().unwrap())).is_ok());
        assert!(check_keys(&set(&key)).is_err());
        let symmetric = r#"{"keys":[{"kty":"oct","k":"AAAA"}]}"#;
        for nonsense in ["", "{}", r#"{"keys":[]}"#, r#"{"keys":[1]}"#, symmetric] {
            assert!(check_keys(nonsense).is_err(), "{nonsense}");
        }
    }
}
