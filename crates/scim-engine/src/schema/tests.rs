//! Tables for advertised schemas: those of RFC 7643, Okta's Role, and custom attributes.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::*;
use crate::error::ScimType;

fn names(definition: &Definition) -> Vec<&str> {
    definition.attributes.iter().map(|attribute| attribute.name.as_ref()).collect()
}

#[test]
fn a_user_has_every_attribute_of_rfc_7643_except_password() {
    let expected = "userName name displayName nickName profileUrl title userType preferredLanguage locale timezone \
                    active emails phoneNumbers ims photos addresses groups entitlements roles x509Certificates";
    assert_eq!(names(Schema::user().core()), expected.split_whitespace().collect::<Vec<_>>());
    let enterprise = Schema::user().extension(ENTERPRISE_URN).unwrap();
    let expected = "employeeNumber costCenter organization division department manager";
    assert_eq!(names(enterprise), expected.split_whitespace().collect::<Vec<_>>());
    assert_eq!(Schema::user().lookup(None, "password", None), None);
}

#[test]
fn names_and_urns_have_any_letter_case() {
    for (path, canonical) in [
        ("USERNAME", "userName"),
        ("Name.FAMILYNAME", "familyName"),
        ("emails.Value", "value"),
        ("groups.$REF", "$ref"),
        ("externalid", "externalId"),
        ("META.lastmodified", "lastModified"),
        ("URN:ietf:params:scim:schemas:CORE:2.0:user:username", "userName"),
        ("urn:ietf:params:scim:schemas:extension:ENTERPRISE:2.0:User:manager.displayname", "displayName"),
    ] {
        let found = Schema::user().find(&AttrPath::parse(path).unwrap());
        assert_eq!(found.map(|found| found.leaf().name.as_ref()), Some(canonical), "{path}");
    }
    for path in ["employeeNumber", "name.nope", "userName.value", "urn:x:y:userName"] {
        assert_eq!(Schema::user().resolve(&AttrPath::parse(path).unwrap()), None, "{path}");
    }
}

#[test]
fn a_urn_alone_is_the_whole_schema() {
    let resolve = |text: &str| Schema::user().resolve(&AttrPath::parse(text).unwrap());
    assert!(matches!(resolve(ENTERPRISE_URN), Some(Target::Extension(found)) if found.urn == ENTERPRISE_URN));
    assert_eq!(resolve(USER_URN), Some(Target::Resource));
    assert_eq!(resolve(GROUP_URN), None);
}

#[test]
fn the_characteristics_that_decide() {
    let get = |name| Schema::user().lookup(None, name, None).unwrap().attribute;
    let user_name = get("userName");
    assert!(user_name.required && !user_name.case_exact && user_name.uniqueness == Uniqueness::Server);
    assert!(get("externalId").case_exact && get("id").case_exact);
    for name in ["id", "meta", "groups", "schemas"] {
        assert!(get(name).is_read_only(), "{name}");
    }
    for name in ["roles", "entitlements"] {
        let attribute = get(name);
        assert!(attribute.multi_valued && attribute.is_complex() && !attribute.is_read_only());
        let parts: Vec<_> = attribute.sub_attributes.iter().map(|sub| sub.name.as_ref()).collect();
        assert_eq!(parts, ["value", "display", "type", "primary"]);
    }
}

/// Checks that an attribute of `/Schemas` has the characteristics that RFC 7643 §7 requires.
fn check_rendered(attribute: &Value) {
    for (key, wanted) in [
        ("type", "string boolean decimal integer dateTime reference complex binary"),
        ("mutability", "readOnly readWrite immutable writeOnly"),
        ("returned", "always never default request"),
        ("uniqueness", "none server global"),
    ] {
        let text = attribute[key].as_str().unwrap();
        assert!(wanted.split(' ').any(|word| word == text), "{attribute}");
    }
    assert!(attribute["name"].is_string() && !attribute["description"].as_str().unwrap().is_empty());
    assert!(attribute["multiValued"].is_boolean() && attribute["required"].is_boolean());
    assert_eq!(attribute["type"] == "reference", attribute.get("referenceTypes").is_some(), "{attribute}");
    let parts = attribute.get("subAttributes").and_then(Value::as_array);
    assert_eq!(attribute["type"] == "complex", parts.is_some_and(|parts| !parts.is_empty()), "{attribute}");
    parts.into_iter().flatten().for_each(check_rendered);
}

