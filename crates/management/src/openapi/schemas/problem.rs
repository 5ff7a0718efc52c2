//! What every refusal looks like (RFC 9457).

use serde_json::{Value, json};
use vestibule_store::access::operator_keys;

use super::{text, whole};

pub(super) fn problem() -> Value {
    let error = whole(json!({ "field": text(), "detail": text() }));
    let scopes = operator_keys::SCOPES.join(" or ");
    json!({
        "type": "object",
        "required": ["type", "title", "status", "detail", "instance"],
        "description": format!("403: the key lacks the scope {scopes}. `instance` is the request's id, as in X-Request-Id."),
        "properties": {
            "type": text(),
            "title": text(),
            "status": { "type": "integer" },
            "detail": text(),
            "instance": text(),
            "errors": { "type": "array", "items": error },
        },
    })
}
