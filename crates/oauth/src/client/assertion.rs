//! Checks of a client's signed assertion, `private_key_jwt` (RFC 7523 §3, OpenID Connect Core §9), as a list of name, citation and
//! function. Pure: no network, no clock. The caller verifies the signature and that the `jti` is new.

use serde_json::{Map, Value};
use vestibule_jose::{Jws, KeySet, is_private, json};

/// Tolerated clock difference, in seconds.
pub(crate) const SKEW: i64 = 60;
/// Longest assertion that is parsed, in bytes.
const LONGEST: usize = 8192;
/// Longest lifetime, in seconds (RFC 7523 §3: the server may refuse an `exp` far in the future). Authlib uses an hour.
const LONGEST_LIFETIME: i64 = 3600;
/// Most keys of a key set.
const MOST_KEYS: usize = 10;
/// Largest key set that is registered or fetched, in bytes.
pub(crate) const LARGEST_KEY_SET: usize = 16 * 1024;

/// Claims of an assertion that passed the checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claims {
    /// `jti`
    pub id: String,
    /// `exp`, in seconds.
    pub expires: i64,
}

/// Parses an assertion without checking it.
pub(crate) fn read(jwt: &str) -> Result<Jws, String> {
    Jws::read(jwt, LONGEST).map_err(|error| error.to_string())
}

/// Client id that an assertion names, not verified.
pub(crate) fn subject(assertion: &Jws) -> Option<&str> {
    text(assertion.claims(), "sub")
}

/// What an assertion must match.
struct Expected<'a> {
    client_id: &'a str,
    audiences: &'a [String],
    /// Seconds since 1970.
    now: i64,
}

type Check = fn(&Jws, &Expected<'_>) -> Result<(), &'static str>;

/// Name, citation and function of each check, in order.
const CHECKS: [(&str, &str, Check); 7] = [
    ("crit", "RFC 7515 §4.1.11", |token, _| {
        token.check_critical().map_err(|_| "it has critical extensions")
    }),
    ("alg", "RFC 8725 §3.1", |token, _| {
        token.algorithm().map(drop).map_err(|_| "its alg must be RS256 or ES256")
    }),
    ("iss and sub", "RFC 7523 §3, 1 and 2", check_client),
    ("aud", "RFC 7523 §3, 3; RFC 7523bis §4", check_audience),
    ("exp", "RFC 7523 §3, 4", check_expiry),
    ("nbf and iat", "RFC 7523 §3, 5 and 6", check_start),
    ("jti", "RFC 7523 §3, 7; OpenID Connect Core §9", |token, _| id(token).map(drop)),
];

/// Checks everything but the signature of an assertion of this client; `now` in seconds.
///
/// # Errors
/// Description of the failed check, for the client.
pub(crate) fn check(
    assertion: &Jws,
    client_id: &str,
    audiences: &[String],
    now: i64,
) -> Result<Claims, &'static str> {
    let expected = Expected { client_id, audiences, now };
    for (check, specification, function) in CHECKS {
        function(assertion, &expected)
            .inspect_err(|_| tracing::debug!(check, specification, "oauth.assertion_check_failed"))?;
    }
    Ok(Claims { id: id(assertion)?.to_owned(), expires: expiry(assertion)? })
}

fn check_client(assertion: &Jws, expected: &Expected<'_>) -> Result<(), &'static str> {
    let is_client = |name: &str| text(assertion.claims(), name) == Some(expected.client_id);
    if is_client("iss") && is_client("sub") {
        Ok(())
    } else {
        Err("its iss and sub must both be the client_id")
    }
}

/// One audience, as a string: an assertion that is also for another server could be replayed by that server.
fn check_audience(assertion: &Jws, expected: &Expected<'_>) -> Result<(), &'static str> {
    let aud = text(assertion.claims(), "aud");
    if aud.is_some_and(|aud| expected.audiences.iter().any(|ours| ours == aud)) {
        return Ok(());
    }
    Err("its aud must be our issuer or this token endpoint, alone")
}

fn check_expiry(assertion: &Jws, expected: &Expected<'_>) -> Result<(), &'static str> {
    let (expires, now) = (expiry(assertion)?, expected.now);
    if expires <= now - SKEW {
        return Err("it has expired");
    }
    if expires > now + LONGEST_LIFETIME + SKEW {
        return Err("it is valid for more than an hour");
    }
    Ok(())
}

fn check_start(assertion: &Jws, expected: &Expected<'_>) -> Result<(), &'static str> {
    let start = seconds(assertion, "nbf").max(seconds(assertion, "iat"));
    if start.is_some_and(|start| start > expected.now + SKEW) { Err("it is not valid yet") } else { Ok(()) }
}

fn id(assertion: &Jws) -> Result<&str, &'static str> {
    text(assertion.claims(), "jti").filter(|id| (1..=256).contains(&id.len())).ok_or("its jti is missing")
}

fn expiry(assertion: &Jws) -> Result<i64, &'static str> {
    seconds(assertion, "exp").ok_or("its exp is missing")
}

/// Time claim in whole seconds.
fn seconds(assertion: &Jws, name: &str) -> Option<i64> {
    assertion.claims().get(name).and_then(Value::as_f64).map(|at| at as i64)
}

/// Parses a key set: one to ten public keys, at least one of them usable.
pub(crate) fn keys(jwks: &str) -> Result<KeySet, &'static str> {
    const NO_SET: &str = "it is not a JSON Web Key Set: {\"keys\": […]}";
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
        return Err("it contains a private key, which must stay secret");
    }
    let usable = KeySet::read(&set).map_err(|_| NO_SET)?;
    if keys.len() > MOST_KEYS || usable.is_empty() {
        return Err("it needs one to ten keys, of which one verifies RS256 or ES256");
    }
    Ok(usable)
}

/// Checks a key set before it is registered.
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
    fn only_a_valid_assertion_passes() {
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
        // RFC 7519 §4: parsers differ in which of two equal members counts.
        let twice = jwt.replace(
            jwt.split('.').nth(1).unwrap(),
            &URL_SAFE_NO_PAD.encode(claims().to_string().replacen('{', r#"{"sub":"other","#, 1)),
        );
        assert_eq!(verdict(&twice, &key), Err("the member sub is repeated".to_owned()));
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
