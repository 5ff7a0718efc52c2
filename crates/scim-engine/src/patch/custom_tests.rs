//! Tests of PATCH with attributes that a workspace has declared.

use serde_json::{Map, Value, json};

use super::{
    Prepared, apply,
    tests::{request, user},
};
use crate::{
    error::ScimType,
    schema::{Attribute, Schema, Type, USER_URN},
};

#[test]
fn custom_attributes_are_patched_by_their_characteristics() {
    let urn = "urn:example:acme:2.0:User";
    let mut badge = Attribute::new("badge", Type::Integer, "Badge");
    badge.mutability = crate::schema::Mutability::Immutable;
    let schema = Schema::user()
        .with_attribute(urn, badge)
        .and_then(|schema| schema.with_attribute(urn, Attribute::new("tags", Type::String, "Tags").many()))
        .unwrap();
    let run = |before: &Map<String, Value>, operation: Value| {
        apply(before, &request(json!([operation])).unwrap(), &schema)
    };
    let one =
        run(&user(), json!({ "op": "add", "value": { urn: { "Badge": 7, "tags": ["a", "B"] } } })).unwrap();
    assert_eq!(one[urn], json!({ "badge": 7, "tags": ["a", "B"] }));
    let two = run(&one, json!({ "op": "add", "path": format!("{urn}:tags"), "value": ["b", "c"] })).unwrap();
    assert_eq!(two[urn]["tags"], json!(["a", "B", "c"]));
    let three = run(&two, json!({ "op": "remove", "path": format!("{urn}:tags[value eq \"b\"]") })).unwrap();
    assert_eq!(three[urn]["tags"], json!(["a", "c"]));
    assert_eq!(
        run(&one, json!({ "op": "replace", "path": format!("{urn}:badge"), "value": 7 })).unwrap(),
        one
    );
    let refused =
        run(&one, json!({ "op": "replace", "path": format!("{urn}:badge"), "value": 8 })).unwrap_err();
    assert_eq!(refused.scim_type, ScimType::Mutability);
    let refused =
        run(&one, json!({ "op": "replace", "path": format!("{urn}:badge"), "value": 1.5 })).unwrap_err();
    assert_eq!(refused.scim_type, ScimType::InvalidValue);
}

#[test]
fn a_core_attribute_is_not_one_of_an_extension() {
    let urn = "urn:example:acme:2.0:User";
    let active = Attribute::new("active", Type::Boolean, "Active");
    let schema = Schema::user().with_attribute(urn, active).unwrap();
    let core = format!("{USER_URN}:active");
    for (operation, expected) in [
        (json!({ "op": "replace", "value": { "Active": true } }), true),
        (json!({ "op": "replace", "path": core, "value": true }), true),
        (json!({ "op": "replace", "value": { urn: { "active": true } } }), false),
        (json!({ "op": "replace", "path": format!("{urn}:active"), "value": true }), false),
        (json!({ "op": "remove", "path": urn }), false),
    ] {
        let request = request(json!([operation])).unwrap();
        assert_eq!(Prepared::new(&request, &schema).unwrap().changes("active"), expected, "{operation}");
    }
}
