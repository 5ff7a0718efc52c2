//! Tables for documents: what POST and PUT send, what responses return, the two messages.

use serde_json::{Value, json};

use super::*;
use crate::{
    error::{Rejection, ScimType},
    schema::{Attribute, ENTERPRISE_URN, GROUP_URN, Schema, Type, USER_URN},
};

fn user(fields: Value) -> Result<Value, Rejection> {
    let mut document = json!({ "schemas": [USER_URN], "userName": "ada" });
    document.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    normalise_user(&document, Schema::user()).map(Value::Object)
}

#[test]
fn oktas_create_is_understood() {
    // okta-facts §2.5, 3
    let document = json!({
        "schemas": [USER_URN], "userName": "Test.User@okta.local",
        "name": { "givenName": "Test", "familyName": "User" },
        "emails": [{ "primary": true, "value": "test.user@okta.local", "type": "work" }],
        "displayName": "Test User", "locale": "en-US", "externalId": "00ujl29u0le5T6Aj10h7",
        "groups": [], "password": "1mz050nq", "active": true
    });
    assert_eq!(
        serde_json::to_string(&normalise_user(&document, Schema::user()).unwrap()).unwrap(),
        json!({
            "schemas": [USER_URN], "externalId": "00ujl29u0le5T6Aj10h7", "userName": "Test.User@okta.local",
            "name": { "givenName": "Test", "familyName": "User" },
            "displayName": "Test User", "locale": "en-US", "active": true,
            "emails": [{ "primary": true, "value": "test.user@okta.local", "type": "work" }]
        })
        .to_string()
    );
}

#[test]
fn documents_are_normalised() {
    for (fields, expected) in [
        (
            json!({ "DISPLAYNAME": "A", "Name": { "GIVENNAME": "B" } }),
            json!({ "displayName": "A", "name": { "givenName": "B" } }),
        ),
        // read-only attributes, the password and unknown attributes are left out
        (
            json!({ "id": "x", "meta": {}, "groups": [{ "value": "g" }], "password": "p", "nope": { "a": 1 } }),
            json!({}),
        ),
        (
            json!({ "emails": [{ "value": "a", "nope": 1 }], "urn:x:y:Z": { "a": 1 } }),
            json!({ "emails": [{ "value": "a" }] }),
        ),
        // all forms of no value
        (
            json!({ "title": null, "nickName": "", "emails": [], "photos": [null], "name": {}, "active": null,
                    "addresses": [{ "country": "" }], "phoneNumbers": [{ "value": "", "type": "work" }], ENTERPRISE_URN: {} }),
            json!({}),
        ),
        (json!({ ENTERPRISE_URN: null }), json!({})),
        (json!({ "active": "False" }), json!({ "active": false })),
        (json!({ "active": "true" }), json!({ "active": true })),
        (
            json!({ "emails": [{ "value": "a", "primary": "True" }] }),
            json!({ "emails": [{ "value": "a", "primary": true }] }),
        ),
        (json!({ "emails": { "value": "a" } }), json!({ "emails": [{ "value": "a" }] })),
        (json!({ "emails": [{ "value": "a" }, { "value": "a" }] }), json!({ "emails": [{ "value": "a" }] })),
        // all forms of roles that clients send
        (json!({ "roles": "admin" }), json!({ "roles": [{ "value": "admin" }] })),
        (
            json!({ "roles": ["admin", "editor"] }),
            json!({ "roles": [{ "value": "admin" }, { "value": "editor" }] }),
        ),
        (json!({ "roles": { "value": "admin" } }), json!({ "roles": [{ "value": "admin" }] })),
        (
            json!({ "roles": [{ "type": "t", "value": "admin" }] }),
            json!({ "roles": [{ "type": "t", "value": "admin" }] }),
        ),
        (json!({ "roles": ["", null] }), json!({})),
        (json!({ "userName": " Ada " }), json!({ "userName": " Ada " })),
        (json!({ "userName": "é".repeat(256) }), json!({ "userName": "é".repeat(256) })),
        (
            json!({ format!("{ENTERPRISE_URN}:department"): "X" }),
            json!({ "schemas": [USER_URN, ENTERPRISE_URN], ENTERPRISE_URN: { "department": "X" } }),
        ),
        (
            json!({ ENTERPRISE_URN.to_uppercase(): { "Department": "X", "manager": "m" } }),
            json!({ "schemas": [USER_URN, ENTERPRISE_URN], ENTERPRISE_URN: { "department": "X", "manager": { "value": "m" } } }),
        ),
    ] {
        let mut all = json!({ "schemas": [USER_URN], "userName": "ada" });
        all.as_object_mut().unwrap().extend(expected.as_object().unwrap().clone());
        assert_eq!(user(fields.clone()), Ok(all), "{fields}");
    }
}

