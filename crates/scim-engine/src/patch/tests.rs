//! Tables for PATCH of a User: RFC 7644 §3.5.2, and the requests of Okta and Entra.

use serde_json::{Map, Value, json};

use super::*;
use crate::{
    error::Rejection,
    schema::{ENTERPRISE_URN, Schema, USER_URN},
};

pub(super) fn user() -> Map<String, Value> {
    let user = json!({
        "schemas": [USER_URN, ENTERPRISE_URN],
        "id": "u1", "externalId": "00u1", "userName": "ada@acme.test",
        "name": { "givenName": "Ada", "familyName": "Lovelace" },
        "displayName": "Ada Lovelace", "active": true,
        "emails": [
            { "value": "ada@acme.test", "type": "work", "primary": true },
            { "value": "ada@home.test", "type": "home" }
        ],
        "roles": [{ "value": "admin" }],
        ENTERPRISE_URN: { "department": "Engines", "manager": { "value": "m1", "displayName": "Charles" } }
    });
    user.as_object().unwrap().clone()
}

pub(super) fn request(operations: Value) -> Result<Request, Rejection> {
    Request::parse(&json!({ "schemas": [PATCH_URN], "Operations": operations }))
}

pub(super) fn patched(operations: Value) -> Result<Map<String, Value>, Rejection> {
    apply(&user(), &request(operations)?, Schema::user())
}

/// Applies one operation. Returns the changed members with their new values, null for a removed one.
fn difference(operation: Value) -> Value {
    let before = user();
    let after = patched(json!([operation])).unwrap_or_else(|refused| panic!("{operation}: {refused}"));
    let mut changes = Map::new();
    for key in before.keys().chain(after.keys()) {
        if before.get(key) != after.get(key) {
            changes.insert(key.clone(), after.get(key).cloned().unwrap_or_default());
        }
    }
    Value::Object(changes)
}

pub(super) fn check_all(table: Vec<(Value, Value)>) {
    for (operation, expected) in table {
        assert_eq!(difference(operation.clone()), expected, "{operation}");
    }
}

fn work() -> Value {
    json!({ "value": "ada@acme.test", "type": "work", "primary": true })
}

fn home() -> Value {
    json!({ "value": "ada@home.test", "type": "home" })
}

#[test]
fn without_a_path_it_merges() {
    check_all(vec![
        // Okta's deactivation must not change other attributes.
        (json!({ "op": "replace", "value": { "active": false } }), json!({ "active": false })),
        // booleans as text; a repeated one is no error
        (json!({ "op": "Replace", "value": { "active": "False" } }), json!({ "active": false })),
        (json!({ "op": "REPLACE", "value": { "ACTIVE": "true" } }), json!({})),
        (
            json!({ "op": "add", "value": { "nickname": "Countess", "title": "Analyst" } }),
            json!({ "nickName": "Countess", "title": "Analyst" }),
        ),
        // dotted, filtered and URN-prefixed names, as Entra sends them
        (
            json!({ "op": "replace", "value": {
                "name.familyName": "King", "emails[type eq \"work\"].value": "ada@new.test",
                format!("{ENTERPRISE_URN}:department"): "Looms", format!("{ENTERPRISE_URN}:employeeNumber"): "7"
            } }),
            json!({
                "name": { "givenName": "Ada", "familyName": "King" },
                "emails": [{ "value": "ada@new.test", "type": "work", "primary": true }, home()],
                ENTERPRISE_URN: {
                    "department": "Looms", "employeeNumber": "7",
                    "manager": { "value": "m1", "displayName": "Charles" }
                }
            }),
        ),
        // a whole extension object merges too
        (
            json!({ "op": "replace", "value": { ENTERPRISE_URN: { "costCenter": "9", "manager.displayName": "CB" } } }),
            json!({ ENTERPRISE_URN: {
                "department": "Engines", "costCenter": "9", "manager": { "value": "m1", "displayName": "CB" }
            } }),
        ),
        (json!({ "op": "replace", "value": { USER_URN: { "title": "X" } } }), json!({ "title": "X" })),
        // a complex value keeps its other sub-attributes
        (
            json!({ "op": "replace", "value": { "name": { "givenName": "Augusta", "middleName": null } } }),
            json!({ "name": { "givenName": "Augusta", "familyName": "Lovelace" } }),
        ),
        // read-only attributes and the password are ignored
        (
            json!({ "op": "replace", "value": {
                "id": "other", "meta": { "version": "x" }, "groups": [], "schemas": [], "password": "s", "title": "X"
            } }),
            json!({ "title": "X" }),
        ),
        (json!({ "op": "replace", "path": "password", "value": "s" }), json!({})),
        (json!({ "op": "replace", "path": "", "value": { "title": "X" } }), json!({ "title": "X" })),
        (json!({ "op": "replace", "value": {} }), json!({})),
    ]);
}

