//! A PATCH request, in JSON or one operation a line (`r emails[type eq "work"].value<TAB>"x"`), applied to a fixed
//! user, and planned for a group.
//! Nothing panics; what comes out is a document that a PUT of it would leave as it is, with one primary at most; one
//! operation sent twice is the same as once. That a refused one leaves the document is held by its type: `&Map`.
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
    assert_eq!(put(after.clone()).as_ref(), Ok(&after), "a PUT of it changes something");

    let mut got = after.clone();
    got.insert("id".into(), "u1".into());
    got.insert("groups".into(), json!([{ "value": "g1", "display": "G" }]));
    got.insert("meta".into(), json!({ "resourceType": "User", "version": "W/\"1\"" }));
    let got = project(&got, None, None, Schema::user());
    assert_eq!(put(got).as_ref(), Ok(&after), "a PUT of what was got changes something");

    for values in after.values().filter_map(Value::as_array) {
        let primaries = values.iter().filter(|value| value.get("primary") == Some(&Value::Bool(true)));
        assert!(primaries.count() <= 1, "{values:?}");
    }
    if is_one_thing(&request)
        && let Ok(twice) = apply(&after, &request, Schema::user())
    {
        assert_eq!(twice, after, "sent twice it isn't the same");
    }
});

/// Most bytes of a request are the same in all of them; a line spends them on what differs.
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

/// One operation on one attribute. Several may undo what the others look for, and then the second time differs.
fn is_one_thing(request: &Request) -> bool {
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
