//! `private_key_jwt` (RFC 7523 §3, OpenID Connect Core §9): the claims of a client's signed assertion, judged as one list. Pure: no
//! network, no clock. The signature is checked by the caller, and whether its `jti` was used before is the store's to say.

use serde_json::{Map, Value};
use vestibule_jose::{Jws, KeySet, is_private, json};

/// How far clocks may differ, in seconds.
pub(crate) const SKEW: i64 = 60;
/// The longest assertion that is read, in bytes.
const LONGEST: usize = 8192;
/// No honest assertion lives longer, in seconds (RFC 7523 §3: the server may refuse what is far in the future). Authlib gives an
/// hour; each counts once, however long it lives.
const LONGEST_LIFE: i64 = 3600;
/// Keys of a set that is registered.
const MOST_KEYS: usize = 10;
/// The longest key set that is registered or fetched, in bytes.
pub(crate) const LARGEST_KEY_SET: usize = 16 * 1024;

/// What an assertion says that fits its client. Its signature says whether the client made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claims {
    /// `jti`
    pub id: String,
    /// `exp`, in seconds.
    pub expires: i64,
}

/// Reads an assertion without believing it.
///
/// # Errors
/// One sentence.
pub(crate) fn read(jwt: &str) -> Result<Jws, String> {
    Jws::read(jwt, LONGEST).map_err(|error| error.to_string())
}

/// The client that an assertion names, not believed yet.
pub(crate) fn subject(assertion: &Jws) -> Option<&str> {
    text(assertion.claims(), "sub")
}

/// Checks everything but the signature of an assertion that is to be this client's; `now` in seconds.
///
/// # Errors
/// Why it proves nothing, whoever signed it.
pub(crate) fn check(
    assertion: &Jws,
    client_id: &str,
    audiences: &[String],
    now: i64,
) -> Result<Claims, &'static str> {
    // RFC 7515 §4.1.11
    assertion.check_critical().map_err(|_| "it has critical extensions")?;
    assertion.algorithm().map_err(|_| "its alg must be RS256 or ES256")?;
    let claims = assertion.claims();
    if text(claims, "iss") != Some(client_id) || text(claims, "sub") != Some(client_id) {
        return Err("its iss and sub must both be the client_id");
    }
    // One audience, as a text: what is meant for another server too could be brought here by it (RFC 7523bis §4).
    if !text(claims, "aud").is_some_and(|aud| audiences.iter().any(|ours| ours == aud)) {
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
    let id = text(claims, "jti").filter(|id| (1..=256).contains(&id.len())).ok_or("its jti is missing")?;
    Ok(Claims { id: id.to_owned(), expires })
}

/// Reads a key set about to be registered or used: one to ten public keys, of which one is sound.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn keys(jwks: &str) -> Result<KeySet, &'static str> {
    const NO_SET: &str = "it is no JSON Web Key Set: {\"keys\": […]}";
    if jwks.len() > LARGEST_KEY_SET {
        return Err("it is longer than 16 KiB");
    }
    let set = json::strict(jwks.as_bytes()).map_err(|_| NO_SET)?;
    let keys: Option<Vec<&Map<String, Value>>> = set
        .get("keys")
        .and_then(Value::as_array)
        .and_then(|keys| keys.iter().map(Value::as_object).collect());
    let keys = keys.ok_or(NO_SET)?;
    if keys.iter().any(|key| is_private(key)) {
        return Err("it holds a private key: leave those where they are");
    }
    let sound = KeySet::read(&set).map_err(|_| NO_SET)?;
    if keys.len() > MOST_KEYS || sound.is_empty() {
        return Err("it needs one to ten keys, of which one verifies RS256 or ES256");
    }
    Ok(sound)
}

/// Checks a key set about to be registered.
///
/// # Errors
/// What is wrong with it.
pub fn check_keys(jwks: &str) -> Result<(), &'static str> {
    keys(jwks).map(drop)
}

fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use josekit::{
        jwk::{Jwk, alg::ec::EcCurve},
        jws::{ES256, JwsHeader, serialize_compact},
    };
    use serde_json::json;
    use vestibule_jose::verify;

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

    fn verdict(jwt: &str, key: &Jwk) -> Result<Claims, String> {
        let jwks = json!({ "keys": [Value::Object(key.to_public_key().unwrap().as_ref().clone())] });
        let audiences = ["https://as.example".to_owned(), "https://as.example/oauth/token".to_owned()];
        let assertion = read(jwt)?;
        let claims = check(&assertion, "c", &audiences, NOW)?;
        verify(&assertion, &keys(&jwks.to_string())?).map_err(|error| error.to_string())?;
        Ok(claims)
    }

    #[test]
    fn one_that_fits_proves_its_client_and_no_other_does() {
        let key = Jwk::generate_ec_key(EcCurve::P256).unwrap();
        let header = JwsHeader::new();
        let jwt = sign(&key, &claims(), &header);
        assert_eq!(verdict(&jwt, &key), Ok(Claims { id: "one".to_owned(), expires: NOW + 60 }));
        assert_eq!(subject(&read(&jwt).unwrap()), Some("c"));
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
        // RFC 7519 §4: which of two members counts differs between readers.
        let twice = jwt.replace(
            jwt.split('.').nth(1).unwrap(),
            &URL_SAFE_NO_PAD.encode(claims().to_string().replacen('{', r#"{"sub":"other","#, 1)),
        );
        assert_eq!(verdict(&twice, &key), Err("the member sub stands twice".to_owned()));
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
        let repeated = r#"{"keys":[],"keys":[]}"#;
        for nonsense in
            ["", "{}", r#"{"keys":[]}"#, r#"{"keys":[1]}"#, symmetric, repeated, &"x".repeat(20_000)]
        {
            assert!(check_keys(nonsense).is_err(), "{nonsense:.60}");
        }
        let many = vec![Value::Object(key.to_public_key().unwrap().as_ref().clone()); 11];
        assert!(check_keys(&json!({ "keys": many }).to_string()).is_err());
    }
}