#[test]
fn add_by_path() {
    check_all(vec![
        (json!({ "op": "add", "path": "title", "value": "Analyst" }), json!({ "title": "Analyst" })),
        (
            json!({ "op": "Add", "path": "name.middleName", "value": "King" }),
            json!({ "name": { "givenName": "Ada", "familyName": "Lovelace", "middleName": "King" } }),
        ),
        (
            json!({ "op": "add", "path": "emails", "value": [{ "value": "x@y.test", "type": "other" }] }),
            json!({ "emails": [work(), home(), { "value": "x@y.test", "type": "other" }] }),
        ),
        // the newly set primary wins
        (
            json!({ "op": "add", "path": "emails", "value": { "value": "x@y.test", "primary": true } }),
            json!({ "emails": [
                { "value": "ada@acme.test", "type": "work", "primary": false }, home(),
                { "value": "x@y.test", "primary": true }
            ] }),
        ),
        // an existing value is not added twice
        (
            json!({ "op": "add", "path": "emails", "value": [{ "value": "ADA@acme.test", "type": "work" }] }),
            { json!({ "emails": [{ "value": "ADA@acme.test", "type": "work", "primary": true }, home()] }) },
        ),
        (
            json!({ "op": "add", "path": "emails", "value": [work(), { "value": "ada@home.test" }] }),
            json!({}),
        ),
        (json!({ "op": "add", "path": "roles", "value": ["admin", "admin"] }), json!({})),
        // the same address of another type is another value
        (
            json!({ "op": "add", "path": "emails", "value": { "value": "ada@acme.test", "type": "other" } }),
            json!({ "emails": [work(), home(), { "value": "ada@acme.test", "type": "other" }] }),
        ),
        (json!({ "op": "add", "path": "emails", "value": [] }), json!({})),
        // adding no value changes nothing
        (json!({ "op": "add", "path": "displayName", "value": null }), json!({})),
        (json!({ "op": "add", "path": "name.givenName", "value": "" }), json!({})),
        (json!({ "op": "add", "value": { "name": { "givenName": null } } }), json!({})),
        (json!({ "op": "add", "path": "emails[type eq \"work\"].value", "value": "" }), json!({})),
        (
            json!({ "op": "add", "path": format!("{ENTERPRISE_URN}:employeeNumber"), "value": "7" }),
            json!({ ENTERPRISE_URN: {
                "department": "Engines", "manager": { "value": "m1", "displayName": "Charles" }, "employeeNumber": "7"
            } }),
        ),
        (
            json!({ "op": "add", "path": ENTERPRISE_URN, "value": { "DEPARTMENT": "Looms", "schemas": [ENTERPRISE_URN] } }),
            json!({ ENTERPRISE_URN: { "department": "Looms", "manager": { "value": "m1", "displayName": "Charles" } } }),
        ),
        // Entra names a manager by the bare id
        (
            json!({ "op": "Add", "path": format!("{ENTERPRISE_URN}:manager"), "value": "m2" }),
            json!({ ENTERPRISE_URN: { "department": "Engines", "manager": { "value": "m2", "displayName": "Charles" } } }),
        ),
    ]);
}

