//! Each check of a proof.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use josekit::{
    jwk::{Jwk, alg::ec::EcCurve},
    jws::{ES256, JwsSigner},
};
use serde_json::json;

use super::*;

const NOW: i64 = 1_800_000_000;

fn expected() -> Expected {
    Expected {
        method: "POST".to_owned(),
        url: "https://api.example/oauth/token".to_owned(),
        access_token: None,
        now: NOW,
    }
}

/// A proof with these members changed; null removes one.
fn proof(key: &Jwk, header: &Value, claims: &Value) -> String {
    let public = Value::Object(key.to_public_key().unwrap().as_ref().clone());
    let mut parts = [
        json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": public }),
        json!({ "jti": "1", "htm": "POST", "htu": "https://api.example/oauth/token", "iat": NOW }),
    ];
    for (part, changes) in parts.iter_mut().zip([header, claims]) {
        for (name, value) in changes.as_object().unwrap() {
            part[name] = value.clone();
            if value.is_null() {
                part.as_object_mut().unwrap().remove(name);
            }
        }
    }
    let [header, claims] = parts.map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
    let input = format!("{header}.{claims}");
    let signature = ES256.signer_from_jwk(key).unwrap().sign(input.as_bytes()).unwrap();
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[test]
fn a_proof_of_the_request_is_accepted() {
    let key = Jwk::generate_ec_key(EcCurve::P256).unwrap();
    for claims in [
        json!({}),
        json!({ "htu": "https://API.example:443/oauth/token?x=1#y" }),
        json!({ "iat": NOW - 300 }),
        json!({ "iat": NOW + 60 }),
        json!({ "nonce": "not demanded" }),
    ] {
        let found = check(&proof(&key, &json!({}), &claims), &expected(), None);
        assert_eq!(found.unwrap().jkt.len(), 43, "{claims}");
    }
    let jkt = check(&proof(&key, &json!({}), &json!({})), &expected(), None).unwrap().jkt;
    let token = Expected { access_token: Some("vat_x".to_owned()), ..expected() };
    let bound = proof(&key, &json!({}), &json!({ "ath": secrets::digest("vat_x") }));
    assert_eq!(check(&bound, &token, Some(&jkt)).unwrap().jkt, jkt);
    assert!(check(&bound, &token, Some("another")).is_err());
    let without = proof(&key, &json!({}), &json!({}));
    let of_another = proof(&key, &json!({}), &json!({ "ath": secrets::digest("vat_y") }));
    for wrong in [without, of_another] {
        assert_eq!(check(&wrong, &token, Some(&jkt)), Err("ath is not the hash of the access token"));
    }
}

#[test]
fn each_check_refuses() {
    let key = Jwk::generate_ec_key(EcCurve::P256).unwrap();
    let private = Value::Object(key.as_ref().clone());
    let other =
        Value::Object(Jwk::generate_ec_key(EcCurve::P256).unwrap().to_public_key().unwrap().as_ref().clone());
    for (header, claims, said) in [
        (json!({ "typ": "JWT" }), json!({}), "typ"),
        (json!({ "typ": null }), json!({}), "typ"),
        (json!({ "alg": "none" }), json!({}), "alg"),
        (json!({ "alg": "HS256" }), json!({}), "alg"),
        (json!({ "alg": "RS256" }), json!({}), "signature"),
        (json!({ "jwk": null }), json!({}), "jwk"),
        (json!({ "jwk": private }), json!({}), "private"),
        (json!({ "jwk": { "kty": "oct", "k": "AAAA" } }), json!({}), "jwk"),
        (json!({ "jwk": other }), json!({}), "signature"),
        (json!({ "crit": ["x"], "x": 1 }), json!({}), "signature"),
        (json!({}), json!({ "jti": null }), "jti"),
        (json!({}), json!({ "jti": "" }), "jti"),
        (json!({}), json!({ "jti": "x".repeat(257) }), "jti"),
        (json!({}), json!({ "htm": "GET" }), "htm"),
        (json!({}), json!({ "htm": "post" }), "htm"),
        (json!({}), json!({ "htm": null }), "htm"),
        (json!({}), json!({ "htu": "https://api.example/oauth/introspect" }), "htu"),
        (json!({}), json!({ "htu": "http://api.example/oauth/token" }), "htu"),
        (json!({}), json!({ "htu": "https://evil.example/oauth/token" }), "htu"),
        (json!({}), json!({ "htu": "/oauth/token" }), "htu"),
        (json!({}), json!({ "htu": null }), "htu"),
        (json!({}), json!({ "iat": NOW - 301 }), "older"),
        (json!({}), json!({ "iat": NOW + 61 }), "future"),
        (json!({}), json!({ "iat": null }), "iat"),
        (json!({}), json!({ "iat": "now" }), "iat"),
    ] {
        let why = check(&proof(&key, &header, &claims), &expected(), None).unwrap_err();
        assert!(why.contains(said), "{header} {claims}: {why}");
    }
    for text in ["", "a.b", "a.b.c.d.e", &"x".repeat(9000)] {
        assert!(check(text, &expected(), None).is_err(), "{text:.20}");
    }
}
