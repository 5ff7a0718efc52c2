//! The attribute `schemas` of resources (RFC 7643 §3).

use serde_json::{Map, Value};

use crate::{error::Rejection, json::check_schemas, schema::Schema};

/// Sets `schemas`, if the resource has it, to the URNs of the core schema and of each extension in use.
pub fn sync_schemas(resource: &mut Map<String, Value>, schema: &Schema) {
    if !resource.contains_key("schemas") {
        return;
    }
    let used = schema.extensions().iter().filter(|extension| resource.contains_key(extension.urn.as_ref()));
    let urns =
        std::iter::once(schema.core()).chain(used).map(|definition| Value::from(definition.urn.clone()));
    let urns = Value::Array(urns.collect());
    resource.insert("schemas".into(), urns);
}

/// The document as an object whose `schemas` has the URN of the core schema.
pub(super) fn resource_object<'a>(
    document: &'a Value,
    schema: &Schema,
) -> Result<&'a Map<String, Value>, Rejection> {
    let Some(object) = document.as_object() else {
        return Err(Rejection::syntax(format!("a {} is a JSON object", schema.kind().name())));
    };
    check_schemas(object, &schema.core().urn)?;
    Ok(object)
}
