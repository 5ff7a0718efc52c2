//! Renders schemas for `/Schemas` and `/ResourceTypes` as the JSON of RFC 7643 §6 and §7, in the form that Okta reads.
//! Everything comes from the `Schema` value, so only attributes that are stored are advertised.

use serde_json::{Map, Value, json};

use super::{Attribute, Definition, ResourceKind, Schema, Type};

/// The resources of `/Schemas`, one for each core schema and extension. `base` is the SCIM base URL.
pub fn schemas(base: &str, schemas: &[&Schema]) -> Vec<Value> {
    let definitions =
        schemas.iter().flat_map(|schema| std::iter::once(schema.core()).chain(schema.extensions()));
    definitions.map(|definition| schema_json(base, definition)).collect()
}

/// The resources of `/ResourceTypes`. `base` is the SCIM base URL.
pub fn resource_types(base: &str, schemas: &[&Schema]) -> Vec<Value> {
    schemas.iter().map(|schema| resource_type_json(base, schema)).collect()
}

fn schema_json(base: &str, definition: &Definition) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
        "id": definition.urn,
        "name": definition.name,
        "description": definition.description,
        "attributes": definition.attributes.iter().map(attribute_json).collect::<Vec<_>>(),
        "meta": {
            "resourceType": "Schema",
            "location": format!("{}/Schemas/{}", base.trim_end_matches('/'), definition.urn),
        },
    })
}

fn attribute_json(attribute: &Attribute) -> Value {
    let mut json = Map::new();
    let mut put = |key: &str, value: Value| json.insert(key.to_owned(), value);
    put("name", attribute.name.clone().into());
    put("type", attribute.kind.as_str().into());
    put("multiValued", attribute.multi_valued.into());
    put("description", attribute.description.clone().into());
    // An attribute that always has a value is required, although the server sets it if a client does not.
    put("required", (attribute.required || attribute.not_null).into());
    if attribute.kind.is_textual() {
        put("caseExact", attribute.case_exact.into());
    }
    put("mutability", attribute.mutability.as_str().into());
    put("returned", attribute.returned.as_str().into());
    put("uniqueness", attribute.uniqueness.as_str().into());
    if !attribute.canonical_values.is_empty() {
        put("canonicalValues", json!(attribute.canonical_values));
    }
    if attribute.kind == Type::Reference {
        put("referenceTypes", json!(attribute.reference_types));
    }
    if attribute.is_complex() {
        put("subAttributes", attribute.sub_attributes.iter().map(attribute_json).collect());
    }
    Value::Object(json)
}

fn resource_type_json(base: &str, schema: &Schema) -> Value {
    let kind = schema.kind();
    let mut json = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
        "id": kind.name(),
        "name": kind.name(),
        "endpoint": kind.endpoint(),
        "description": schema.core().description,
        "schema": schema.core().urn,
    });
    if let Some(json) = json.as_object_mut() {
        if matches!(kind, ResourceKind::User | ResourceKind::Group) {
            let extension = |definition: &Definition| json!({ "schema": definition.urn, "required": false });
            json.insert("schemaExtensions".into(), schema.extensions().iter().map(extension).collect());
        }
        let location = format!("{}/ResourceTypes/{}", base.trim_end_matches('/'), kind.name());
        json.insert("meta".into(), json!({ "resourceType": "ResourceType", "location": location }));
    }
    json
}
