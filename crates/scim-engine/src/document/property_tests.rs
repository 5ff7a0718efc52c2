//! Properties of all documents: a PUT of a returned document changes nothing, and no document makes the code panic.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::schema::{ENTERPRISE_URN, Schema, USER_URN};

fn plural(values: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let kind = prop::option::of(prop::sample::select(vec!["work", "home", "other"]));
    let value = (prop::sample::select(values), kind, prop::option::of("[A-Z][a-z]{0,5}"));
    (prop::collection::btree_map("[a-z]{1,3}", value, 0..4), any::<bool>()).prop_map(|(values, primary)| {
        let mut values: Vec<Value> = values
            .into_iter()
            .map(|(unique, (value, kind, display))| {
                json!({ "value": format!("{unique}{value}"), "type": kind, "display": display })
            })
            .collect();
        if let (true, Some(Value::Object(first))) = (primary, values.first_mut()) {
            first.insert("primary".into(), true.into());
        }
        Value::Array(values)
    })
}

/// A canonical user with some of the attributes.
pub(crate) fn user() -> impl Strategy<Value = Map<String, Value>> {
    let text = || prop::option::of("\\PC{0,6}");
    (
        ("[a-zA-Z@.]{1,12}", text(), text(), prop::option::of(any::<bool>())),
        (plural(&["@acme.test", "@home.test"]), plural(&["admin", "Editor"])),
        (text(), text(), text()),
    )
        .prop_map(|((name, display, given, active), (emails, roles), (department, manager, title))| {
            let document = json!({
                "schemas": [USER_URN], "userName": name, "displayName": display, "name": { "givenName": given },
                "active": active, "emails": emails, "roles": roles, "title": title,
                ENTERPRISE_URN: { "department": department, "manager": { "displayName": manager } }
            });
            normalise_user(&document, Schema::user()).unwrap()
        })
}

fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(json!([USER_URN, crate::schema::GROUP_URN])),
    ];
    let key = prop::sample::select(vec![
        "schemas",
        "userName",
        "emails",
        "value",
        "name",
        "active",
        "members",
        "displayName",
        "externalId",
        "roles",
        ENTERPRISE_URN,
        "meta",
        "primary",
        "x",
    ]);
    leaf.prop_recursive(4, 20, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..6)
                .prop_map(|pairs| pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn a_put_of_a_returned_user_changes_nothing(user in user()) {
        let mut returned = user.clone();
        returned.insert("id".into(), "u1".into());
        returned.insert("groups".into(), json!([{ "value": "g1", "display": "G" }]));
        returned.insert("meta".into(), json!({ "resourceType": "User", "version": "W/\"1\"" }));
        let returned = project(&returned, None, None, Schema::user());
        prop_assert_eq!(normalise_user(&Value::Object(returned), Schema::user()), Ok(user));
    }

    #[test]
    fn every_document_is_normalised_or_refused(mut document in anything(), name in prop::option::of("[a-z]{1,3}")) {
        if let (Some(name), Some(document)) = (name, document.as_object_mut()) {
            document.insert("schemas".into(), json!([USER_URN]));
            document.insert("userName".into(), name.into());
        }
        if let Ok(user) = normalise_user(&document, Schema::user()) {
            prop_assert_eq!(normalise_user(&Value::Object(user.clone()), Schema::user()), Ok(user));
        }
        let _ = normalise_group(&document);
    }

    #[test]
    fn a_projection_only_leaves_out(
        user in user(),
        attributes in prop::option::of("[a-zA-Z.,]{0,12}|userName,emails.value|name.givenName|active"),
        excluded in prop::option::of("[a-zA-Z.,]{0,12}|emails|emails.type|schemas,id|name"),
    ) {
        let list = |text: Option<String>| text.and_then(|text| parse_attribute_list(&text).ok());
        let (attributes, excluded) = (list(attributes), list(excluded));
        let selected = project(&user, attributes.as_deref(), excluded.as_deref(), Schema::user());
        prop_assert_eq!(selected.get("schemas"), user.get("schemas"));
        prop_assert!(selected.keys().all(|key| user.contains_key(key)));
        let again = project(&selected, attributes.as_deref(), excluded.as_deref(), Schema::user());
        prop_assert_eq!(again, selected);
    }
}
