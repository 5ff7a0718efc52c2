//! Tables for refusals of a PATCH of a User: the `scimType`, and the name of the attribute in the detail.

use serde_json::{Value, json};

use super::{tests::patched, *};
use crate::{
    error::ScimType,
    schema::{ENTERPRISE_URN, USER_URN},
};

#[test]
fn refusals_have_scim_type_and_attribute() {
    use ScimType::*;
    for (operation, kind, detail) in [
        (json!({ "op": "replace", "path": "id", "value": "x" }), Mutability, "id"),
        (json!({ "op": "replace", "path": "meta.version", "value": "x" }), Mutability, "meta.version"),
        (json!({ "op": "add", "path": "groups", "value": [{ "value": "g" }] }), Mutability, "groups"),
        (json!({ "op": "remove", "path": "schemas" }), Mutability, "schemas"),
        (json!({ "op": "remove", "path": "userName" }), Mutability, "userName"),
        (json!({ "op": "remove", "path": "active" }), Mutability, "active"),
        (json!({ "op": "replace", "path": "nope", "value": 1 }), InvalidPath, "nope"),
        (json!({ "op": "remove", "path": "emails.nope" }), InvalidPath, "emails.nope"),
        (json!({ "op": "add", "path": "employeeNumber", "value": "1" }), InvalidPath, "employeeNumber"),
        (json!({ "op": "add", "path": "urn:x:y:Z", "value": {} }), InvalidPath, "urn:x:y:Z"),
        (json!({ "op": "add", "path": "a b", "value": 1 }), InvalidPath, "a b"),
        (json!({ "op": "add", "path": 5, "value": 1 }), InvalidPath, "path"),
        (json!({ "op": "add", "path": "name[givenName pr].familyName", "value": "x" }), InvalidPath, "name"),
        (json!({ "op": "replace", "value": { "nope": 1 } }), InvalidPath, "nope"),
        (json!({ "op": "replace", "value": { ENTERPRISE_URN: { "nope": 1 } } }), InvalidPath, "nope"),
        (json!({ "op": "replace", "value": { "urn:x:y:Z": { "a": 1 } } }), InvalidPath, "urn:x:y:Z"),
        (json!({ "op": "remove", "path": USER_URN }), InvalidPath, "User"),
        (json!({ "op": "replace", "path": "emails[type sw \"x\"].value", "value": "x" }), NoTarget, "emails"),
        (json!({ "op": "add", "path": "emails[not (type pr)].value", "value": "x" }), NoTarget, "emails"),
        (json!({ "op": "add", "path": "emails[type eq \"x\"].type", "value": "y" }), NoTarget, "emails"),
        (
            json!({ "op": "add", "path": "emails[type eq \"a\" and type eq \"b\"].value", "value": "x" }),
            NoTarget,
            "emails",
        ),
        (json!({ "op": "add", "path": "emails[type eq \"\"].value", "value": "x" }), NoTarget, "emails"),
        (
            json!({ "op": "add", "path": format!("emails[type eq \"{}\"].value", "x".repeat(4097)), "value": "x" }),
            InvalidValue,
            "emails.type",
        ),
        (json!({ "op": "remove" }), NoTarget, "path"),
        (json!({ "op": "remove", "path": "emails[nope eq \"x\"]" }), InvalidFilter, "nope"),
        (json!({ "op": "remove", "path": "emails[type eq work]" }), InvalidFilter, "work"),
        (json!({ "op": "replace", "path": "active", "value": null }), InvalidValue, "active"),
        (json!({ "op": "replace", "value": { "active": null } }), InvalidValue, "active"),
        (json!({ "op": "replace", "value": { "active": "no" } }), InvalidValue, "active"),
        (json!({ "op": "replace", "value": { "active": 0 } }), InvalidValue, "active"),
        (json!({ "op": "replace", "path": "displayName", "value": "a\u{0}b" }), InvalidValue, "displayName"),
        (json!({ "op": "replace", "path": "title", "value": "True".repeat(2000) }), InvalidValue, "title"),
        (json!({ "op": "replace", "path": "title", "value": true }), InvalidValue, "title"),
        (json!({ "op": "replace", "path": "title", "value": ["x", "y"] }), InvalidValue, "title"),
        (
            json!({ "op": "replace", "path": "title", "value": [{ "value": "x", "type": "work" }] }),
            InvalidValue,
            "title",
        ),
        (json!({ "op": "replace", "path": "userName", "value": " " }), InvalidValue, "userName"),
        (json!({ "op": "replace", "path": "userName", "value": null }), InvalidValue, "userName"),
        (json!({ "op": "replace", "path": "userName", "value": "x".repeat(257) }), InvalidValue, "userName"),
        (json!({ "op": "replace", "path": "name", "value": "Ada" }), InvalidValue, "name"),
        (json!({ "op": "replace", "path": "name", "value": { "nope": "x" } }), InvalidValue, "nope"),
        (json!({ "op": "replace", "path": "emails", "value": "ada@acme.test" }), InvalidValue, "emails"),
        (
            json!({ "op": "replace", "path": "emails", "value": [{ "value": 5 }] }),
            InvalidValue,
            "emails.value",
        ),
        (json!({ "op": "replace", "path": "emails.primary", "value": true }), InvalidValue, "primary"),
        (
            json!({ "op": "add", "path": "emails", "value": [{ "value": "a", "primary": true }, { "value": "b", "primary": true }] }),
            InvalidValue,
            "primary",
        ),
        (json!({ "op": "replace", "path": "roles", "value": 5 }), InvalidValue, "roles"),
        (json!({ "op": "replace", "value": [1] }), InvalidValue, "value"),
        (json!({ "op": "replace", "path": ENTERPRISE_URN, "value": "x" }), InvalidValue, ENTERPRISE_URN),
        (json!({ "op": "add", "path": "title" }), InvalidValue, "value"),
        (json!({ "op": "move", "path": "title", "value": 1 }), InvalidSyntax, "move"),
        (json!({ "path": "title", "value": 1 }), InvalidSyntax, "op"),
        (json!("remove"), InvalidSyntax, "object"),
    ] {
        let refused = patched(json!([operation])).expect_err(&operation.to_string());
        assert_eq!(refused.scim_type, kind, "{operation}: {refused}");
        assert!(refused.detail.contains(detail), "{operation}: {refused}");
    }
}

#[test]
fn a_malformed_request_is_refused() {
    let fine = json!([{ "op": "replace", "value": {} }]);
    let many = Value::Array(vec![json!({ "op": "remove", "path": "title" }); MAX_OPERATIONS + 1]);
    for body in [
        json!(null),
        json!([]),
        json!({}),
        json!({ "Operations": fine }),
        json!({ "schemas": [USER_URN], "Operations": fine }),
        json!({ "schemas": PATCH_URN, "Operations": fine }),
        json!({ "schemas": [PATCH_URN] }),
        json!({ "schemas": [PATCH_URN], "Operations": [] }),
        json!({ "schemas": [PATCH_URN], "Operations": {} }),
        json!({ "schemas": [PATCH_URN], "Operations": many }),
    ] {
        assert_eq!(Request::parse(&body).unwrap_err().scim_type, ScimType::InvalidSyntax, "{body}");
    }
    let any_case =
        json!({ "Schemas": [PATCH_URN.to_uppercase()], "operations": [{ "OP": "Add", "Value": {} }] });
    assert_eq!(Request::parse(&any_case).unwrap().operations.len(), 1);
}
