//! The hash of a line of the trail: SHA-256, in base64url without padding, over one JSON array in the form of RFC 8785: no white
//! space, `data` as the stored text (compact JSON). Anybody can compute it from an export:
//!
//! `["vestibule event 1", workspace, seq, event id, at in microseconds, kind, actor, target, request id, data, hash before]`
//!
//! Never change it: the stored hashes would become invalid. Another form needs another first element.

use serde_json::json;

use super::Event;
use crate::access::secrets;

/// Name of this form.
const FORM: &str = "vestibule event 1";

/// Hash of a line that follows a line with the hash `before` (empty: the first line).
pub(super) fn hash(event: &Event, before: &str) -> String {
    let line = json!([
        FORM,
        event.workspace_id,
        event.seq,
        event.event_id,
        event.at,
        event.kind,
        event.actor,
        event.target,
        event.request_id,
        event.data.as_str(),
        before,
    ]);
    secrets::digest(&line.to_string())
}

#[cfg(test)]
mod tests {
    use vestibule_core::ids::WorkspaceId;

    use super::*;
    use crate::db::json::Json;

    fn event() -> Event {
        Event {
            workspace_id: WorkspaceId::from_stored("w"),
            seq: 7,
            event_id: "e".to_owned(),
            kind: "user_created".to_owned(),
            actor: "okta:scim".to_owned(),
            target: "user:1".to_owned(),
            request_id: "r".to_owned(),
            data: Json::from_text(r#"{"user_name":"ada \"l\""}"#.to_owned()),
            at: 1_700_000_000_000_000,
            hash: String::new(),
        }
    }

    #[test]
    fn the_form_never_changes() {
        // printf '%s' '["vestibule event 1","w",7,…]' | openssl dgst -sha256 -binary | basenc --base64url | tr -d =
        assert_eq!(hash(&event(), "b"), "COQQyodGog6Xug9a8b578tizmA22oWpAI0869q7yagY");
    }

    #[test]
    fn everything_counts() {
        let whole = hash(&event(), "b");
        let changes: [fn(&mut Event); 9] = [
            |event| event.workspace_id = WorkspaceId::from_stored("wx"),
            |event| event.seq += 1,
            |event| event.event_id.push('x'),
            |event| event.at += 1,
            |event| event.kind.push('x'),
            |event| event.actor.push('x'),
            |event| event.target.push('x'),
            |event| event.request_id.push('x'),
            |event| event.data = Json::from_text(format!("{} ", event.data.as_str())),
        ];
        for change in changes {
            let mut changed = event();
            change(&mut changed);
            assert_ne!(hash(&changed, "b"), whole);
        }
        assert_ne!(hash(&event(), ""), whole);
    }
}
