//! The messages ListResponse (RFC 7644 §3.4.2) and Error (§3.12).

use serde_json::{Map, Value, json};

use crate::error::ScimType;

/// The URN of a list of resources.
const LIST_URN: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// The URN of an error.
const ERROR_URN: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// A list response. `itemsPerPage` is the number of returned resources, which Okta's review checks. A page by cursor
/// has no `startIndex`, and has `nextCursor` if another page follows (RFC 9865 §2).
pub fn list_response(
    total: u64,
    start_index: Option<u64>,
    next_cursor: Option<String>,
    resources: Vec<Value>,
) -> Value {
    let mut list = Map::new();
    list.insert("schemas".to_owned(), json!([LIST_URN]));
    list.insert("totalResults".to_owned(), total.into());
    if let Some(start_index) = start_index {
        list.insert("startIndex".to_owned(), start_index.into());
    }
    list.insert("itemsPerPage".to_owned(), resources.len().into());
    if let Some(next_cursor) = next_cursor {
        list.insert("nextCursor".to_owned(), next_cursor.into());
    }
    list.insert("Resources".to_owned(), resources.into());
    Value::Object(list)
}

/// The beginning of a list response up to its first resource, for resources that are JSON texts. `list` has no
/// resources; `]}` ends the response.
pub fn open_list(list: &Value, count: usize) -> String {
    let mut envelope = list.as_object().cloned().unwrap_or_default();
    envelope.insert("itemsPerPage".to_owned(), count.into());
    envelope.shift_remove("Resources");
    let text = Value::Object(envelope).to_string();
    format!("{},\"Resources\":[", text.strip_suffix('}').unwrap_or(&text))
}

/// The body of an error. The status is a text (RFC 7644 §3.12). Okta displays `detail` to its administrator.
pub fn error_body(status: u16, scim_type: Option<ScimType>, detail: &str) -> Value {
    let mut body = json!({ "schemas": [ERROR_URN], "status": status.to_string() });
    if let Some(body) = body.as_object_mut() {
        if let Some(scim_type) = scim_type {
            body.insert("scimType".into(), scim_type.as_str().into());
        }
        body.insert("detail".into(), detail.into());
    }
    body
}
