//! Input: a filter on the first line, and a resource as JSON on the other lines (a fixed one if that is no object).
//! Properties: a printed filter parses to the same filter; checking and matching never panic; `not` negates.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};
use vestibule_scim_engine::{filter::{Filter, MAX_LENGTH, check, matches, parse}, schema::{ENTERPRISE_URN, Schema, USER_URN}};

static RESOURCE: LazyLock<Map<String, Value>> = LazyLock::new(|| {
    let user = json!({
        "schemas": [USER_URN, ENTERPRISE_URN], "id": "u1", "externalId": "00u1", "userName": "Ada@acme.test",
        "name": { "givenName": "Ada", "familyName": "Lovelace" }, "active": true,
        "emails": [{ "value": "ada@acme.test", "type": "work", "primary": true }, { "value": "a@home.test" }],
        "meta": { "created": "2026-01-31T09:00:00Z", "resourceType": "User" },
        ENTERPRISE_URN: { "department": "Engines", "manager": { "value": "m1" } }
    });
    user.as_object().cloned().unwrap_or_default()
});

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (text, document) = text.split_once('\n').unwrap_or((text, ""));
    let Ok(filter) = parse(text) else { return };
    let printed = filter.to_string();
    // A number such as 1e15 prints longer than it was written.
    if printed.len() <= MAX_LENGTH {
        assert_eq!(parse(&printed).as_ref(), Ok(&filter), "{printed}");
    }
    let document: Option<Map<String, Value>> = serde_json::from_str(document).ok();
    let resource = document.as_ref().unwrap_or(&RESOURCE);
    for schema in [Schema::user(), Schema::group(), Schema::role()] {
        let is_valid = check(&filter, schema).is_ok();
        let opposite = Filter::Not(Box::new(filter.clone()));
        assert_eq!(check(&opposite, schema).is_ok(), is_valid, "{printed}");
        assert_ne!(matches(&filter, resource, schema), matches(&opposite, resource, schema), "{printed}");
    }
});
