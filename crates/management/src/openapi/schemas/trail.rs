//! The shapes of the governance trail and of receipts.

use serde_json::{Value, json};

use super::named;
use crate::openapi::schemas::terms::{id, moment, or_null, text, texts, truth, whole, whole_number};

pub(super) fn answered() -> Vec<(&'static str, Value)> {
    vec![
        (
            "Event",
            whole(json!({
                "seq": whole_number(), "id": id(), "at": moment(), "kind": text(), "actor": text(), "target": text(),
                "request_id": text(), "data": { "type": "object" }, "hash": text(),
            })),
        ),
        (
            "Verification",
            whole(json!({
                "holds": truth(), "fault": or_null(text()), "events": whole_number(), "unchained": whole_number(),
                "anchor": named("Link"), "head": named("Link"), "kept_head_seq": or_null(whole_number()),
            })),
        ),
        (
            "Receipt",
            whole(json!({
                "id": id(), "user_id": id(), "user_name": text(), "reason": text(), "actor": text(), "request_id": text(),
                "epoch": whole_number(), "accepted_at": moment(), "in_force_at": or_null(moment()),
                "ended": or_null(whole(json!({
                    "sessions": whole_number(), "codes": whole_number(), "grants": whole_number(), "access": whole_number(),
                    "refresh": whole_number(), "api": whole_number(), "mcp": whole_number(),
                }))),
                "receipt": or_null(text()),
            })),
        ),
        (
            "Request",
            whole(json!({
                "id": id(), "at": moment(), "door": text(), "method": text(), "path": text(), "status": whole_number(),
                "milliseconds": { "type": "number" }, "proven": truth(), "refused": truth(), "reason": text(),
                "detail": text(), "advice": texts(), "understood": { "type": "object" }, "changed": { "type": "array" },
            })),
        ),
        ("Link", whole(json!({ "seq": whole_number(), "hash": text() }))),
    ]
}
