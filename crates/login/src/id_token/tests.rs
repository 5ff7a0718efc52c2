//! A valid token, and one line per invalid variant, which names the check that must fail.

use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use josekit::{
    jwk::{Jwk, alg::ec::EcCurve},
    jws::{ES256, HS256, JwsSigner, RS256},
};
use serde_json::{Map, Value, json};

use super::*;

const NOW: i64 = 1_800_000_000;

struct Keys {
    rsa: Jwk,
    ec: Jwk,
    other: Jwk,
}

static KEYS: LazyLock<Keys> = LazyLock::new(|| Keys {
    rsa: Jwk::generate_rsa_key(2048).unwrap(),
    ec: Jwk::generate_ec_key(EcCurve::P256).unwrap(),
    other: Jwk::generate_rsa_key(2048).unwrap(),
});

#[derive(Clone, Copy, PartialEq)]
enum Signer {
    Rsa,
    Ec,
    Other,
    Hmac,
    Nothing,
}

/// Token and keys of one case: each line of the tables changes something.
struct Case {
    header: Map<String, Value>,
    claims: Map<String, Value>,
    signer: Signer,
    keys: Vec<Map<String, Value>>,
    max_age: Option<i64>,
    /// Changes the text of header and payload before signing.
    rewrite: fn(String, String) -> (String, String),
    /// Changes the signed token.
    corrupt: fn(String) -> String,
}

