//! PATCH requests from RFC 7644 §3.5.2 and from the test suites of other implementations. Each is applied to the same
//! user; the tables have the changed attributes.

use serde_json::{Map, Value, json};

use super::*;
use crate::{
    error::{Rejection, ScimType},
    patch::tests::request,
    schema::{ENTERPRISE_URN, Schema, USER_URN},
};

fn barbara() -> Map<String, Value> {
    let user = json!({
        "schemas": [USER_URN], "userName": "bjensen", "name": { "givenName": "Barbara", "familyName": "Jensen" },
        "active": true,
        "emails": [{ "value": "bjensen@example.com", "type": "work" }, { "value": "babs@jensen.org", "type": "home" }],
        "addresses": [
            { "streetAddress": "100 Universal City Plaza", "locality": "Hollywood", "type": "work", "primary": true },
            { "streetAddress": "456 Hollywood Blvd", "locality": "Hollywood", "type": "home" }
        ]
    });
    user.as_object().unwrap().clone()
}

/// The changed attributes with their new values, null for a removed one.
fn changed(operations: Value) -> Result<Value, Rejection> {
    let before = barbara();
    let after = apply(&before, &request(operations)?, Schema::user())?;
    let names = before.keys().chain(after.keys());
    let differs = names.filter(|name| before.get(*name) != after.get(*name));
    Ok(differs.map(|name| (name.clone(), after.get(name).cloned().unwrap_or_default())).collect())
}

#[test]
fn the_figures_of_the_rfc() {
    let (work, home) = (barbara()["addresses"][0].clone(), barbara()["addresses"][1].clone());
    let street = |street: &str| {
        let mut work = work.clone();
        work["streetAddress"] = street.into();
        json!({ "addresses": [work, home] })
    };
    for (operations, expected) in [
        // §3.5.2.1: add without a path merges, and adds values to a multi-valued attribute
        (
            json!([{ "op": "add", "value": { "emails": [{ "value": "b@example.org", "type": "other" }], "nickname": "Babs" } }]),
            json!({
                "emails": [
                    { "value": "bjensen@example.com", "type": "work" }, { "value": "babs@jensen.org", "type": "home" },
                    { "value": "b@example.org", "type": "other" }
                ],
                "nickName": "Babs"
            }),
        ),
        // §3.5.2.1: adding an existing value changes nothing
        (
            json!([{ "op": "add", "path": "emails", "value": [{ "value": "babs@jensen.org", "type": "home" }] }]),
            json!({}),
        ),
        (json!([{ "op": "add", "path": "userName", "value": "bjensen" }]), json!({})),
        // §3.5.2.2: remove one value by filter, a sub-attribute of it, all values
        (
            json!([{ "op": "remove", "path": "emails[type eq \"work\" and value ew \"example.com\"]" }]),
            json!({ "emails": [{ "value": "babs@jensen.org", "type": "home" }] }),
        ),
        (
            json!([{ "op": "remove", "path": "addresses[type eq \"home\"].streetAddress" }]),
            json!({ "addresses": [work, { "locality": "Hollywood", "type": "home" }] }),
        ),
        (json!([{ "op": "remove", "path": "addresses" }]), json!({ "addresses": null })),
        (json!([{ "op": "remove", "path": "emails[type pr]" }]), json!({ "emails": null })),
        // §3.5.2.3: replace all values
        (
            json!([{ "op": "replace", "path": "emails", "value": [{ "value": "x@example.com" }] }]),
            json!({ "emails": [{ "value": "x@example.com" }] }),
        ),
        // §3.5.2.3: replace one selected value
        (
            json!([{ "op": "replace", "path": "addresses[type eq \"work\"]", "value":
                { "type": "work", "streetAddress": "911 Universal City Plaza", "locality": "Burbank", "primary": true } }]),
            json!({ "addresses": [
                { "type": "work", "streetAddress": "911 Universal City Plaza", "locality": "Burbank", "primary": true },
                home
            ] }),
        ),
        // §3.5.2.3: replace a sub-attribute of the selected value
        (
            json!([{ "op": "replace", "path": "addresses[type eq \"work\"].streetAddress", "value": "1010 Broadway Ave" }]),
            street("1010 Broadway Ave"),
        ),
        // §3.5.2.3: replace without a path
        (
            json!([{ "op": "replace", "value": { "emails": [{ "value": "x@example.com", "primary": true }], "nickname": "Babs" } }]),
            json!({ "emails": [{ "value": "x@example.com", "primary": true }], "nickName": "Babs" }),
        ),
    ] {
        assert_eq!(changed(operations.clone()), Ok(expected), "{operations}");
    }
}

