//! Properties of all users and PATCH requests: other attributes stay, adding never removes, a repeated operation
//! changes nothing.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{
    group::{GroupChange, plan},
    tests::request,
    *,
};
use crate::{
    document::{normalise_user, property_tests::user},
    error::{Rejection, ScimType},
    schema::{ENTERPRISE_URN, Schema},
};

fn patched(before: &Map<String, Value>, operation: Value) -> Result<Map<String, Value>, Rejection> {
    apply(before, &request(json!([operation]))?, Schema::user())
}

/// Any JSON, often with valid names and values.
fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        prop::sample::select(vec!["", "True", "work", "home", "admin", "ada@acme.test"])
            .prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    let key = prop::sample::select(vec![
        "value",
        "type",
        "primary",
        "display",
        "emails",
        "name",
        "givenName",
        "active",
        "roles",
        "id",
        "password",
        "name.familyName",
        "emails[type eq \"work\"].value",
        ENTERPRISE_URN,
        "department",
        "manager",
        "nope",
    ]);
    leaf.prop_recursive(3, 12, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..4)
                .prop_map(|pairs| pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

fn operation() -> impl Strategy<Value = Value> {
    let op = prop::sample::select(vec!["add", "Replace", "REMOVE", "remove", "move"]);
    let path = prop_oneof![
        4 => prop::sample::select(vec![
            "userName", "active", "name", "name.givenName", "emails", "emails.type", "emails[type eq \"work\"]",
            "emails[type eq \"work\"].value", "emails[primary eq true].primary", "roles[value eq \"admin\"]", "roles",
            "emails[not (type pr)]", "groups", "addresses[country eq \"GB\" or type pr].region", "x509Certificates",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
        ]).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    (op, prop::option::of(path), prop::option::of(json_value()))
        .prop_map(|(op, path, value)| json!({ "op": op, "path": path, "value": value }))
}

fn without(resource: &Map<String, Value>, name: &str) -> Map<String, Value> {
    resource.iter().filter(|(key, _)| *key != name).map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn elements<'a>(resource: &'a Map<String, Value>, name: &str) -> &'a [Value] {
    resource.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn a_patch_of_active_never_touches_a_sibling(user in user(), active in any::<bool>(), path in any::<bool>()) {
        let operation = match path {
            true => json!({ "op": "replace", "path": "active", "value": active }),
            false => json!({ "op": "replace", "value": { "active": active } }),
        };
        let after = patched(&user, operation).unwrap();
        prop_assert_eq!(after.get("active"), Some(&Value::Bool(active)));
        prop_assert_eq!(without(&after, "active"), without(&user, "active"));
    }

    #[test]
    fn adding_never_removes(user in user(), new in "[a-z]{1,3}", primary in any::<bool>()) {
        let after = patched(&user, json!({ "op": "add", "path": "emails", "value": { "value": new, "primary": primary } }));
        let after = after.unwrap();
        for old in elements(&user, "emails") {
            let is_there = elements(&after, "emails").iter().any(|email| {
                email["value"] == old["value"] && email.get("type") == old.get("type")
            });
            prop_assert!(is_there || old["value"] == new.as_str(), "{} was removed", old);
        }
        prop_assert!(elements(&after, "emails").iter().any(|email| email["value"] == new.as_str()));
        prop_assert_eq!(without(&after, "emails"), without(&user, "emails"));
    }

    /// All forms in which clients add values: the old values stay, and other attributes do not change.
    #[test]
    fn adding_in_any_form_never_removes(
        user in user(),
        attribute in prop::sample::select(vec!["emails", "roles", "phoneNumbers"]),
        new in prop::collection::vec(("[a-z]{1,3}", prop::option::of("work|home")), 0..4),
        form in 0..5_u8,
    ) {
        let new: Vec<Value> = new.into_iter().map(|(value, kind)| json!({ "value": value, "type": kind })).collect();
        let first = new.first().cloned().unwrap_or_default();
        let filtered = format!("{attribute}[type eq \"other\" and value eq \"none\"].display");
        let after = patched(&user, match form {
            0 => json!({ "op": "add", "path": attribute, "value": new }),
            1 => json!({ "op": "Add", "value": { attribute: new } }),
            2 => json!({ "op": "add", "path": attribute, "value": first }),
            3 => json!({ "op": "add", "path": filtered, "value": "x" }),
            _ => json!({ "op": "add", "value": { filtered: "x" } }),
        }).unwrap();
        let values = |resource: &Map<String, Value>| -> Vec<String> {
            elements(resource, attribute).iter().map(|one| one["value"].to_string().to_lowercase()).collect()
        };
        let (before, now) = (values(&user), values(&after));
        prop_assert!(before.iter().all(|value| now.contains(value)), "{:?} became {:?}", before, now);
        prop_assert!(now.len() >= before.len(), "{:?} became {:?}", before, now);
        prop_assert_eq!(without(&after, attribute), without(&user, attribute));
    }

    #[test]
    fn removing_a_missing_value_changes_nothing(user in user()) {
        let after = patched(&user, json!({ "op": "remove", "path": "emails[value eq \"nobody@nowhere\"]" }));
        prop_assert_eq!(after, Ok(user));
    }

    /// For every request: no panic, a canonical document, at most one primary value.
    #[test]
    fn every_result_is_canonical(user in user(), operations in prop::collection::vec(operation(), 1..4)) {
        let Ok(request) = request(Value::Array(operations)) else { return Ok(()) };
        match apply(&user, &request, Schema::user()) {
            Ok(after) => {
                for name in ["emails", "roles", "addresses"] {
                    let primaries = elements(&after, name).iter().filter(|value| value["primary"] == true).count();
                    prop_assert!(primaries <= 1, "{} {:?}", name, after);
                }
                let again = normalise_user(&Value::Object(after.clone()), Schema::user());
                prop_assert_eq!(again, Ok(after));
            }
            Err(refused) => {
                prop_assert!(!refused.detail.is_empty());
                prop_assert!(refused.scim_type != ScimType::Uniqueness);
            }
        }
    }

    #[test]
    fn one_operation_twice_is_the_same_as_once(user in user(), operation in operation()) {
        if let Ok(once) = patched(&user, operation.clone())
            && let Ok(twice) = patched(&once, operation.clone())
        {
            prop_assert_eq!(twice, once, "{}", operation);
        }
    }

    #[test]
    fn a_plan_is_total_and_adding_never_plans_a_removal(
        operations in prop::collection::vec(operation(), 1..4),
        member in "[a-z0-9-]{1,8}",
    ) {
        if let Ok(request) = request(Value::Array(operations)) {
            let _ = plan(&request);
        }
        for value in [json!(member), json!([member]), json!({ "value": member }), json!([{ "value": member }])] {
            for operation in [
                json!({ "op": "add", "path": "members", "value": value }),
                json!({ "op": "add", "value": { "members": value } }),
            ] {
                let changes = plan(&request(json!([operation])).unwrap());
                prop_assert_eq!(changes, Ok(vec![GroupChange::AddMembers(vec![member.clone()])]));
            }
        }
    }
}
