//! The served OpenAPI document describes every route and no other, and its page shows all of it.

use std::collections::BTreeSet;

use rstest::rstest;
use serde_json::Value;
use vestibule::serve::routes::{self, Surface};
use vestibule_management::openapi;

use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

/// The page that displays the document.
const PAGE: &str = "/api/v1/docs";

#[rstest]
#[actix_web::test]
async fn the_document_and_its_page_are_served(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let response = house.http.get(house.url("/api/v1/openapi.json")).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/json");
    // A unit test of the crate compares it with docs/openapi.json.
    assert_eq!(response.text().await.unwrap(), openapi::text().unwrap());
    let response = house.http.get(house.url(PAGE)).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; style-src 'self'; script-src 'self'"), "{policy}");
    let page = response.text().await.unwrap();
    assert!(!page.contains("http://") && !page.contains("https://"), "no address of another host");
    let document: Value = serde_json::from_str(&openapi::text().unwrap()).unwrap();
    for methods in document["paths"].as_object().unwrap().values() {
        for operation in methods.as_object().unwrap().values() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(page.contains(&format!("<h3 id=\"{id}\">")), "{id}");
        }
    }
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(page.contains(&format!("<h3 id=\"schema-{name}\">")), "{name}");
    }
    for link in page.split("href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(page.contains(&format!(" id=\"{link}\"")), "#{link} leads nowhere");
    }
}

#[test]
fn every_route_is_described_with_its_methods() {
    let document: Value = serde_json::from_str(&openapi::text().unwrap()).unwrap();
    let mut described = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        described.extend(methods.as_object().unwrap().keys().map(|method| format!("{method} {path}")));
    }
    let routes =
        routes::table().iter().filter(|route| route.surface == Surface::Management && route.path != PAGE);
    let served: BTreeSet<String> = routes
        .flat_map(|route| route.endpoints.iter().map(move |endpoint| (endpoint, &route.path)))
        .map(|(endpoint, path)| format!("{} {path}", endpoint.method.as_ref().unwrap()).to_lowercase())
        .collect();
    assert_eq!(served, described);
}

#[test]
fn a_parameter_of_the_path_stands_in_it() {
    let document: Value = serde_json::from_str(&openapi::text().unwrap()).unwrap();
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
    let document: Value = serde_json::from_str(&openapi::text().unwrap()).unwrap();
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