#[test]
fn corner_cases_of_other_implementations() {
    let department = format!("{ENTERPRISE_URN}:department");
    let extended = json!({ "schemas": [USER_URN, ENTERPRISE_URN], ENTERPRISE_URN: { "department": "IT" } });
    for (operations, expected) in [
        // the first attribute of an extension adds its URN to `schemas`
        (json!([{ "op": "add", "path": department, "value": "IT" }]), extended.clone()),
        (json!([{ "op": "add", "path": department.to_uppercase(), "value": "IT" }]), extended.clone()),
        (json!([{ "op": "add", "path": ENTERPRISE_URN, "value": { "department": "IT" } }]), extended.clone()),
        (json!([{ "op": "add", "value": { ENTERPRISE_URN: { "department": "IT" } } }]), extended.clone()),
        (json!([{ "op": "add", "value": { department.as_str(): "IT" } }]), extended),
        // removing the last attribute removes the URN
        (
            json!([{ "op": "add", "path": department, "value": "IT" }, { "op": "remove", "path": department }]),
            json!({}),
        ),
        // a core attribute under its URN
        (
            json!([{ "op": "replace", "path": format!("{USER_URN}:userName"), "value": "babs" }]),
            json!({ "userName": "babs" }),
        ),
        (
            json!([{ "op": "replace", "path": format!("{USER_URN}:name.givenName"), "value": "B" }]),
            json!({ "name": { "givenName": "B", "familyName": "Jensen" } }),
        ),
        // a single value for a multi-valued attribute
        (
            json!([{ "op": "add", "path": "roles", "value": "admin" }]),
            json!({ "roles": [{ "value": "admin" }] }),
        ),
        (
            json!([{ "op": "replace", "path": "emails", "value": { "value": "x@y.test" } }]),
            json!({ "emails": [{ "value": "x@y.test" }] }),
        ),
        // a filter on a missing attribute creates a value that satisfies it
        (
            json!([{ "op": "add", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "1" }]),
            json!({ "phoneNumbers": [{ "type": "mobile", "value": "1" }] }),
        ),
        // removing a missing value succeeds
        (json!([{ "op": "remove", "path": "phoneNumbers[type eq \"mobile\"].value" }]), json!({})),
        (
            json!([{ "op": "remove", "path": "nickName" }, { "op": "remove", "path": "name.middleName" }]),
            json!({}),
        ),
        // a sub-attribute of every value
        (
            json!([{ "op": "remove", "path": "emails.type" }]),
            json!({ "emails": [{ "value": "bjensen@example.com" }, { "value": "babs@jensen.org" }] }),
        ),
        // null and the empty array are no value (RFC 7643 §2.5)
        (json!([{ "op": "replace", "path": "emails", "value": [] }]), json!({ "emails": null })),
        (json!([{ "op": "replace", "path": "emails", "value": null }]), json!({ "emails": null })),
        (json!([{ "op": "add", "path": "emails", "value": [] }]), json!({})),
        // operations see the results of those before them
        (
            json!([
                { "op": "remove", "path": "emails[type eq \"home\"]" },
                { "op": "add", "path": "emails", "value": [{ "value": "new@jensen.org", "type": "home" }] },
                { "op": "replace", "path": "emails[type eq \"home\"].primary", "value": true },
            ]),
            json!({ "emails": [
                { "value": "bjensen@example.com", "type": "work" },
                { "value": "new@jensen.org", "type": "home", "primary": true }
            ] }),
        ),
        // only one primary: the new one replaces the old one
        (
            json!([{ "op": "add", "path": "addresses", "value": [{ "locality": "Paris", "primary": true }] }]),
            {
                let mut addresses = barbara()["addresses"].clone();
                addresses[0]["primary"] = false.into();
                addresses.as_array_mut().unwrap().push(json!({ "locality": "Paris", "primary": true }));
                json!({ "addresses": addresses })
            },
        ),
    ] {
        assert_eq!(changed(operations.clone()), Ok(expected), "{operations}");
    }
}

#[test]
fn requests_that_others_ignore_with_success_are_refused() {
    use ScimType::*;
    for (operations, kind) in [
        (json!([]), InvalidSyntax),
        (json!([{ "op": "test", "path": "userName", "value": "x" }]), InvalidSyntax),
        (json!([{ "op": "move", "from": "userName", "path": "nickName" }]), InvalidSyntax),
        (json!([{ "op": "replace", "path": "/userName", "value": "x" }]), InvalidPath),
        (json!([{ "op": "replace", "path": "emails[0].value", "value": "x" }]), InvalidFilter),
        (json!([{ "op": "replace", "path": "emails/0/value", "value": "x" }]), InvalidPath),
        (json!([{ "op": "replace", "path": "unknown", "value": "x" }]), InvalidPath),
        (json!([{ "op": "replace", "path": "name.unknown", "value": "x" }]), InvalidPath),
        (json!([{ "op": "replace", "path": "emails[unknown eq \"x\"].value", "value": "x" }]), InvalidFilter),
        (json!([{ "op": "replace", "path": "emails[primary sw \"t\"].value", "value": "x" }]), InvalidFilter),
        (json!([{ "op": "remove" }]), NoTarget),
        (
            json!([{ "op": "replace", "path": "emails[value eq \"a\" or value eq \"b\"].type", "value": "x" }]),
            NoTarget,
        ),
        (json!([{ "op": "replace", "path": "id", "value": "x" }]), Mutability),
        (json!([{ "op": "remove", "path": "userName" }]), Mutability),
        (json!([{ "op": "replace", "path": "userName", "value": "" }]), InvalidValue),
        (json!([{ "op": "replace", "path": "active", "value": "yes" }]), InvalidValue),
        (json!([{ "op": "replace", "value": "x" }]), InvalidValue),
        (json!([{ "op": "add", "path": "emails" }]), InvalidValue),
        // an error in the last operation refuses all of them
        (
            json!([{ "op": "replace", "path": "nickName", "value": "x" }, { "op": "remove", "path": "userName" }]),
            Mutability,
        ),
    ] {
        assert_eq!(
            changed(operations.clone()).map_err(|refused| refused.scim_type),
            Err(kind),
            "{operations}"
        );
    }
}
