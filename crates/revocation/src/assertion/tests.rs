//! A token for each check that fails it, signed with a new key.

use josekit::{
    jwk::Jwk,
    jws::{HS256, JwsHeader, RS256},
    jwt::{self, JwtPayload},
};
use serde_json::json;
use vestibule_jose::{KeySet, verify};

use super::*;

const ENDPOINT: &str = "https://api.example.com/api/okta/universal-logout";
const NOW: Micros = 1_700_000_000 * SECOND;

fn key() -> Jwk {
    let mut key = Jwk::generate_rsa_key(2048).unwrap();
    key.set_key_id("k1");
    key
}

fn public(key: &Jwk) -> Vec<Map<String, Value>> {
    let mut public = key.to_public_key().unwrap();
    public.set_key_id("k1");
    vec![public.as_ref().clone()]
}

fn claims() -> Map<String, Value> {
    let json = json!({
        "iss": "https://acme.okta.com", "sub": "0oa1", "aud": ENDPOINT, "jti": "one",
        "iat": 1_700_000_000, "nbf": 1_699_999_700, "exp": 1_700_000_300,
    });
    json.as_object().unwrap().clone()
}

fn sign(key: &Jwk, typ: &str, claims: &Map<String, Value>) -> String {
    let mut header = JwsHeader::new();
    header.set_token_type(typ);
    let payload = JwtPayload::from_map(claims.clone()).unwrap();
    jwt::encode_with_signer(&payload, &header, &RS256.signer_from_jwk(key).unwrap()).unwrap()
}

/// The token, or the name of the check that it fails.
fn verdict(compact: &str, keys: &[Map<String, Value>]) -> Result<Unverified, &'static str> {
    let token = Unverified::read(compact).map_err(|refusal| refusal.name())?;
    let keys = KeySet::read(&json!({ "keys": keys })).unwrap();
    verify(&token.jws, &keys).map_err(|_| "signature")?;
    token.check(ENDPOINT, NOW).map_err(|refusal| refusal.name())?;
    Ok(token)
}

#[test]
fn okta_s_token_is_accepted_with_and_without_kid() {
    let key = key();
    let token = verdict(&sign(&key, TYPE, &claims()), &public(&key)).unwrap();
    assert_eq!((token.issuer.as_str(), token.subject.as_str()), ("https://acme.okta.com", "0oa1"));
    verdict(&sign(&key, "Global-Token-Revocation+JWT", &claims()), &public(&key)).unwrap();

    let mut header = JwsHeader::new();
    header.set_token_type(TYPE);
    header.set_key_id("k1");
    let payload = JwtPayload::from_map(claims()).unwrap();
    let named = jwt::encode_with_signer(&payload, &header, &RS256.signer_from_jwk(&key).unwrap()).unwrap();
    verdict(&named, &public(&key)).unwrap();

    let mut renamed = public(&key);
    renamed[0].insert("kid".to_owned(), json!("k2"));
    assert_eq!(verdict(&named, &renamed).unwrap_err(), "signature", "kid selects the key");
}

#[test]
fn each_claim_is_checked() {
    let key = key();
    let more_than_an_hour = 1_700_003_601;
    for (name, value, refusal) in [
        ("exp", json!(1_699_999_939), "expired"),
        ("exp", json!(more_than_an_hour), "lives_too_long"),
        ("exp", json!("soon"), "malformed_token"),
        ("exp", Value::Null, "malformed_token"),
        ("nbf", json!(1_700_000_061), "not_yet_valid"),
        ("iat", json!(1_700_000_061), "not_yet_valid"),
        ("aud", json!("https://eu.api.example.com/api/okta/universal-logout"), "audience"),
        ("aud", json!([ENDPOINT, "https://other.example"]), "audience"),
        ("aud", json!([]), "audience"),
        ("aud", json!(7), "malformed_token"),
        ("jti", json!(""), "malformed_token"),
        ("iss", Value::Null, "malformed_token"),
        ("sub", json!(7), "malformed_token"),
    ] {
        let mut claims = claims();
        claims.insert(name.to_owned(), value.clone());
        let compact = sign_raw(&key, &claims);
        assert_eq!(verdict(&compact, &public(&key)).unwrap_err(), refusal, "{name} = {value}");
    }
    for aud in [json!([ENDPOINT]), json!(format!("{ENDPOINT}?x=1"))] {
        let mut claims = claims();
        claims.insert("aud".to_owned(), aud);
        verdict(&sign_raw(&key, &claims), &public(&key)).unwrap();
    }
}

/// Signs claims that josekit would refuse because of their types.
fn sign_raw(key: &Jwk, claims: &Map<String, Value>) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use josekit::jws::JwsSigner;
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed =
        format!("{}.{}", part(&json!({ "typ": TYPE, "alg": "RS256" })), part(&Value::Object(claims.clone())));
    let signature = RS256.signer_from_jwk(key).unwrap().sign(signed.as_bytes()).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[test]
fn other_keys_and_algorithms_are_refused() {
    let (ours, other) = (key(), key());
    let good = sign(&ours, TYPE, &claims());
    assert_eq!(verdict(&good, &public(&other)).unwrap_err(), "signature");
    assert_eq!(verdict(&good, &[]).unwrap_err(), "signature");
    let (signed, _) = good.rsplit_once('.').unwrap();
    assert_eq!(verdict(&format!("{signed}."), &public(&ours)).unwrap_err(), "signature");
    assert_eq!(verdict(&sign(&ours, "JWT", &claims()), &public(&ours)).unwrap_err(), "typ");

    // Algorithm confusion: the bytes of the public key as an HMAC secret.
    let mut header = JwsHeader::new();
    header.set_token_type(TYPE);
    let payload = JwtPayload::from_map(claims()).unwrap();
    let secret = serde_json::to_vec(&public(&ours)[0]).unwrap();
    let forged =
        jwt::encode_with_signer(&payload, &header, &HS256.signer_from_bytes(secret).unwrap()).unwrap();
    assert_eq!(verdict(&forged, &public(&ours)).unwrap_err(), "alg");

    let encryption_only = {
        let mut key = public(&ours);
        key[0].insert("use".to_owned(), json!("enc"));
        key
    };
    assert_eq!(verdict(&good, &encryption_only).unwrap_err(), "signature");
}

#[test]
fn a_member_that_is_repeated_is_refused() {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use josekit::jws::JwsSigner;
    let key = key();
    let (header, claims) = (json!({ "typ": TYPE, "alg": "RS256" }).to_string(), json!(claims()).to_string());
    for (header, claims) in [
        (header.replacen('{', r#"{"alg":"none","#, 1), claims.clone()),
        (header.clone(), claims.replacen('{', r#"{"sub":"0oaOther","#, 1)),
        (header.clone(), claims.replacen('{', r#"{"x":[{"y":1,"y":2}],"#, 1)),
    ] {
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(&claims));
        let signature = RS256.signer_from_jwk(&key).unwrap().sign(signed.as_bytes()).unwrap();
        let compact = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
        assert_eq!(verdict(&compact, &public(&key)).unwrap_err(), "malformed_token", "{claims}");
        assert!(Unverified::read(&compact).unwrap_err().to_string().contains("is repeated"));
    }
}

#[test]
fn text_that_is_no_token_is_refused() {
    for text in ["", "a", "a.b.c", "e30.e30.", "e30.e30.e30.e30", "....", &"x".repeat(20_000)] {
        assert!(Unverified::read(text).is_err(), "{text:.20}");
    }
}
