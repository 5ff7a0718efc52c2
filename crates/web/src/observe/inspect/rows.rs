//! An answered request and the row it becomes. Texts are rendered when rows are written, after the request.

use serde_json::{Value, json};
use vestibule_core::{sets::Door, time::Micros};
use vestibule_store::{db::json::Json, trail::requests::Request};

use super::{Answered, Noted, redact};

/// The longest `understood` or `changed` that is stored, in bytes.
const LONGEST: usize = 8 * 1024;

/// Parameters of a SCIM query whose values are stored. The filter is stored as it was understood.
const OF_SCIM: [&str; 6] = ["startIndex", "count", "attributes", "excludedAttributes", "sortBy", "sortOrder"];

/// An answered request that is not written yet.
#[derive(Debug)]
pub(in crate::observe) struct Pending {
    noted: Noted,
    at: Micros,
    request_id: String,
    door: Door,
    method: String,
    path: String,
    query: String,
    status: u16,
    micros: i64,
}

impl Pending {
    pub(super) fn of(answered: &Answered<'_>, mut noted: Noted) -> Self {
        if answered.status >= 400 && noted.reason.is_empty() {
            noted.changed.clear();
            noted.reason = format!("status_{}", answered.status);
        }
        Self {
            noted,
            at: answered.at,
            request_id: answered.request_id.to_owned(),
            door: answered.door,
            method: answered.method.to_owned(),
            path: redact::clip(answered.path),
            query: answered.query.to_owned(),
            status: answered.status,
            micros: answered.micros,
        }
    }

    /// Its rows, one per workspace.
    pub fn rows(self) -> Vec<Request> {
        let noted = self.noted;
        let open: &[&str] = if self.door == Door::Scim { &OF_SCIM } else { &[] };
        let path = percent_encoding::percent_decode_str(&self.path).decode_utf8_lossy();
        let path = match self.query.as_str() {
            "" => path.into_owned(),
            query => format!("{path}?{}", redact::query(query, open)),
        };
        let mut each = noted.workspaces.into_iter();
        let Some((workspace_id, proven)) = each.next() else { return Vec::new() };
        let row = Request {
            workspace_id,
            at: self.at,
            request_id: self.request_id,
            proven,
            door: self.door,
            method: self.method,
            path: redact::clip(&redact::scrubbed(&path)),
            status: i64::from(self.status),
            micros: self.micros,
            reason: redact::clip(&redact::scrubbed(&noted.reason)),
            detail: redact::clip(&redact::scrubbed(&noted.detail)),
            advice: noted.advice.iter().map(|line| redact::scrubbed(line)).collect::<Vec<_>>().join("\n"),
            understood: Json::from_text(text(
                &Value::Object(noted.understood),
                &json!({ redact::CUT: true }),
            )),
            changed: Json::from_text(text(&Value::Array(noted.changed), &json!([redact::CUT]))),
        };
        let others = each.map(|(workspace_id, proven)| Request { workspace_id, proven, ..row.clone() });
        let mut rows: Vec<Request> = others.collect();
        rows.insert(0, row);
        rows
    }
}

/// The JSON text, or a replacement for one that is too long.
fn text(value: &Value, too_long: &Value) -> String {
    let text = redact::scrubbed(&value.to_string());
    match (text.len() <= LONGEST, value) {
        (true, _) => text,
        // As many members as fit: the first ones say most.
        (false, Value::Object(members)) => {
            let mut kept = serde_json::Map::new();
            let mut length = LONGEST / 2;
            for (name, member) in members {
                let size = name.len() + member.to_string().len();
                match length.checked_sub(size) {
                    Some(left) => {
                        length = left;
                        kept.insert(name.clone(), member.clone());
                    }
                    None => drop(kept.insert(name.clone(), redact::CUT.into())),
                }
            }
            let text = redact::scrubbed(&Value::Object(kept).to_string());
            if text.len() <= LONGEST { text } else { too_long.to_string() }
        }
        (false, _) => too_long.to_string(),
    }
}
