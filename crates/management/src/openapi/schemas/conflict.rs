//! People of whom only the operator can say who they are, asked and answered.

use serde_json::{Value, json};

use super::{body, id, moment, or_null, text, whole};

pub(super) fn all() -> Vec<(&'static str, Value)> {
    let subject = json!({ "type": "string", "minLength": 1, "maxLength": 255 });
    vec![
        (
            "Settled",
            body(
                &["issuer", "subject"],
                json!({ "issuer": subject, "subject": subject, "user_id": or_null(id()) }),
            ),
        ),
        (
            "Conflict",
            whole(json!({
                "issuer": text(), "subject": text(), "name_at_provider": text(), "reason": text(),
                "user_id": or_null(id()), "at": moment(),
            })),
        ),
    ]
}
