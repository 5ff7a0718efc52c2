//! Credentials, documents, operations and changes as the request inspector shows them.

use actix_web::{HttpRequest, http::header};
use serde_json::{Map, Value, json};
use vestibule_scim_engine::patch::{Action, Operation, PatchPath, Request};
use vestibule_store::{
    access::secrets::Presented, people::groups::Group, trail::events::kinds::GroupUpdated,
};
use vestibule_web::{
    http::bearer::Credential,
    observe::inspect::{
        Note,
        redact::{self, HIDDEN, clip},
    },
};

use crate::inspector::filter::{is_secret_path, without_secrets};

/// The most operations that are shown of one request.
const MAX_SHOWN: usize = 20;

/// Records the form of the credential, the kind of the token and whether it is of this workspace. Never records any of its text.
pub(crate) fn credential(
    note: &Note,
    req: &HttpRequest,
    credential: &Credential,
    token: Option<&Presented>,
    team_id: &str,
) {
    note.understood("credential", || {
        let header = req.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let sent_as = match credential {
            Credential::None => return json!({ "sent_as": "nothing" }),
            Credential::Dpop(_) | Credential::Unreadable => return json!({ "sent_as": "something else" }),
            Credential::Basic { .. } => "Basic",
            Credential::Token(_) if header.is_some_and(|header| header.trim().contains(' ')) => "Bearer",
            Credential::Token(_) => "a bare token",
        };
        json!({
            "sent_as": sent_as,
            "says_to_be": token.map_or("none of Vestibule's", |token| token.kind.name()),
            "of_this_workspace": token.is_some_and(|token| token.workspace_id.as_str() == team_id),
        })
    });
}

/// The operations of a PATCH.
pub(crate) fn operations(request: &Request) -> Value {
    let mut shown: Vec<Value> = request.operations.iter().take(MAX_SHOWN).map(operation).collect();
    if let Some(more) = request.operations.len().checked_sub(MAX_SHOWN).filter(|more| *more > 0) {
        shown.push(format!("({more} more)").into());
    }
    shown.into()
}

fn operation(operation: &Operation) -> Value {
    let mut shown = Map::new();
    let op = match operation.action {
        Action::Add => "add",
        Action::Replace => "replace",
        Action::Remove => "remove",
    };
    shown.insert("op".to_owned(), op.into());
    if let Some(path) = &operation.path {
        let filter = path.filter.as_ref().map(without_secrets);
        let redacted = PatchPath { target: path.target.clone(), filter };
        shown.insert("path".to_owned(), clip(&redacted.to_string()).into());
    }
    if let Some(value) = &operation.value {
        let is_secret = operation.path.as_ref().is_some_and(|path| is_secret_path(&path.target));
        shown.insert("value".to_owned(), if is_secret { HIDDEN.into() } else { redact::redacted(value) });
    }
    shown.into()
}

/// The results of the operations of a bulk request, from its response.
pub(crate) fn bulk(response: &Value) -> Value {
    let all = response.get("Operations").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut shown: Vec<Value> = all.iter().take(MAX_SHOWN).map(redact::redacted).collect();
    if let Some(more) = all.len().checked_sub(MAX_SHOWN).filter(|more| *more > 0) {
        let failed = all.iter().filter(|result| result.get("response").is_some()).count();
        shown.push(format!("({more} more; {failed} of all failed)").into());
    }
    shown.into()
}

/// Records the body of a POST or a PUT.
pub(crate) fn document(note: &Note, body: &Value) {
    note.understood("document", || redact::redacted(body));
}

/// The change of a group. It has only the counts of changed members, from `event`; the ids are in the operations.
pub(crate) fn group(before: &Group, after: &Group, event: &GroupUpdated<'_>) -> Value {
    let mut attributes = Map::new();
    let mut differ = |name: &str, before: Value, after: Value| {
        if before != after {
            attributes.insert(name.to_owned(), json!({ "before": before, "after": after }));
        }
    };
    differ("displayName", json!(before.display_name), json!(after.display_name));
    differ("externalId", json!(before.external_id), json!(after.external_id));
    let members = json!({ "added": event.added, "removed": event.removed, "parked": event.parked });
    attributes.insert("members".to_owned(), members);
    json!({ "changed": format!("Groups/{}", after.group_id), "attributes": attributes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_shown_without_secrets() {
        let urn = vestibule_scim_engine::patch::PATCH_URN;
        let request = Request::parse(&json!({ "schemas": [urn], "Operations": [
            { "op": "Replace", "path": "PassWord", "value": "hunter2" },
            { "op": "add", "value": { "urn:ietf:params:scim:schemas:core:2.0:User:password": "hunter2", "title": "Dr" } },
            { "op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User:password", "value": ["hunter2"] },
            { "op": "remove", "path": "emails[password eq \"hunter2\"].value" },
            { "op": "replace", "path": "emails[type eq \"work\"].value", "value": "a@b" },
        ] }))
        .unwrap();
        let shown = operations(&request).to_string();
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(
            shown.contains("\"title\":\"Dr\"") && shown.contains("emails[type eq \\\"work\\\"].value"),
            "{shown}"
        );
    }
}
