//! Tables for PATCH of a group: the requests of Okta and Entra, and refusals.

use serde_json::{Value, json};

use super::{GroupChange::*, *};
use crate::{error::ScimType, patch::PATCH_URN, schema::GROUP_URN};

fn planned(operations: Value) -> Result<Vec<GroupChange>, Rejection> {
    plan(&Request::parse(&json!({ "schemas": [PATCH_URN], "Operations": operations }))?)
}

fn ids(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

#[test]
fn requests_of_okta_and_entra_are_understood() {
    for (operation, expected) in [
        // Okta's rename, sent with every membership change
        (
            json!({ "op": "replace", "value": { "id": "abf4", "displayName": "Test SCIMv2" } }),
            vec![SetDisplayName("Test SCIMv2".into())],
        ),
        (json!({ "op": "replace", "value": { "id": "abf4", "meta": {}, "schemas": [] } }), vec![]),
        (json!({ "op": "Replace", "path": "displayname", "value": "X" }), vec![SetDisplayName("X".into())]),
        (
            json!({ "op": "add", "path": format!("{GROUP_URN}:displayName"), "value": "X" }),
            vec![SetDisplayName("X".into())],
        ),
        (
            json!({ "op": "replace", "path": "externalId", "value": "e" }),
            vec![SetExternalId(Some("e".into()))],
        ),
        (json!({ "op": "replace", "path": "externalId", "value": null }), vec![SetExternalId(None)]),
        (json!({ "op": "remove", "path": "externalId" }), vec![SetExternalId(None)]),
        // members: add; without `type`
        (
            json!({ "op": "add", "path": "members", "value": [{ "value": "a", "display": "A" }, { "value": "b" }] }),
            vec![AddMembers(ids(&["a", "b"]))],
        ),
        (
            json!({ "op": "Add", "path": "Members", "value": { "value": "a", "type": "User" } }),
            vec![AddMembers(ids(&["a"]))],
        ),
        (
            json!({ "op": "add", "path": "members", "value": ["a", "a", "b"] }),
            vec![AddMembers(ids(&["a", "b"]))],
        ),
        (json!({ "op": "add", "path": "members", "value": "a" }), vec![AddMembers(ids(&["a"]))]),
        (json!({ "op": "add", "path": "members", "value": [] }), vec![]),
        (json!({ "op": "add", "value": { "members": [{ "value": "a" }] } }), vec![AddMembers(ids(&["a"]))]),
        // replace
        (
            json!({ "op": "replace", "path": "members", "value": [{ "value": "a" }, { "value": "a" }] }),
            vec![ReplaceMembers(ids(&["a"]))],
        ),
        (json!({ "op": "replace", "path": "members", "value": [] }), vec![ReplaceMembers(vec![])]),
        (
            json!({ "op": "replace", "value": { "displayName": "X", "members": [] } }),
            vec![SetDisplayName("X".into()), ReplaceMembers(vec![])],
        ),
        // remove
        (
            json!({ "op": "remove", "path": "members[value eq \"89bb\"]" }),
            vec![RemoveMembers(ids(&["89bb"]))],
        ),
        (
            json!({ "op": "remove", "path": "members[value eq \"a\" or VALUE EQ \"b\" or value eq \"a\"]" }),
            vec![RemoveMembers(ids(&["a", "b"]))],
        ),
        (
            json!({ "op": "remove", "path": "members[value eq \"a\" and type eq \"User\"]" }),
            vec![RemoveMembers(ids(&["a"]))],
        ),
        (
            json!({ "op": "Remove", "path": "members", "value": [{ "value": "a" }] }),
            vec![RemoveMembers(ids(&["a"]))],
        ),
        (json!({ "op": "remove", "path": "members", "value": [] }), vec![]),
        (json!({ "op": "remove", "path": "members" }), vec![RemoveAllMembers]),
    ] {
        assert_eq!(planned(json!([operation])), Ok(expected), "{operation}");
    }
}

#[test]
fn changes_keep_their_order() {
    let changes = planned(json!([
        { "op": "remove", "path": "members[value eq \"a\"]" },
        { "op": "add", "path": "members", "value": [{ "value": "b" }] },
        { "op": "replace", "value": { "id": "x", "displayName": "X" } },
    ]));
    let expected = vec![RemoveMembers(ids(&["a"])), AddMembers(ids(&["b"])), SetDisplayName("X".into())];
    assert_eq!(changes, Ok(expected));
}

#[test]
fn unsupported_changes_are_refused() {
    for (operation, kind) in [
        (json!({ "op": "replace", "path": "id", "value": "x" }), ScimType::Mutability),
        (json!({ "op": "remove", "path": "displayName" }), ScimType::Mutability),
        (json!({ "op": "replace", "path": "displayName", "value": "" }), ScimType::InvalidValue),
        (json!({ "op": "replace", "value": { "displayName": " " } }), ScimType::InvalidValue),
        (json!({ "op": "replace", "value": { "displayName": 5 } }), ScimType::InvalidValue),
        (json!({ "op": "replace", "value": { "nope": 5 } }), ScimType::InvalidPath),
        (json!({ "op": "replace", "path": "userName", "value": "x" }), ScimType::InvalidPath),
        (
            json!({ "op": "replace", "path": "displayName[value eq \"x\"]", "value": "x" }),
            ScimType::InvalidPath,
        ),
        (json!({ "op": "replace", "value": "x" }), ScimType::InvalidValue),
        (json!({ "op": "remove", "path": GROUP_URN }), ScimType::InvalidPath),
        (json!({ "op": "remove" }), ScimType::NoTarget),
        (json!({ "op": "add", "path": "members", "value": [{ "display": "A" }] }), ScimType::InvalidValue),
        (json!({ "op": "add", "path": "members", "value": [{ "value": 5 }] }), ScimType::InvalidValue),
        (json!({ "op": "add", "path": "members", "value": [{ "value": "" }] }), ScimType::InvalidValue),
        (json!({ "op": "add", "path": "members", "value": 5 }), ScimType::InvalidValue),
        (
            json!({ "op": "add", "path": "members", "value": [{ "value": "g", "type": "Group" }] }),
            ScimType::InvalidValue,
        ),
        (json!({ "op": "remove", "path": "members[display eq \"x\"]" }), ScimType::InvalidFilter),
        (json!({ "op": "remove", "path": "members[not (value eq \"x\")]" }), ScimType::InvalidFilter),
        (json!({ "op": "remove", "path": "members[value sw \"x\"]" }), ScimType::InvalidFilter),
        (json!({ "op": "remove", "path": "members[type eq \"User\"]" }), ScimType::InvalidFilter),
        (
            json!({ "op": "remove", "path": "members[value eq \"a\" and value eq \"b\"]" }),
            ScimType::InvalidFilter,
        ),
        (
            json!({ "op": "replace", "path": "members[value eq \"a\"].value", "value": "b" }),
            ScimType::Mutability,
        ),
        (json!({ "op": "remove", "path": "members.value" }), ScimType::Mutability),
    ] {
        let refused = planned(json!([operation])).expect_err(&operation.to_string());
        assert_eq!(refused.scim_type, kind, "{operation}: {refused}");
    }
    let refused =
        planned(json!([{ "op": "add", "path": "members", "value": { "value": "g", "type": "group" } }]));
    assert!(refused.unwrap_err().detail.contains("groups inside groups"));
}

#[test]
fn a_thousand_members_collapse_in_order() {
    let members: Vec<_> = (0..100_000).map(|n| json!({ "value": format!("u{}", n % 50_000) })).collect();
    let changes = planned(json!([{ "op": "add", "path": "members", "value": members }])).unwrap();
    let [AddMembers(ids)] = changes.as_slice() else { panic!("one change") };
    assert_eq!((ids.len(), ids[0].as_str(), ids[49_999].as_str()), (50_000, "u0", "u49999"));
}

#[test]
fn a_run_of_changes_of_one_kind_is_one_change() {
    let add = |id: &str| json!({ "op": "add", "path": "members", "value": [{ "value": id }] });
    let many: Vec<_> = (0..1000).map(|number| add(&format!("u{}", number % 400))).collect();
    let changes = planned(json!(many)).unwrap();
    let [AddMembers(ids)] = changes.as_slice() else { panic!("{} changes", changes.len()) };
    assert_eq!(ids.len(), 400);
}

#[test]
fn more_changes_of_members_than_one_transaction_makes_are_refused() {
    let alternating = |count: usize| -> Vec<_> {
        (0..count)
            .map(|number| {
                let op = if number % 2 == 0 { "add" } else { "remove" };
                json!({ "op": op, "path": "members", "value": [{ "value": format!("u{number}") }] })
            })
            .collect()
    };
    assert_eq!(planned(json!(alternating(200))).unwrap().len(), 200);
    assert_eq!(planned(json!(alternating(1000))).unwrap_err().scim_type, ScimType::TooMany);
}

/// Reading each level twice would take four billion steps for this path.
#[test]
fn nested_conditions_are_read_once() {
    let filter =
        (0..30).fold("value eq \"a\"".to_owned(), |inner, _| format!("({inner}) and type eq \"User\""));
    let changes = planned(json!([{ "op": "remove", "path": format!("members[{filter}]") }]));
    assert_eq!(changes, Ok(vec![RemoveMembers(ids(&["a"]))]));
}