#[test]
fn values_that_do_not_fit_are_refused_with_the_name() {
    for (fields, detail) in [
        (json!({ "userName": null }), "userName"),
        (json!({ "userName": "" }), "userName"),
        (json!({ "userName": " \t" }), "userName"),
        (json!({ "userName": 5 }), "userName must be a text, not a number"),
        (json!({ "userName": "x".repeat(257) }), "256"),
        (json!({ "displayName": "x".repeat(257) }), "displayName is longer than 256"),
        (json!({ "title": "x".repeat(4097) }), "title is longer than 4096"),
        (json!({ "displayName": "a\u{0}" }), "U+0000"),
        (json!({ "active": "FALSE" }), "active must be true or false"),
        (json!({ "active": 1 }), "active"),
        (json!({ "name": "Ada" }), "name must be an object"),
        (json!({ "name": { "givenName": {"a": 1} } }), "name.givenName"),
        (json!({ "emails": "a@b" }), "emails must be an object, not a text"),
        (json!({ "emails": [["a"]] }), "emails"),
        (json!({ "emails": [{ "value": true }] }), "emails.value"),
        (
            json!({ "emails": [{ "value": "a", "primary": true }, { "value": "b", "primary": true }] }),
            "primary",
        ),
        (
            json!({ "x509Certificates": [{ "value": "not base64!" }] }),
            "x509Certificates.value must be base64",
        ),
        (json!({ "roles": [5] }), "roles"),
        (json!({ "roles": vec!["x"; 1001] }), "at most 200"),
        (json!({ ENTERPRISE_URN: "x" }), "must be an object"),
        (json!({ ENTERPRISE_URN: { "department": 5 } }), "department"),
    ] {
        let refused = user(fields.clone()).expect_err(&fields.to_string());
        assert_eq!(refused.scim_type, ScimType::InvalidValue, "{fields}: {refused}");
        assert!(refused.detail.contains(detail), "{fields}: {refused}");
    }
}

#[test]
fn a_document_that_is_no_user_is_a_syntax_error() {
    for document in [
        json!(null),
        json!("x"),
        json!([]),
        json!({ "userName": "a" }),
        json!({ "schemas": [], "userName": "a" }),
        json!({ "schemas": USER_URN, "userName": "a" }),
        json!({ "schemas": [GROUP_URN], "userName": "a" }),
        json!({ "schemas": [USER_URN], "userName": "a", "USERNAME": "b" }),
        json!({ "schemas": [USER_URN], "userName": "a", "name": { "givenName": "a", "givenname": "b" } }),
    ] {
        let refused = normalise_user(&document, Schema::user()).expect_err(&document.to_string());
        assert_eq!(refused.scim_type, ScimType::InvalidSyntax, "{document}: {refused}");
    }
    let missing = normalise_user(&json!({ "schemas": [USER_URN] }), Schema::user()).unwrap_err();
    assert_eq!(missing.scim_type, ScimType::InvalidValue);
    assert!(missing.detail.contains("userName"));
}

#[test]
fn custom_attributes_are_normalised_too() {
    let schema =
        Schema::user().with_attribute(ENTERPRISE_URN, Attribute::new("UID", Type::String, "x")).unwrap();
    let document = json!({ "schemas": [USER_URN], "userName": "a", ENTERPRISE_URN: { "uid": "7" } });
    let user = normalise_user(&document, &schema).unwrap();
    assert_eq!(user[ENTERPRISE_URN], json!({ "UID": "7" }));
    assert_eq!(normalise_user(&document, Schema::user()).unwrap().get(ENTERPRISE_URN), None);
}

#[test]
fn groups_are_a_name_an_id_and_members() {
    let group = |fields: Value| {
        let mut document = json!({ "schemas": [GROUP_URN], "displayName": "G" });
        document.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        normalise_group(&document)
    };
    let expected = |external_id: Option<&str>, members: Option<&[&str]>| GroupInput {
        display_name: "G".into(),
        external_id: external_id.map(str::to_owned),
        members: members.map(|members| members.iter().map(|id| (*id).to_owned()).collect()),
    };
    for (fields, external_id, members) in [
        (json!({}), None, None),
        (json!({ "id": "x", "meta": {}, "nope": 1, "externalId": "" }), None, None),
        (json!({ "externalid": "e", "members": [] }), Some("e"), Some(&[][..])),
        (json!({ "members": null }), None, Some(&[][..])),
        (
            json!({ "Members": [{ "value": "a", "display": "A" }, "b", { "VALUE": "a" }] }),
            None,
            Some(&["a", "b"][..]),
        ),
    ] {
        assert_eq!(group(fields.clone()), Ok(expected(external_id, members)), "{fields}");
    }
    for (fields, kind) in [
        (json!({ "schemas": [USER_URN] }), ScimType::InvalidSyntax),
        (json!({ "DISPLAYNAME": "H" }), ScimType::InvalidSyntax),
        (json!({ "displayName": " " }), ScimType::InvalidValue),
        (json!({ "displayName": null }), ScimType::InvalidValue),
        (json!({ "members": [{ "value": "g", "type": "Group" }] }), ScimType::InvalidValue),
        (json!({ "members": [{}] }), ScimType::InvalidValue),
    ] {
        assert_eq!(group(fields.clone()).expect_err(&fields.to_string()).scim_type, kind, "{fields}");
    }
}

