//! Input: a PATCH request as JSON, or one operation per line (`r emails[type eq "work"].value<TAB>"x"`). It is applied
//! to a fixed user and planned for a group. Properties: no panic; the result is canonical, so that a PUT of it changes
//! nothing; at most one primary value; a repeated operation changes nothing. A refused request cannot change the
//! document, which is passed as `&Map`.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};
use vestibule_scim_engine::{document::{normalise_user, project}, patch::{PATCH_URN, Request, apply, group::plan}, schema::{ENTERPRISE_URN, Schema, USER_URN}};

static USER: LazyLock<Map<String, Value>> = LazyLock::new(|| {
    let user = json!({
        "schemas": [USER_URN, ENTERPRISE_URN], "externalId": "00u1", "userName": "ada@acme.test",
        "name": { "givenName": "Ada", "familyName": "Lovelace" }, "displayName": "Ada Lovelace", "active": true,
        "emails": [
            { "value": "ada@acme.test", "type": "work", "primary": true },
            { "value": "ada@home.test", "type": "home" }
        ],
        "phoneNumbers": [{ "value": "1", "type": "work" }],
        "addresses": [{ "country": "GB", "type": "work" }, { "locality": "London" }],
        "roles": [{ "value": "admin" }],
        ENTERPRISE_URN: { "department": "Engines", "manager": { "value": "m1", "displayName": "Charles" } }
    });
    normalise_user(&user, Schema::user()).unwrap_or_default()
});

fuzz_target!(|data: &[u8]| {
    let Some(body) = body(data) else { return };
    let Ok(request) = Request::parse(&body) else { return };
    let _ = plan(&request);
    let Ok(after) = apply(&USER, &request, Schema::user()) else { return };
    let put = |document: Map<String, Value>| normalise_user(&Value::Object(document), Schema::user());
    assert_eq!(put(after.clone()).as_ref(), Ok(&after), "a PUT of the result changes it");

    let mut returned = after.clone();
    returned.insert("id".into(), "u1".into());
    returned.insert("groups".into(), json!([{ "value": "g1", "display": "G" }]));
    returned.insert("meta".into(), json!({ "resourceType": "User", "version": "W/\"1\"" }));
    let returned = project(&returned, None, None, Schema::user());
    assert_eq!(put(returned).as_ref(), Ok(&after), "a PUT of the returned document changes it");

    for values in after.values().filter_map(Value::as_array) {
        let primaries = values.iter().filter(|value| value.get("primary") == Some(&Value::Bool(true)));
        assert!(primaries.count() <= 1, "{values:?}");
    }
    if changes_one_attribute(&request)
        && let Ok(twice) = apply(&after, &request, Schema::user())
    {
        assert_eq!(twice, after, "the repeated operation changes the result");
    }
});

/// The request. The short form has no bytes that all requests share, so that mutations change the operations.
fn body(data: &[u8]) -> Option<Value> {
    let text = std::str::from_utf8(data).ok()?;
    if text.starts_with('{') {
        return serde_json::from_str(text).ok();
    }
    let operations: Vec<Value> = text.lines().map(operation).collect();
    Some(json!({ "schemas": [PATCH_URN], "Operations": operations }))
}

fn operation(line: &str) -> Value {
    let (rest, value) = line.split_once('\t').unwrap_or((line, ""));
    let (op, path) = rest.split_once(' ').unwrap_or((rest, ""));
    let op = match op.chars().next() {
        Some('a') => "add",
        Some('d') => "remove",
        _ => "replace",
    };
    let mut operation = json!({ "op": op, "path": path });
    if let (false, Some(operation)) = (value.is_empty(), operation.as_object_mut()) {
        operation.insert("value".into(), serde_json::from_str(value).unwrap_or_else(|_| value.into()));
    }
    operation
}

/// Whether the request is one operation on one attribute. Several operations may remove what the others match, and then
/// a repeated request differs.
fn changes_one_attribute(request: &Request) -> bool {
    let [operation] = request.operations.as_slice() else { return false };
    let one_member =
        operation.value.as_ref().and_then(Value::as_object).is_some_and(|value| value.len() == 1);
    let whole =
        |urn: &str| operation.path.as_ref().is_some_and(|path| path.to_string().eq_ignore_ascii_case(urn));
    match &operation.path {
        Some(_) if !whole(USER_URN) && !whole(ENTERPRISE_URN) => true,
        _ => one_member,
    }
}
