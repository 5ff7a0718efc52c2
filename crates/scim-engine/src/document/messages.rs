//! The two envelopes of RFC 7644: ListResponse (§3.4.2) and Error (§3.12).
//! Numbers are JSON integers, and the status is a text, because that is what clients check.

use serde_json::{Map, Value, json};

use crate::error::ScimType;

/// The URN of a list of resources.
pub const LIST_URN: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// The URN of an error.
pub const ERROR_URN: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// A page of resources. `itemsPerPage` is the number returned, whatever was asked for: Okta's review checks it. A page
/// found by a cursor has no index, and names the next one if there is one (RFC 9865 §2).
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

/// A page whose resources follow one by one, as JSON texts: all up to the first of them. `]}` closes it.
pub fn open_list(empty: &Value, count: usize) -> String {
    let mut envelope = empty.as_object().cloned().unwrap_or_default();
    envelope.insert("itemsPerPage".to_owned(), count.into());
    envelope.shift_remove("Resources");
    let text = Value::Object(envelope).to_string();
    format!("{},\"Resources\":[", text.strip_suffix('}').unwrap_or(&text))
}

/// The body of an error. `detail` is shown to the Okta administrator.
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