fn projected(attributes: Option<&str>, excluded: Option<&str>) -> Value {
    let full = json!({
        "schemas": [USER_URN, ENTERPRISE_URN], "id": "u1", "userName": "ada",
        "name": { "givenName": "Ada", "familyName": "L" },
        "emails": [{ "value": "a", "type": "work" }, { "value": "b" }],
        ENTERPRISE_URN: { "department": "D", "manager": { "value": "m", "displayName": "M" } },
        "meta": { "version": "1" }
    });
    let list = |text: Option<&str>| text.map(|text| parse_attribute_list(text).unwrap());
    let (attributes, excluded) = (list(attributes), list(excluded));
    Value::Object(project(
        full.as_object().unwrap(),
        attributes.as_deref(),
        excluded.as_deref(),
        Schema::user(),
    ))
}

#[test]
fn responses_return_the_requested_attributes() {
    let always = json!({ "schemas": [USER_URN, ENTERPRISE_URN], "id": "u1" });
    let full = projected(None, None);
    assert_eq!(full.as_object().unwrap().len(), 7);
    for (attributes, expected) in [
        ("userName", json!({ "userName": "ada" })),
        ("USERNAME , name.familyname", json!({ "userName": "ada", "name": { "familyName": "L" } })),
        ("emails.type", json!({ "emails": [{ "type": "work" }] })),
        ("photos,nope", json!({})),
        (&format!("{USER_URN}:userName"), json!({ "userName": "ada" })),
        (
            &format!("{ENTERPRISE_URN}:manager.value"),
            json!({ ENTERPRISE_URN: { "manager": { "value": "m" } } }),
        ),
        (
            ENTERPRISE_URN,
            json!({ ENTERPRISE_URN: { "department": "D", "manager": { "value": "m", "displayName": "M" } } }),
        ),
        ("department", json!({})),
    ] {
        let mut all = always.clone();
        all.as_object_mut().unwrap().extend(expected.as_object().unwrap().clone());
        assert_eq!(projected(Some(attributes), None), all, "{attributes}");
    }
    for (excluded, missing) in [
        ("id,schemas,USERNAME", vec!["/userName"]),
        ("emails.type", vec!["/emails/0/type"]),
        ("name.givenName,meta", vec!["/name/givenName", "/meta"]),
    ] {
        let returned = projected(None, Some(excluded));
        assert!(missing.iter().all(|pointer| returned.pointer(pointer).is_none()), "{excluded}: {returned}");
        assert!(returned.get("id").is_some() && returned.get("schemas").is_some());
    }
    assert_eq!(projected(Some(""), Some("")), full);
    assert!(projected(None, Some(ENTERPRISE_URN)).get(ENTERPRISE_URN).is_none());
    assert_eq!(projected(Some("emails"), Some("emails.value"))["emails"], json!([{ "type": "work" }]));
    assert_eq!(parse_attribute_list("a b..c").unwrap_err().scim_type, ScimType::InvalidValue);
}

#[test]
fn includes_tells_whether_members_are_returned() {
    let list = |text: &str| parse_attribute_list(text).unwrap();
    let returned = |attributes: Option<&str>, excluded: Option<&str>| {
        let (attributes, excluded) = (attributes.map(list), excluded.map(list));
        includes("members", attributes.as_deref(), excluded.as_deref(), Schema::group())
    };
    assert!(returned(None, None));
    assert!(returned(Some("members.value"), None) && returned(None, Some("members.display")));
    assert!(!returned(None, Some("Members")) && !returned(Some("displayName"), None));
}

#[test]
fn a_list_has_the_number_of_its_resources() {
    let list = list_response(45, Some(11), None, vec![json!({ "id": "a" }), json!({ "id": "b" })]);
    assert_eq!(
        list,
        json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": 45, "startIndex": 11, "itemsPerPage": 2,
            "Resources": [{ "id": "a" }, { "id": "b" }]
        })
    );
    assert_eq!(list_response(0, Some(1), None, Vec::new())["Resources"], json!([]));
    let by_cursor = list_response(45, None, Some("next".to_owned()), Vec::new());
    assert_eq!((by_cursor.get("startIndex"), &by_cursor["nextCursor"]), (None, &json!("next")));
}

#[test]
fn an_error_has_its_status_as_text() {
    assert_eq!(
        error_body(409, Some(ScimType::Uniqueness), "userName is taken"),
        json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": "409", "scimType": "uniqueness", "detail": "userName is taken"
        })
    );
    assert_eq!(error_body(404, None, "x").get("scimType"), None);
}