#[test]
fn replace_by_path() {
    check_all(vec![
        (
            json!({ "op": "replace", "path": "USERNAME", "value": "Ada@New.test" }),
            json!({ "userName": "Ada@New.test" }),
        ),
        (
            json!({ "op": "replace", "path": format!("{USER_URN}:title"), "value": "X" }),
            json!({ "title": "X" }),
        ),
        (json!({ "op": "replace", "path": "emails", "value": [home()] }), json!({ "emails": [home()] })),
        (json!({ "op": "replace", "path": "emails", "value": home() }), json!({ "emails": [home()] })),
        (json!({ "op": "replace", "path": "emails", "value": [] }), json!({ "emails": null })),
        (json!({ "op": "replace", "path": "displayName", "value": "" }), json!({ "displayName": null })),
        (json!({ "op": "replace", "path": "displayName", "value": null }), json!({ "displayName": null })),
        (json!({ "op": "replace", "path": "active", "value": "False" }), json!({ "active": false })),
        (
            json!({ "op": "replace", "path": "name", "value": { "FAMILYNAME": "King" } }),
            json!({ "name": { "givenName": "Ada", "familyName": "King" } }),
        ),
        (json!({ "op": "replace", "path": "name", "value": null }), json!({ "name": null })),
        (
            json!({ "op": "replace", "path": "emails.type", "value": "other" }),
            json!({ "emails": [
                { "value": "ada@acme.test", "type": "other", "primary": true },
                { "value": "ada@home.test", "type": "other" }
            ] }),
        ),
        (
            json!({ "op": "replace", "path": "phoneNumbers.value", "value": "1" }),
            json!({ "phoneNumbers": [{ "value": "1" }] }),
        ),
    ]);
}

#[test]
fn filtered_paths() {
    check_all(vec![
        (
            json!({ "op": "replace", "path": "emails[type eq \"work\"].value", "value": "ada@new.test" }),
            json!({ "emails": [{ "value": "ada@new.test", "type": "work", "primary": true }, home()] }),
        ),
        // RFC 7644 §3.5.2.3: the matching value is replaced, and still satisfies the filter
        (
            json!({ "op": "replace", "path": "emails[type eq \"work\"]", "value": { "value": "ada@new.test" } }),
            json!({ "emails": [{ "type": "work", "value": "ada@new.test" }, home()] }),
        ),
        (
            json!({ "op": "add", "path": "emails[type eq \"home\"]", "value": { "display": "At home" } }),
            json!({ "emails": [work(), { "value": "ada@home.test", "type": "home", "display": "At home" }] }),
        ),
        (
            json!({ "op": "replace", "path": "emails[type eq \"home\"].primary", "value": "True" }),
            json!({ "emails": [
                { "value": "ada@acme.test", "type": "work", "primary": false },
                { "value": "ada@home.test", "type": "home", "primary": true }
            ] }),
        ),
        // a filter that is no conjunction of `eq` replaces what it matches, too
        (
            json!({ "op": "replace", "path": "emails[type sw \"h\"]", "value": { "value": "x@y.test" } }),
            json!({ "emails": [work(), { "value": "x@y.test" }] }),
        ),
        // without a match, add and replace create a value
        (
            json!({ "op": "add", "path": "emails[type eq \"other\"].value", "value": "x@y.test" }),
            json!({ "emails": [work(), home(), { "type": "other", "value": "x@y.test" }] }),
        ),
        (
            json!({ "op": "Replace", "path": "phoneNumbers[type eq \"work\" and primary eq true].value", "value": "1" }),
            json!({ "phoneNumbers": [{ "type": "work", "primary": true, "value": "1" }] }),
        ),
        (
            json!({ "op": "replace", "path": "addresses[type eq \"work\"]", "value": { "country": "GB" } }),
            json!({ "addresses": [{ "type": "work", "country": "GB" }] }),
        ),
        (
            json!({ "op": "add", "path": "roles[primary eq \"True\"].value", "value": "editor" }),
            json!({ "roles": [{ "value": "admin" }, { "primary": true, "value": "editor" }] }),
        ),
        // without a value nothing is created
        (json!({ "op": "replace", "path": "phoneNumbers[type eq \"work\"].value", "value": "" }), json!({})),
        // an email without its value is removed
        (
            json!({ "op": "replace", "path": "emails[type eq \"home\"].value", "value": "" }),
            json!({ "emails": [work()] }),
        ),
        (json!({ "op": "remove", "path": "emails[type eq \"home\"].value" }), json!({ "emails": [work()] })),
    ]);
}

/// Found by fuzzing: a changed value could become equal to another one, which a PUT of the result then removed.
#[test]
fn a_value_that_becomes_equal_to_another_is_merged() {
    let after = patched(json!([
        { "op": "add", "path": "phoneNumbers", "value": [{ "value": "1", "type": "work" }, { "value": "2", "type": "home" }] },
        { "op": "replace", "path": "phoneNumbers[type eq \"home\"]", "value": { "value": "1", "type": "work" } },
    ]));
    assert_eq!(after.unwrap()["phoneNumbers"], json!([{ "value": "1", "type": "work" }]));
}