#[test]
fn schemas_are_rendered_complete_and_once() {
    let rendered = schemas("https://x.test/scim/v2/ws/", &[Schema::user(), Schema::group(), Schema::role()]);
    let ids: Vec<_> = rendered.iter().map(|schema| schema["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [USER_URN, ENTERPRISE_URN, GROUP_URN, ROLE_URN]);
    for schema in &rendered {
        assert_eq!(schema["schemas"], json!(["urn:ietf:params:scim:schemas:core:2.0:Schema"]));
        let location = format!("https://x.test/scim/v2/ws/Schemas/{}", schema["id"].as_str().unwrap());
        assert_eq!(schema["meta"], json!({ "resourceType": "Schema", "location": location }));
        let attributes = schema["attributes"].as_array().unwrap();
        attributes.iter().for_each(check_rendered);
        let unique: HashSet<_> = attributes.iter().map(|attribute| attribute["name"].to_string()).collect();
        assert_eq!(unique.len(), attributes.len());
    }
    assert!(
        !serde_json::to_string(&rendered).unwrap().to_lowercase().contains("password"),
        "password is not advertised"
    );
}

#[test]
fn resource_types_have_oktas_shape() {
    let all = ResourceKind::ALL.map(Schema::of_kind);
    let rendered = resource_types("https://x.test/scim/v2/ws", &all);
    assert_eq!(
        rendered[0],
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
            "id": "User", "name": "User", "endpoint": "/Users", "description": "User Account",
            "schema": USER_URN,
            "schemaExtensions": [{ "schema": ENTERPRISE_URN, "required": false }],
            "meta": {
                "resourceType": "ResourceType",
                "location": "https://x.test/scim/v2/ws/ResourceTypes/User"
            }
        })
    );
    assert_eq!((&rendered[1]["endpoint"], &rendered[1]["schema"]), (&json!("/Groups"), &json!(GROUP_URN)));
    assert_eq!((&rendered[2]["endpoint"], &rendered[2]["schema"]), (&json!("/Roles"), &json!(ROLE_URN)));
    let entitlement = (&json!("/Entitlements"), &json!(ENTITLEMENT_URN));
    assert_eq!((&rendered[3]["endpoint"], &rendered[3]["schema"]), entitlement);
}

#[test]
fn a_workspace_advertises_assignable_values() {
    let values = vec!["admin".to_owned(), "pilot".to_owned()];
    let schema = Schema::user().clone().with_canonical_values("ROLES", "Value", values);
    let user = schemas("", &[&schema]).remove(0);
    let attribute = |name: &str| {
        let mut attributes = user["attributes"].as_array().unwrap().iter();
        attributes.find(|attribute| attribute["name"] == name).unwrap().clone()
    };
    assert_eq!(attribute("roles")["subAttributes"][0]["canonicalValues"], json!(["admin", "pilot"]));
    assert_eq!(attribute("roles")["subAttributes"][2].get("canonicalValues"), None);
    assert_eq!(attribute("entitlements")["subAttributes"][0].get("canonicalValues"), None);
    let nowhere = Schema::user().clone().with_canonical_values("title", "value", vec!["x".to_owned()]);
    assert_eq!(&nowhere, Schema::user());
}

#[test]
fn a_workspace_adds_custom_attributes() {
    let custom = "urn:example:acme:2.0:User";
    let schema = Schema::user()
        .with_attribute(ENTERPRISE_URN, Attribute::new("UID", Type::String, "The identifier in SAML"))
        .and_then(|schema| schema.with_attribute(custom, Attribute::new("tags", Type::String, "Tags").many()))
        .unwrap();
    assert!(schema.lookup(Some(ENTERPRISE_URN), "uid", None).is_some());
    assert!(schema.lookup(Some(custom), "TAGS", None).is_some());
    assert_eq!(schema.extensions().len(), 2);
    assert_eq!(Schema::user().extensions().len(), 1, "the static one is untouched");

    for (urn, name) in [
        (ENTERPRISE_URN, "Department"),
        (ENTERPRISE_URN, "a b"),
        ("acme", "x"),
        ("urn:x:2.0", "x"),
        (custom, "Password"),
    ] {
        let refused =
            Schema::user().with_attribute(urn, Attribute::new(name, Type::String, "x")).unwrap_err();
        assert_eq!(refused.scim_type, ScimType::InvalidValue, "{urn} {name}");
    }
}

#[test]
fn a_role_lists_its_id_once() {
    assert_eq!(Schema::role().attributes().filter(|attribute| attribute.name == "id").count(), 1);
    assert_eq!(names(Schema::role().core()), ["id", "displayName", "description"]);
}

/// RFC 7643 §8.7.1 and §8.6 define the descriptions of schemas and resource types.
#[test]
fn the_schemas_of_the_rfc_have_its_descriptions() {
    let all = [Schema::user(), Schema::group()];
    let rendered: Vec<(Value, Value)> = schemas("https://x", &all)
        .iter()
        .map(|one| (one["name"].clone(), one["description"].clone()))
        .collect();
    assert_eq!(
        rendered,
        [("User", "User Account"), ("EnterpriseUser", "Enterprise User"), ("Group", "Group")]
            .map(|(name, description)| (json!(name), json!(description)))
    );
    let kinds: Vec<Value> =
        resource_types("https://x", &all).iter().map(|one| one["description"].clone()).collect();
    assert_eq!(kinds, [json!("User Account"), json!("Group")]);
}
