//! The served OpenAPI document is the checked-in one, and describes every route and no other.

use std::{collections::BTreeSet, path::Path};

use rstest::rstest;
use serde_json::Value;
use vestibule::serve::routes::{self, Surface};
use vestibule_management::openapi;

use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

#[rstest]
#[actix_web::test]
async fn what_is_served_is_what_is_checked_in(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let response = house.http.get(house.url("/api/v1/openapi.json")).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/json");
    let served = response.text().await.unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    if std::env::var_os("VESTIBULE_WRITE_OPENAPI").is_some() {
        std::fs::write(&file, &served).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(served == kept, "docs/openapi.json is old: run this test with VESTIBULE_WRITE_OPENAPI=1");
}

#[test]
fn every_route_is_described_with_its_methods() {
    let document: Value = serde_json::from_str(&openapi::text()).unwrap();
    let mut described = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        described.extend(methods.as_object().unwrap().keys().map(|method| format!("{method} {path}")));
    }
    let routes = routes::table().iter().filter(|route| route.surface == Surface::Management);
    let served: BTreeSet<String> = routes
        .flat_map(|route| route.endpoints.iter().map(move |endpoint| (endpoint, &route.path)))
        .map(|(endpoint, path)| format!("{} {path}", endpoint.method.as_ref().unwrap()).to_lowercase())
        .collect();
    assert_eq!(served, described);
}

#[test]
fn a_parameter_of_the_path_stands_in_it() {
    let document: Value = serde_json::from_str(&openapi::text()).unwrap();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for operation in methods.as_object().unwrap().values() {
            for parameter in operation["parameters"].as_array().unwrap() {
                let stands = path.contains(&format!("{{{}}}", parameter["name"].as_str().unwrap()));
                assert_eq!(parameter["in"] == "path", stands, "{path}: {parameter}");
            }
        }
    }
}

#[test]
fn names_are_unique_and_references_lead_somewhere() {
    let document: Value = serde_json::from_str(&openapi::text()).unwrap();
    let mut ids = BTreeSet::new();
    for methods in document["paths"].as_object().unwrap().values() {
        for operation in methods.as_object().unwrap().values() {
            assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{operation}");
        }
    }
    fn walk(value: &Value, document: &Value) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    if let (true, Some(to)) = (name == "$ref", value.as_str()) {
                        assert!(document.pointer(&to[1..]).is_some(), "{to}");
                    }
                    walk(value, document);
                }
            }
            Value::Array(values) => values.iter().for_each(|value| walk(value, document)),
            _ => {}
        }
    }
    walk(&document, &document);
}
