//! Each check of an assertion: what passes it, and what fails it.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;

use super::*;

const NOW: i64 = 1_800_000_000;
const ISSUER: &str = "https://us.example";

fn claims() -> Value {
    json!({
        "iss": "https://acme.okta.com", "sub": "00u1", "aud": ISSUER, "client_id": "c", "iat": NOW - 5,
        "exp": NOW + 295, "jti": "IDAAG.1", "scope": "a b", "resource": "https://mcp.example/",
    })
}

fn compact(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.AA", part(header), part(claims))
}

fn header() -> Value {
    json!({ "typ": "oauth-id-jag+jwt", "alg": "RS256" })
}

/// The asserted claims, or the name of the failed check.
fn read(header: &Value, claims: &Value) -> Result<Asserted, &'static str> {
    let expected = Expected { issuer: ISSUER, client_id: "c", now: NOW };
    Unverified::read(&compact(header, claims))
        .and_then(|assertion| assertion.check(&expected))
        .map_err(|failed| failed.check)
}

fn with(mut object: Value, name: &str, value: Value) -> Value {
    match value {
        Value::Null => drop(object.as_object_mut().unwrap().remove(name)),
        other => object[name] = other,
    }
    object
}

#[test]
fn a_valid_assertion_is_read() {
    let asserted = read(&header(), &claims()).unwrap();
    assert_eq!((asserted.subject.as_str(), asserted.id.as_str()), ("00u1", "IDAAG.1"));
    assert_eq!((asserted.issued, asserted.expires, asserted.auth_time), (NOW - 5, NOW + 295, None));
    assert_eq!(asserted.scope.as_deref(), Some("a b"));
    assert_eq!(asserted.resources, ["https://mcp.example/"]);
    for (name, value) in [
        ("aud", json!([ISSUER])),
        ("resource", Value::Null),
        ("resource", json!(["https://a.example", "https://b.example"])),
        ("scope", Value::Null),
        ("exp", json!(NOW - 59)),
        ("exp", json!(NOW + 3660)),
        ("iat", json!(NOW + 60)),
        ("nbf", json!(NOW + 60)),
        ("iat", json!(1_799_999_999.5)),
        ("auth_time", json!(NOW - 100)),
        ("act", json!({ "sub": "wlp1" })),
        ("jti", json!("x".repeat(256))),
        ("aud_tenant", json!("w")),
        ("unknown", json!({ "a": [1] })),
    ] {
        assert!(read(&header(), &with(claims(), name, value.clone())).is_ok(), "{name} {value}");
    }
    for typ in ["OAuth-ID-JAG+JWT", "application/oauth-id-jag+jwt"] {
        assert!(read(&with(header(), "typ", json!(typ)), &claims()).is_ok(), "{typ}");
    }
}

#[test]
fn each_check_refuses_what_fails_it() {
    for (name, value, check) in [
        ("iss", Value::Null, "iss"),
        ("iss", json!(["https://acme.okta.com"]), "iss"),
        ("aud", Value::Null, "aud"),
        ("aud", json!("https://us.example/"), "aud"),
        ("aud", json!("https://eu.example"), "aud"),
        ("aud", json!([]), "aud"),
        ("aud", json!([ISSUER, "https://eu.example"]), "aud"),
        ("aud", json!([ISSUER, ISSUER]), "aud"),
        ("aud", json!({ "x": ISSUER }), "aud"),
        ("client_id", Value::Null, "client_id"),
        ("client_id", json!("other"), "client_id"),
        ("client_id", json!(["c"]), "client_id"),
        ("sub", Value::Null, "sub"),
        ("sub", json!(""), "sub"),
        ("sub", json!(7), "sub"),
        ("sub", json!("a\u{0}"), "sub"),
        ("sub", json!("x".repeat(257)), "sub"),
        ("exp", Value::Null, "exp"),
        ("exp", json!("soon"), "exp"),
        ("exp", json!(NOW - 60), "exp"),
        ("exp", json!(NOW + 3661), "exp"),
        ("exp", json!(i64::MAX), "exp"),
        ("exp", json!(1e300), "exp"),
        ("iat", Value::Null, "iat and nbf"),
        ("iat", json!(NOW + 61), "iat and nbf"),
        ("iat", json!("now"), "iat and nbf"),
        ("nbf", json!(NOW + 61), "iat and nbf"),
        ("jti", Value::Null, "jti"),
        ("jti", json!(""), "jti"),
        ("jti", json!("x".repeat(257)), "jti"),
        ("cnf", json!({ "jkt": "x" }), "cnf"),
        ("authorization_details", json!([]), "authorization_details"),
        ("scope", json!(["a"]), "shape"),
        ("aud_tenant", json!(1), "shape"),
        ("aud_sub", json!(["u"]), "shape"),
        ("aud_sub", json!(""), "shape"),
        ("aud_sub", json!("u\n"), "shape"),
        ("aud_tenant", json!(""), "shape"),
        ("aud_tenant", json!("w".repeat(300)), "shape"),
        ("resource", json!(""), "shape"),
        ("resource", json!([""]), "shape"),
        ("resource", json!("https://mcp.example/\u{0}"), "shape"),
        ("resource", json!("https://mcp.example/#x"), "shape"),
        ("resource", json!("/mcp"), "shape"),
        ("auth_time", json!("yesterday"), "shape"),
        ("resource", json!(1), "shape"),
        ("resource", json!([]), "shape"),
        ("resource", json!([1]), "shape"),
        ("resource", json!(vec!["https://a.example"; 21]), "shape"),
        ("act", json!("wlp1"), "shape"),
        ("act", json!({}), "shape"),
    ] {
        assert_eq!(read(&header(), &with(claims(), name, value.clone())), Err(check), "{name} {value}");
    }
    for (name, value, check) in [
        ("typ", Value::Null, "typ"),
        ("typ", json!("JWT"), "typ"),
        ("typ", json!("at+jwt"), "typ"),
        ("typ", json!("logout+jwt"), "typ"),
        ("typ", json!("global-token-revocation+jwt"), "typ"),
        ("typ", json!("text/oauth-id-jag+jwt"), "typ"),
        ("alg", json!("none"), "alg"),
        ("alg", json!("HS256"), "alg"),
        ("alg", Value::Null, "alg"),
        ("crit", json!(["b64"]), "crit"),
    ] {
        assert_eq!(read(&with(header(), name, value.clone()), &claims()), Err(check), "{name} {value}");
    }
}

#[test]
fn what_is_no_jwt_fails_by_its_form() {
    let twice = format!(
        "{}.{}.AA",
        URL_SAFE_NO_PAD.encode(header().to_string()),
        URL_SAFE_NO_PAD.encode(r#"{"iss":"a","iss":"b"}"#)
    );
    for compact in [
        String::new(),
        "a.b".to_owned(),
        "a.b.c.d.e".to_owned(),
        twice,
        "x".repeat(LONGEST + 1),
        "é.é.é".to_owned(),
    ] {
        assert_eq!(Unverified::read(&compact).map(drop).unwrap_err().check, "form", "{compact:.40}");
    }
}
