//! What the request inspector is told of SCIM: filters in their canonical form, operations as they were read, bodies and changes
//! without what is secret. Pure; built only when somebody listens.

use actix_web::{HttpRequest, http::header};
use serde_json::{Map, Value, json};
use vestibule_scim_engine::{
    filter::{Filter, Literal},
    patch::{Action, Operation, Request},
    path::{AttrPath, PatchPath},
};
use vestibule_store::{access::secrets, people::groups::Group, trail::events::kinds::GroupUpdated};
use vestibule_web::{
    http::bearer::Credential,
    observe::inspect::{
        Note,
        redact::{self, HIDDEN, clip, is_secret},
    },
};

use crate::{http::answer::ScimError, query::Asked};

/// How many operations are told.
const MOST: usize = 20;

/// How the credential came, and what it says to be; nothing of it.
pub(crate) fn credential(note: &Note, req: &HttpRequest, credential: &Credential, team_id: &str) {
    note.understood("credential", || {
        let header = req.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let text = match credential {
            Credential::Token(token) => token,
            Credential::Basic { password, .. } => password,
            Credential::None => return json!({ "sent_as": "nothing" }),
            Credential::Unreadable => return json!({ "sent_as": "something else" }),
        };
        let sent_as = match credential {
            Credential::Basic { .. } => "Basic",
            _ if header.is_some_and(|header| header.trim().contains(' ')) => "Bearer",
            _ => "a bare token",
        };
        let presented = secrets::parse(text);
        let here = presented.as_ref().is_some_and(|presented| presented.workspace_id == team_id);
        json!({
            "sent_as": sent_as,
            "says_to_be": presented.map_or("none of Vestibule's", |presented| presented.kind.name()),
            "of_this_workspace": here,
        })
    });
}

/// What a list asks for. A filter that was not understood is shown as it came, unless it may be about a secret.
pub(crate) fn asked(note: &Note, asked: &Asked, filter: Option<&Filter>) {
    match (filter, &asked.filter) {
        (Some(filter), _) => note.understood("filter", || clip(&open(filter).to_string()).into()),
        (None, Some(sent)) => {
            note.understood("filter_not_understood", || match redact::mentions_secret(sent) {
                true => HIDDEN.into(),
                false => clip(sent).into(),
            });
        }
        (None, None) => {}
    }
    for (name, value) in [("sort_by", &asked.sort_by), ("sort_order", &asked.sort_order)] {
        if let Some(value) = value {
            note.understood(name, || clip(value).into());
        }
    }
    if asked.cursor.is_some() {
        note.understood("pages", || "by cursor".into());
    }
}

/// The filter with what it compares secrets with hidden.
fn open(filter: &Filter) -> Filter {
    let each = |parts: &[Filter]| parts.iter().map(open).collect();
    match filter {
        Filter::And(parts) => Filter::And(each(parts)),
        Filter::Or(parts) => Filter::Or(each(parts)),
        Filter::Not(inner) => Filter::Not(Box::new(open(inner))),
        Filter::Compare { attr, op, .. } if is_secret_path(attr) => {
            Filter::Compare { attr: attr.clone(), op: *op, value: Literal::String(HIDDEN.into()) }
        }
        Filter::ValuePath { attr, filter } if is_secret_path(attr) => {
            Filter::ValuePath { attr: attr.clone(), filter: Box::new(hidden(filter)) }
        }
        Filter::ValuePath { attr, filter } => {
            Filter::ValuePath { attr: attr.clone(), filter: Box::new(open(filter)) }
        }
        other => other.clone(),
    }
}

/// The filter on the parts of a secret: nothing it compares with is shown.
fn hidden(filter: &Filter) -> Filter {
    let each = |parts: &[Filter]| parts.iter().map(hidden).collect();
    match filter {
        Filter::And(parts) => Filter::And(each(parts)),
        Filter::Or(parts) => Filter::Or(each(parts)),
        Filter::Not(inner) => Filter::Not(Box::new(hidden(inner))),
        Filter::Compare { attr, op, .. } => {
            Filter::Compare { attr: attr.clone(), op: *op, value: Literal::String(HIDDEN.into()) }
        }
        Filter::ValuePath { attr, filter } => {
            Filter::ValuePath { attr: attr.clone(), filter: Box::new(hidden(filter)) }
        }
        Filter::Present(attr) => Filter::Present(attr.clone()),
    }
}

fn is_secret_path(path: &AttrPath) -> bool {
    is_secret(&path.attr) || path.sub.as_deref().is_some_and(is_secret)
}

/// The operations of a PATCH, as they were read.
pub(crate) fn operations(request: &Request) -> Value {
    let mut told: Vec<Value> = request.operations.iter().take(MOST).map(operation).collect();
    if let Some(more) = request.operations.len().checked_sub(MOST).filter(|more| *more > 0) {
        told.push(format!("({more} more)").into());
    }
    told.into()
}

fn operation(operation: &Operation) -> Value {
    let mut told = Map::new();
    let op = match operation.action {
        Action::Add => "add",
        Action::Replace => "replace",
        Action::Remove => "remove",
    };
    told.insert("op".to_owned(), op.into());
    if let Some(path) = &operation.path {
        let open = PatchPath { target: path.target.clone(), filter: path.filter.as_ref().map(open) };
        told.insert("path".to_owned(), clip(&open.to_string()).into());
    }
    if let Some(value) = &operation.value {
        let secret = operation.path.as_ref().is_some_and(|path| is_secret_path(&path.target));
        told.insert("value".to_owned(), if secret { HIDDEN.into() } else { redact::redacted(value) });
    }
    told.into()
}

