//! `/Schemas`, `/ResourceTypes`, `/ServiceProviderConfig`: what is advertised is served, and Okta finds the roles.

use rstest::rstest;
use serde_json::{Value, json};

use super::{ENTERPRISE, GROUP, LIST, USER, done, refused, text};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

const ROLE: &str = "urn:okta:scim:schemas:core:1.0:Role";
const ENTITLEMENT: &str = "urn:okta:scim:schemas:core:1.0:Entitlement";

#[rstest]
#[actix_web::test]
async fn resource_types_lead_to_endpoints_that_answer(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let types = done(&room, "GET", "/ResourceTypes", None).await;
    assert_eq!(types["schemas"], json!([LIST]));
    assert_eq!(types["totalResults"], types["Resources"].as_array().unwrap().len());
    let mut told = Vec::new();
    for kind in types["Resources"].as_array().unwrap() {
        assert_eq!(kind["schemas"], json!(["urn:ietf:params:scim:schemas:core:2.0:ResourceType"]));
        let (name, endpoint) = (text(&kind["name"]), text(&kind["endpoint"]));
        assert_eq!(done(&room, "GET", &endpoint, None).await["schemas"], json!([LIST]), "{endpoint}");
        assert_eq!(&done(&room, "GET", &format!("/ResourceTypes/{name}"), None).await, kind);
        assert_eq!(kind["meta"]["location"], json!(format!("{}/ResourceTypes/{name}", room.scim)));
        let schema = text(&kind["schema"]);
        assert_eq!(done(&room, "GET", &format!("/Schemas/{schema}"), None).await["id"], json!(schema));
        told.push((name, endpoint, schema));
    }
    let expected = [
        ("User", "/Users", USER),
        ("Group", "/Groups", GROUP),
        ("Role", "/Roles", ROLE),
        ("Entitlement", "/Entitlements", ENTITLEMENT),
    ];
    assert_eq!(told, expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned())));
    let user = &types["Resources"][0];
    assert_eq!(user["schemaExtensions"][0]["schema"], json!(ENTERPRISE));
    assert_eq!(user["schemaExtensions"][0]["required"], json!(false));
    refused(&room.scim("GET", "/ResourceTypes/Nosuch", None).await, 404, None);
    refused(&room.scim("GET", "/Schemas/urn:nosuch", None).await, 404, None);
    refused(&room.scim("POST", "/ResourceTypes", Some(json!({}))).await, 405, None);
}

#[rstest]
#[actix_web::test]
async fn schemas_tell_the_truth_about_what_is_kept(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let schemas = done(&room, "GET", "/Schemas", None).await;
    let urns: Vec<String> =
        schemas["Resources"].as_array().unwrap().iter().map(|schema| text(&schema["id"])).collect();
    for urn in [USER, ENTERPRISE, GROUP, ROLE, ENTITLEMENT] {
        assert!(urns.contains(&urn.to_owned()), "{urn} in {urns:?}");
    }
    // Each simple attribute of users in /Schemas is stored when it is written.
    let mut document = json!({ "schemas": [USER, ENTERPRISE], "userName": "ada@acme.example" });
    let named = |urn: &str, document: &mut Value| {
        let schema =
            schemas["Resources"].as_array().unwrap().iter().find(|schema| schema["id"] == urn).unwrap();
        for attribute in schema["attributes"].as_array().unwrap() {
            let (name, kind) = (text(&attribute["name"]), text(&attribute["type"]));
            let plain = kind == "string" || kind == "reference";
            if plain && attribute["mutability"] == "readWrite" && name != "userName" {
                assert_eq!(attribute["multiValued"], json!(false), "{name}");
                document[name] = json!("https://acme.example/x");
            }
        }
    };
    let mut extension = json!({});
    named(USER, &mut document);
    named(ENTERPRISE, &mut extension);
    assert!(document["title"].is_string() && extension["department"].is_string());
    document[ENTERPRISE] = extension;
    let created = done(&room, "POST", "/Users", Some(document.clone())).await;
    for (name, value) in document.as_object().unwrap() {
        assert_eq!(&created[name], value, "{name}");
    }
}

#[rstest]
#[actix_web::test]
async fn the_configuration_promises_what_is_done(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let config = done(&room, "GET", "/ServiceProviderConfig", None).await;
    assert_eq!(config["schemas"], json!(["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"]));
    for (name, supported) in [
        ("patch", true),
        ("filter", true),
        ("etag", true),
        ("bulk", true),
        ("sort", true),
        ("changePassword", false),
    ] {
        assert_eq!(config[name]["supported"], json!(supported), "{name}");
    }
    assert!(config["filter"]["maxResults"].is_u64());
    let schemes = config["authenticationSchemes"].as_array().unwrap();
    assert!(schemes.iter().all(|scheme| scheme["type"].is_string() && scheme["name"].is_string()));
    assert_eq!(
        config["pagination"],
        json!({
            "cursor": true, "index": true, "defaultPaginationMethod": "index",
            "defaultPageSize": 100, "maxPageSize": config["filter"]["maxResults"],
        })
    );
    for path in ["/Bulk", "/Users/.search", "/Groups/.search", "/.search"] {
        // The endpoint exists and checks its body.
        refused(&room.scim("POST", path, Some(json!({}))).await, 400, Some("invalidSyntax"));
    }
    for path in ["/Me", "/Roles/.search"] {
        let (status, body) = room.scim("POST", path, Some(json!({}))).await;
        assert!([404, 405, 501].contains(&status), "{path} is not promised: {status} {body}");
        refused(&(status, body), status, None);
    }
}
