//! Fills the row of a user from a document.

use serde_json::{Map, Value};
use vestibule_core::fold::fold;
use vestibule_scim_engine::{document::comparable, schema::Schema};
use vestibule_store::{db::json::Json, people::users::User};

/// Fills the row from a document. Returns the email addresses. Without `active` in the document the row's stays.
pub(crate) fn fill(user: &mut User, document: &Map<String, Value>, schema: &Schema) -> Vec<String> {
    let text = |name: &str| document.get(name).and_then(Value::as_str).map(str::to_owned);
    // An unchanged name keeps its key, which may be of an older version.
    if let Some(user_name) = text("userName").filter(|user_name| *user_name != user.user_name) {
        user.user_name_key = fold(&user_name);
        user.user_name = user_name;
    }
    user.external_id = text("externalId");
    user.display_name = text("displayName");
    user.display_name_key = user.display_name.as_deref().map(fold);
    if let Some(active) = document.get("active").and_then(Value::as_bool) {
        user.active = active;
    }
    let elements = document.get("emails").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let value = |element: &Value| element.get("value").and_then(Value::as_str).map(str::to_owned);
    let primary = elements.iter().find(|element| element.get("primary") == Some(&Value::Bool(true)));
    user.email = primary.or_else(|| elements.first()).and_then(value);
    let emails = elements.iter().filter_map(value).collect();
    let columns = [
        "schemas",
        "id",
        "meta",
        "groups",
        "roles",
        "entitlements",
        "userName",
        "externalId",
        "displayName",
        "active",
    ];
    let stored: Map<String, Value> = document
        .iter()
        .filter(|(name, _)| !columns.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    user.comparable = Json::new(comparable(&stored, schema));
    user.attributes = Json::new(stored);
    emails
}