#[test]
fn remove() {
    check_all(vec![
        (json!({ "op": "remove", "path": "displayName" }), json!({ "displayName": null })),
        (
            json!({ "op": "Remove", "path": "name.givenName" }),
            json!({ "name": { "familyName": "Lovelace" } }),
        ),
        (json!({ "op": "remove", "path": "title" }), json!({})),
        (json!({ "op": "remove", "path": "emails" }), json!({ "emails": null })),
        (json!({ "op": "remove", "path": "emails[type eq \"home\"]" }), json!({ "emails": [work()] })),
        (json!({ "op": "remove", "path": "emails[type eq \"other\"]" }), json!({})),
        (json!({ "op": "remove", "path": "emails[type eq \"other\"].value" }), json!({})),
        (
            json!({ "op": "remove", "path": "emails[value ew \"acme.test\"].primary" }),
            json!({ "emails": [{ "value": "ada@acme.test", "type": "work" }, home()] }),
        ),
        // removing the last value removes the attribute
        (json!({ "op": "remove", "path": "roles[value eq \"ADMIN\"]" }), json!({ "roles": null })),
        // Entra names the values
        (
            json!({ "op": "remove", "path": "emails", "value": [{ "value": "ada@home.test" }] }),
            json!({ "emails": [work()] }),
        ),
        (json!({ "op": "remove", "path": "roles", "value": ["nobody"] }), json!({})),
        (
            json!({ "op": "remove", "path": ENTERPRISE_URN }),
            json!({ "schemas": [USER_URN], ENTERPRISE_URN: null }),
        ),
        (
            json!({ "op": "remove", "path": format!("{ENTERPRISE_URN}:manager") }),
            json!({ ENTERPRISE_URN: { "department": "Engines" } }),
        ),
    ]);
}

#[test]
fn all_forms_of_roles_are_understood() {
    let editor = json!({ "roles": [{ "value": "editor" }] });
    check_all(vec![
        (json!({ "op": "replace", "value": { "roles": [{ "value": "editor" }] } }), editor.clone()),
        (json!({ "op": "replace", "value": { "roles": "editor" } }), editor.clone()),
        (json!({ "op": "replace", "value": { "roles": ["editor"] } }), editor.clone()),
        (json!({ "op": "replace", "path": "roles", "value": { "value": "editor" } }), editor.clone()),
        (json!({ "op": "replace", "path": "roles", "value": ["editor", "editor"] }), editor),
        (
            json!({ "op": "add", "path": "entitlements", "value": ["seat"] }),
            json!({ "entitlements": [{ "value": "seat" }] }),
        ),
    ]);
}

#[test]
fn operations_follow_each_other_and_all_fail_together() {
    let after = patched(json!([
        { "op": "remove", "path": "emails" },
        { "op": "add", "path": "emails[type eq \"work\"].value", "value": "x@y.test" },
        { "op": "replace", "path": "emails[type eq \"work\"].primary", "value": true },
        { "op": "replace", "value": { "title": "X" } },
    ]));
    let after = after.unwrap();
    assert_eq!(after["emails"], json!([{ "type": "work", "value": "x@y.test", "primary": true }]));
    assert_eq!(after["title"], "X");
    assert!(
        patched(json!([{ "op": "remove", "path": "title" }, { "op": "remove", "path": "nope" }])).is_err()
    );
}

#[test]
fn an_extension_comes_and_goes_with_its_schema() {
    let bare = json!({ "schemas": [USER_URN], "userName": "a" });
    let add = request(json!([{ "op": "add", "path": format!("{ENTERPRISE_URN}:department"), "value": "X" }]))
        .unwrap();
    let with = apply(bare.as_object().unwrap(), &add, Schema::user()).unwrap();
    assert_eq!(with["schemas"], json!([USER_URN, ENTERPRISE_URN]));
    let remove =
        request(json!([{ "op": "remove", "path": format!("{ENTERPRISE_URN}:department") }])).unwrap();
    assert_eq!(Value::Object(apply(&with, &remove, Schema::user()).unwrap()), bare);
}
