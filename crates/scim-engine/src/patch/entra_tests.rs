//! PATCH requests of Microsoft Entra that differ from Okta's.

use serde_json::json;

use super::tests::check_all;
use crate::schema::ENTERPRISE_URN;

/// An app role as a JSON text, an object with unknown members, one value in an array.
#[test]
fn requests_of_entra_are_understood() {
    let editor = r#"{"id":"2","value":"editor","displayName":"Editor"}"#;
    let read = json!({ "value": "editor", "display": "Editor" });
    check_all(vec![
        (
            json!({ "op": "Add", "path": "roles", "value": [{ "value": editor }] }),
            json!({ "roles": [{ "value": "admin" }, read] }),
        ),
        (json!({ "op": "Replace", "path": "roles", "value": [editor] }), json!({ "roles": [read] })),
        (
            json!({ "op": "Replace", "path": "roles", "value": [{ "id": "2", "value": "editor", "displayName": "Editor" }] }),
            json!({ "roles": [{ "value": "editor" }] }),
        ),
        (
            json!({ "op": "Add", "path": "roles[primary eq \"True\"].value", "value": editor }),
            json!({ "roles": [{ "value": "admin" }, { "primary": true, "value": "editor" }] }),
        ),
        (
            json!({ "op": "Remove", "path": "roles", "value": [{ "value": r#"{"id":"1","value":"admin"}"# }] }),
            json!({ "roles": null }),
        ),
        (
            json!({ "op": "Replace", "path": "displayName", "value": ["Ada King"] }),
            json!({ "displayName": "Ada King" }),
        ),
        (
            json!({ "op": "Replace", "path": "title", "value": [{ "$ref": null, "value": "Analyst" }] }),
            json!({ "title": "Analyst" }),
        ),
        (
            json!({ "op": "Replace", "path": "active", "value": [{ "$ref": null, "value": "False" }] }),
            json!({ "active": false }),
        ),
        (
            json!({ "op": "Replace", "path": "name", "value": [{ "familyName": "King" }] }),
            json!({ "name": { "givenName": "Ada", "familyName": "King" } }),
        ),
        (
            json!({ "op": "Add", "path": format!("{ENTERPRISE_URN}:manager"), "value": [{ "$ref": null, "value": "m2" }] }),
            json!({ ENTERPRISE_URN: { "department": "Engines", "manager": { "value": "m2", "displayName": "Charles" } } }),
        ),
        (json!({ "op": "Replace", "value": { "title": ["Analyst"] } }), json!({ "title": "Analyst" })),
    ]);
}