/// What became of the operations of a bulk request.
pub(crate) fn bulk(answered: &Value) -> Value {
    let all = answered.get("Operations").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut told: Vec<Value> = all.iter().take(MOST).map(redact::redacted).collect();
    if let Some(more) = all.len().checked_sub(MOST).filter(|more| *more > 0) {
        let failed = all.iter().filter(|one| one.get("response").is_some()).count();
        told.push(format!("({more} more; {failed} of all failed)").into());
    }
    told.into()
}

/// The body of a request that names the whole resource.
pub(crate) fn document(note: &Note, body: &Value) {
    note.understood("document", || redact::redacted(body));
}

/// What changed of a group; of its members how many, who they are stands among the operations.
pub(crate) fn group(before: &Group, after: &Group, moved: &GroupUpdated<'_>) -> Value {
    let mut attributes = Map::new();
    let mut differ = |name: &str, before: Value, after: Value| {
        if before != after {
            attributes.insert(name.to_owned(), json!({ "before": before, "after": after }));
        }
    };
    differ("displayName", json!(before.display_name), json!(after.display_name));
    differ("externalId", json!(before.external_id), json!(after.external_id));
    let members = json!({ "added": moved.added, "removed": moved.removed, "parked": moved.parked });
    attributes.insert("members".to_owned(), members);
    json!({ "changed": format!("Groups/{}", after.group_id), "attributes": attributes })
}

/// Why it was refused. What the sentence quotes may be a secret where the request speaks of one.
pub(crate) fn refused(note: &Note, refusal: &ScimError, query: &str) {
    if !note.is_on() {
        return;
    }
    let detail = match refusal {
        ScimError::Internal(_) => "the server could not finish".to_owned(),
        ScimError::Rejected(rejection)
            if redact::mentions_secret(query) || redact::mentions_secret(&rejection.detail) =>
        {
            redact::without_quotes(&rejection.detail)
        }
        other => other.sentence(),
    };
    note.refused(refusal.name(), detail);
    note.advised(advice(refusal).map(str::to_owned));
}

/// What can be done about it, where that is known.
fn advice(refusal: &ScimError) -> Option<&'static str> {
    let words = match refusal.name() {
        "unauthenticated" => {
            "In Okta, under Provisioning → Integration, enter a token of this workspace, and its base URL of this region; then Test."
        }
        "scope" => {
            "Create a token with this scope, or authenticate Okta's SCIM client again, and approve it."
        }
        "uniqueness" => {
            "Look for the user or group that has this name: link to it in Okta, or rename one of the two."
        }
        "invalidFilter" => {
            "Vestibule never guesses what a filter means. Compare its attributes with /Schemas."
        }
        "mutability" => "In Okta's attribute mappings, take out what may not be written.",
        "invalidValue" | "invalidSyntax" | "invalidPath" | "noTarget" => {
            "In Okta, under Provisioning → To App, compare the mapping of this attribute with /Schemas: roles and entitlements are lists of objects with a value."
        }
        "not_found" => {
            "It was deleted here, or is another workspace's: in Okta, unassign and assign the person again, or push the group again."
        }
        "rate" => "Nothing: Okta comes again by itself.",
        _ => return None,
    };
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_scim_engine::filter;

    #[test]
    fn a_filter_is_told_in_its_canonical_form_and_without_secrets() {
        for (sent, told) in [
            ("userName  EQ \"ada\"", "userName eq \"ada\""),
            (
                "not (password eq \"hunter2\") and active eq true",
                "not (password eq \"…\") and active eq true",
            ),
            ("vault.apiToken sw \"hunter2\"", "vault.apiToken sw \"…\""),
            (
                "secrets[value eq \"hunter2\" or not (type co \"hunter2\")]",
                "secrets[value eq \"…\" or not (type co \"…\")]",
            ),
            (
                "emails[type eq \"work\" and password eq \"hunter2\"]",
                "emails[type eq \"work\" and password eq \"…\"]",
            ),
        ] {
            assert_eq!(open(&filter::parse(sent).unwrap()).to_string(), told);
        }
    }

    #[test]
    fn operations_are_told_without_secrets() {
        let urn = vestibule_scim_engine::patch::PATCH_URN;
        let request = Request::parse(&json!({ "schemas": [urn], "Operations": [
            { "op": "Replace", "path": "PassWord", "value": "hunter2" },
            { "op": "add", "value": { "urn:ietf:params:scim:schemas:core:2.0:User:password": "hunter2", "title": "Dr" } },
            { "op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User:password", "value": ["hunter2"] },
            { "op": "remove", "path": "emails[password eq \"hunter2\"].value" },
            { "op": "replace", "path": "emails[type eq \"work\"].value", "value": "a@b" },
        ] }))
        .unwrap();
        let told = operations(&request).to_string();
        assert!(!told.contains("hunter2"), "{told}");
        assert!(
            told.contains("\"title\":\"Dr\"") && told.contains("emails[type eq \\\"work\\\"].value"),
            "{told}"
        );
    }
}