fn public(jwk: &Jwk, more: Value) -> Map<String, Value> {
    let mut key = jwk.to_public_key().unwrap().as_ref().clone();
    key.extend(more.as_object().unwrap().clone());
    key
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn half(text: &str) -> String {
    use sha2::{Digest, Sha256};
    URL_SAFE_NO_PAD.encode(&Sha256::digest(text)[..16])
}

/// Replaces the signature by the padded hash itself (RFC 8017 §9.2), which a key with exponent 1 would verify.
fn with_padded_hash(token: String) -> String {
    use sha2::{Digest, Sha256};
    let message = token.rsplit_once('.').unwrap().0;
    let info = [0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20];
    let padding = vec![0xff; 256 - 3 - info.len() - 32];
    let signature = [&[0, 1], padding.as_slice(), &[0], &info, &Sha256::digest(message)].concat();
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

impl Case {
    fn valid() -> Self {
        let signing_keys = &*KEYS;
        Self {
            header: object(json!({ "kid": "one", "alg": "RS256" })),
            claims: object(json!({
                "iss": "https://acme.okta.com", "aud": "client", "sub": "00u1", "nonce": "n",
                "iat": NOW, "exp": NOW + 3600, "auth_time": NOW - 30, "at_hash": half("access"),
            })),
            signer: Signer::Rsa,
            keys: vec![
                public(&signing_keys.other, json!({ "kid": "enc", "use": "enc" })),
                public(&signing_keys.rsa, json!({ "kid": "one", "alg": "RS256", "use": "sig" })),
                public(&signing_keys.ec, json!({ "kid": "two", "use": "sig" })),
                object(
                    json!({ "kty": "oct", "kid": "oct", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0" }),
                ),
                object(json!({ "kty": "OKP", "crv": "Ed25519", "kid": "foreign", "x": "AA" })),
            ],
            max_age: None,
            rewrite: |header, claims| (header, claims),
            corrupt: |token| token,
        }
    }

    fn header(&mut self, name: &str, value: Value) {
        put(&mut self.header, name, value);
    }

    fn claim(&mut self, name: &str, value: Value) {
        put(&mut self.claims, name, value);
    }

    fn key(&mut self, name: &str, value: Value) {
        put(&mut self.keys[1], name, value);
    }

    fn report(&self) -> Report {
        self.verify(&self.compact())
    }

    fn compact(&self) -> String {
        let texts = (self.rewrite)(
            Value::Object(self.header.clone()).to_string(),
            Value::Object(self.claims.clone()).to_string(),
        );
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(texts.0), URL_SAFE_NO_PAD.encode(texts.1));
        let signing_keys = &*KEYS;
        let sign = |signer: &dyn JwsSigner| signer.sign(message.as_bytes()).unwrap();
        let signature = match self.signer {
            Signer::Rsa => sign(&RS256.signer_from_jwk(&signing_keys.rsa).unwrap()),
            Signer::Ec => sign(&ES256.signer_from_jwk(&signing_keys.ec).unwrap()),
            Signer::Other => sign(&RS256.signer_from_jwk(&signing_keys.other).unwrap()),
            Signer::Hmac => sign(&HS256.signer_from_bytes(b"secretsecretsecretsecretsecretse").unwrap()),
            Signer::Nothing => Vec::new(),
        };
        (self.corrupt)(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    fn verify(&self, token: &str) -> Report {
        let expected = Expected {
            issuer: "https://acme.okta.com".to_owned(),
            client_id: "client".to_owned(),
            tenant: Tenant::Issuer,
            nonce: "n".to_owned(),
            access_token: "access".to_owned(),
            code: "code".to_owned(),
            started_at: NOW - 60,
            max_age: self.max_age,
            now: NOW,
        };
        verify_token(token, &KeySet::read(&json!({ "keys": self.keys })).unwrap(), &expected)
    }
}

/// Sets a member; null removes it.
fn put(object: &mut Map<String, Value>, name: &str, value: Value) {
    if value.is_null() {
        object.shift_remove(name);
    } else {
        object.insert(name.to_owned(), value);
    }
}

type Change = fn(&mut Case);

#[test]
fn a_valid_token_passes_every_check() {
    let valid: [(&str, Change); 28] = [
        ("unchanged", |_| {}),
        ("typ JWT", |it| it.header("typ", json!("JWT"))),
        ("typ jwt", |it| it.header("typ", json!("jwt"))),
        ("an ES256 key", |it| {
            it.header = object(json!({ "kid": "two", "alg": "ES256" }));
            it.signer = Signer::Ec;
        }),
        ("no kid: every matching key is tried", |it| it.header("kid", Value::Null)),
        ("two keys of one id", |it| {
            let mut twin = public(&KEYS.other, json!({ "kid": "one", "use": "sig" }));
            std::mem::swap(&mut twin, &mut it.keys[0]);
        }),
        ("a key without an id", |it| it.keys = vec![public(&KEYS.rsa, json!({}))]),
        ("a key without alg and use", |it| it.keys = vec![public(&KEYS.rsa, json!({ "kid": "one" }))]),
        ("another key in the header is ignored", |it| {
            it.header("jwk", Value::Object(public(&KEYS.other, json!({}))));
        }),
        ("a key URL in the header is not fetched", |it| {
            it.header("jku", json!("https://evil.example/"));
        }),
        ("azp that is ours", |it| it.claim("azp", json!("client"))),
        // OpenID Connect Core §2
        ("aud as an array of the client id alone", |it| it.claim("aud", json!(["client"]))),
        ("the same with azp", |it| {
            it.claims.extend(object(json!({ "aud": ["client"], "azp": "client" })));
        }),
        ("expired within the skew", |it| it.claim("exp", json!(NOW - 59))),
        ("issued ahead within the skew", |it| it.claim("iat", json!(NOW + 60))),
        ("issued hours ago", |it| it.claim("iat", json!(NOW - 20 * 3600))),
        ("times with a fraction", |it| it.claim("exp", json!(1_800_000_100.5))),
        ("nbf past", |it| it.claim("nbf", json!(NOW))),
        ("nbf within the skew", |it| it.claim("nbf", json!(NOW + 60))),
        ("no at_hash", |it| it.claim("at_hash", Value::Null)),
        ("c_hash of the code", |it| it.claim("c_hash", json!(half("code")))),
        ("no auth_time without max_age", |it| it.claim("auth_time", Value::Null)),
        ("an old auth_time without max_age", |it| it.claim("auth_time", json!(NOW - 90_000))),
        ("as old as max_age allows", |it| {
            it.max_age = Some(3600);
            it.claim("auth_time", json!(NOW - 60 - 3600));
        }),
        ("fresh, at max_age 0", |it| it.max_age = Some(0)),
        ("session_expiry in the future", |it| it.claim("session_expiry", json!(NOW + 1))),
        ("255 characters of sub", |it| it.claim("sub", json!("s".repeat(255)))),
        ("unknown claims", |it| it.claim("amr", json!(["pwd", { "x": [1, null, true] }]))),
    ];
    for (what, change) in valid {
        let mut case = Case::valid();
        change(&mut case);
        let report = case.report();
        assert_eq!(report.failure(), None, "{what}");
        assert_eq!(report.claims().unwrap(), &case.claims, "{what}");
        assert_eq!(report.checks.len(), 20, "{what}");
    }
}

#[test]
fn each_invalid_token_fails_its_check() {
    for &(check, what, change) in INVALID {
        let mut case = Case::valid();
        change(&mut case);
        let report = case.report();
        assert_eq!(report.failure().map(|(name, _)| name), Some(check), "{what}: {:?}", report.failure());
        assert_eq!(report.claims(), None, "{what}");
    }
}

const INVALID: &[(&str, &str, Change)] = &[
    ("form", "empty", |it| it.corrupt = |_| String::new()),
    ("form", "two parts", |it| it.corrupt = |token| token.rsplit_once('.').unwrap().0.to_owned()),
    ("form", "four parts", |it| it.corrupt = |token| format!("{token}.AA")),
    ("form", "five parts, as of JWE", |it| it.corrupt = |token| format!("{token}.AA.AA")),
    ("form", "padding", |it| it.corrupt = |token| format!("{token}==")),
    ("form", "a space before it", |it| it.corrupt = |token| format!(" {token}")),
    ("form", "the alphabet of plain base64", |it| it.corrupt = |token| format!("+/{token}")),
    ("form", "a header that is no JSON", |it| it.rewrite = |_, claims| ("{".to_owned(), claims)),
    ("form", "a payload that is no object", |it| it.rewrite = |header, _| (header, "[]".to_owned())),
    ("form", "a payload with something after it", |it| it.rewrite = |header, claims| (header, claims + "{}")),
    ("form", "a number out of range", |it| {
        it.rewrite = |header, claims| (header, claims.replacen('{', "{\"x\":1e400,", 1));
    }),
    ("form", "too long", |it| it.claim("x", json!("x".repeat(200_000)))),
    ("form", "too deeply nested", |it| {
        it.rewrite = |header, claims| {
            let deep = "[".repeat(500) + &"]".repeat(500);
            (header, claims.replacen('{', &format!("{{\"x\":{deep},"), 1))
        };
    }),
    ("members", "alg twice", |it| {
        it.rewrite = |header, claims| (header.replacen('{', "{\"alg\":\"none\",", 1), claims);
    }),
    ("members", "sub twice", |it| {
        it.rewrite = |header, claims| (header, claims.replacen('{', "{\"sub\":\"00u2\",", 1));
    }),
    ("members", "sub twice, once in escapes", |it| {
        it.rewrite = |header, claims| (header, claims.replacen('{', "{\"s\\u0075b\":\"00u2\",", 1));
    }),
    ("members", "a member twice, deep inside", |it| {
        it.rewrite = |header, claims| (header, claims.replacen('{', "{\"x\":[{\"y\":1,\"y\":1}],", 1));
    }),
    ("typ", "an access token (RFC 9068)", |it| it.header("typ", json!("at+jwt"))),
    ("typ", "a logout token", |it| it.header("typ", json!("logout+jwt"))),
    ("typ", "a Universal Logout", |it| it.header("typ", json!("global-token-revocation+jwt"))),
    ("typ", "a proof", |it| it.header("typ", json!("dpop+jwt"))),
    ("typ", "no text", |it| it.header("typ", json!(["JWT"]))),
    ("alg", "none", |it| {
        it.header("alg", json!("none"));
        it.signer = Signer::Nothing;
    }),
    ("alg", "NONE", |it| it.header("alg", json!("NONE"))),
    ("alg", "missing", |it| it.header("alg", Value::Null)),
    ("alg", "HS256 with the client secret", |it| {
        it.header("alg", json!("HS256"));
        it.signer = Signer::Hmac;
    }),
    ("alg", "HS256 under a published symmetric key", |it| {
        it.header = object(json!({ "alg": "HS256", "kid": "oct" }));
        it.signer = Signer::Hmac;
    }),
    ("alg", "RS512", |it| it.header("alg", json!("RS512"))),
    ("alg", "PS256", |it| it.header("alg", json!("PS256"))),
    ("alg", "rs256", |it| it.header("alg", json!("rs256"))),
    ("crit", "an extension", |it| it.header("crit", json!(["b64"]))),
    ("crit", "an empty list", |it| it.header("crit", json!([]))),
    ("signature", "none at all", |it| it.signer = Signer::Nothing),
    ("signature", "of another key", |it| it.signer = Signer::Other),
    ("signature", "of another key, with that key in the header", |it| {
        it.signer = Signer::Other;
        it.header("kid", Value::Null);
        it.header("jwk", Value::Object(public(&KEYS.other, json!({}))));
    }),
    ("signature", "of another key, with a key URL in the header", |it| {
        it.signer = Signer::Other;
        it.header("jku", json!("https://evil.example/keys"));
    }),
    ("signature", "of other claims", |it| {
        it.corrupt = |token| {
            let parts: Vec<&str> = token.split('.').collect();
            let claims = String::from_utf8(URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
            let claims = URL_SAFE_NO_PAD.encode(claims.replace("00u1", "00u2"));
            format!("{}.{claims}.{}", parts[0], parts[2])
        };
    }),
    ("signature", "a kid that is not published", |it| it.header("kid", json!("three"))),
    ("signature", "the kid of another key", |it| it.header("kid", json!("two"))),
    ("signature", "a kid that is no text", |it| it.header("kid", json!(1))),
    ("signature", "the key for encryption", |it| {
        it.signer = Signer::Other;
        it.header("kid", json!("enc"));
    }),
    ("signature", "no kid, and only the key for encryption matches", |it| {
        it.signer = Signer::Other;
        it.header("kid", Value::Null);
    }),
    ("signature", "an alg that is not the key's", |it| it.key("alg", json!("RS512"))),
    ("signature", "a key with exponent 1, for which anybody can sign", |it| {
        it.key("e", json!("AQ"));
        it.corrupt = with_padded_hash;
    }),
    ("signature", "ES256 with the kid of an RSA key", |it| {
        it.header("alg", json!("ES256"));
        it.signer = Signer::Ec;
    }),
    ("signature", "no key at all", |it| it.keys.clear()),
    ("iss", "another's", |it| it.claim("iss", json!("https://evil.okta.com"))),
    ("iss", "with a slash", |it| it.claim("iss", json!("https://acme.okta.com/"))),
    ("iss", "in capitals", |it| it.claim("iss", json!("https://ACME.okta.com"))),
    ("iss", "missing", |it| it.claim("iss", Value::Null)),
    ("iss", "a list", |it| it.claim("iss", json!(["https://acme.okta.com"]))),
    ("aud", "another app's", |it| it.claim("aud", json!("other"))),
    // OpenID Connect Core §3.1.3.7, 3: no other audience is trusted, whatever azp says.
    ("aud", "ours among others", |it| it.claim("aud", json!(["client", "other"]))),
    ("aud", "ours among others, with azp", |it| {
        it.claims.extend(object(json!({ "aud": ["client", "other"], "azp": "client" })));
    }),
    ("aud", "ours twice", |it| it.claim("aud", json!(["client", "client"]))),
    ("aud", "another app's in an array", |it| it.claim("aud", json!(["other"]))),
    ("aud", "missing", |it| it.claim("aud", Value::Null)),
    ("azp", "another app's, and ours in an array", |it| {
        it.claims.extend(object(json!({ "aud": ["client"], "azp": "other" })));
    }),
    ("azp", "another app's", |it| it.claim("azp", json!("other"))),
    ("azp", "no text", |it| it.claim("azp", json!(["client"]))),
    ("sub", "missing", |it| it.claim("sub", Value::Null)),
    ("sub", "empty", |it| it.claim("sub", json!(""))),
    ("sub", "a number", |it| it.claim("sub", json!(1))),
    ("sub", "256 characters", |it| it.claim("sub", json!("s".repeat(256)))),
    ("sub", "with a NUL", |it| it.claim("sub", json!("00u\0"))),
    ("exp", "missing", |it| it.claim("exp", Value::Null)),
    ("exp", "past, to the second", |it| it.claim("exp", json!(NOW - 60))),
    ("exp", "text", |it| it.claim("exp", json!("1900000000"))),
    ("exp", "negative", |it| it.claim("exp", json!(-1))),
    ("exp", "milliseconds", |it| it.claim("exp", json!(NOW * 1000))),
    ("iat", "missing", |it| it.claim("iat", Value::Null)),
    ("iat", "ahead", |it| it.claim("iat", json!(NOW + 61))),
    ("iat", "a day old", |it| it.claim("iat", json!(NOW - 86_401))),
    ("nbf", "ahead", |it| it.claim("nbf", json!(NOW + 61))),
    ("nonce", "another", |it| it.claim("nonce", json!("m"))),
    ("nonce", "missing", |it| it.claim("nonce", Value::Null)),
    ("nonce", "a list", |it| it.claim("nonce", json!(["n"]))),
    ("at_hash", "of another token", |it| it.claim("at_hash", json!(half("other")))),
    ("c_hash", "of another code", |it| it.claim("c_hash", json!(half("other")))),
    ("auth_time", "ahead", |it| it.claim("auth_time", json!(NOW + 61))),
    ("auth_time", "missing although asked for", |it| {
        it.max_age = Some(3600);
        it.claim("auth_time", Value::Null);
    }),
    ("auth_time", "older than asked for", |it| {
        it.max_age = Some(0);
        it.claim("auth_time", json!(NOW - 121));
    }),
    ("auth_time", "text", |it| it.claim("auth_time", json!("yesterday"))),
    ("auth_time", "with a fraction", |it| it.claim("auth_time", json!(1_799_999_999.5))),
    ("session_expiry", "with a fraction", |it| it.claim("session_expiry", json!(1_800_000_100.5))),
    ("session_expiry", "past", |it| it.claim("session_expiry", json!(NOW))),
];

#[test]
fn a_token_that_can_t_be_parsed_fails_without_further_checks() {
    let mut case = Case::valid();
    case.corrupt = |_| "x".to_owned();
    let report = case.report();
    let reached = report.checks.iter().filter(|check| check.verdict != Verdict::NotReached).count();
    assert_eq!((reached, report.checks.len()), (1, 20));
}

#[test]
fn changing_any_character_makes_a_token_invalid() {
    let case = Case::valid();
    let token = case.compact();
    assert!(case.verify(&token).claims().is_some());
    for (at, letter) in token.bytes().enumerate() {
        let mut other = token.clone().into_bytes();
        other[at] = if letter == b'A' { b'B' } else { b'A' };
        let report = case.verify(&String::from_utf8(other).unwrap());
        assert_eq!(report.claims(), None, "letter {at}");
    }
}
