//! The JSON that Okta's SCIM client sends, as pure functions (facts §2.5).

use serde_json::{Map, Value, json};

use crate::directory::Person;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// The mapped attributes of a person.
pub(super) fn profile(person: &Person) -> Map<String, Value> {
    let all = [
        ("userName", json!(person.login)),
        ("name", json!({ "givenName": person.given, "familyName": person.family })),
        ("emails", json!([{ "primary": true, "value": person.email, "type": "work" }])),
        ("displayName", json!(person.display_name())),
        ("locale", json!("en-US")),
        ("externalId", json!(person.id)),
    ];
    all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The body of `POST /Users`. It always has a password, random when none is synchronised, and an empty `groups`.
pub(super) fn create_user(profile: &Map<String, Value>, password: &str) -> Value {
    let mut body = Map::new();
    body.insert("schemas".to_owned(), json!([USER]));
    body.extend(profile.clone());
    body.insert("groups".to_owned(), json!([]));
    body.insert("password".to_owned(), json!(password));
    body.insert("active".to_owned(), json!(true));
    Value::Object(body)
}

/// The attributes of `after` that differ from what was last pushed; all of them when nothing differs (Force Sync).
pub(super) fn changed(before: &Map<String, Value>, after: &Map<String, Value>) -> Map<String, Value> {
    let different: Map<_, _> = after
        .iter()
        .filter(|(name, value)| before.get(*name) != Some(value))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if different.is_empty() { after.clone() } else { different }
}

/// The service's document with `changes` merged into it: the PUT body of the wizard style.
pub(super) fn overlaid(mut document: Value, changes: &Map<String, Value>) -> Value {
    if let Some(document) = document.as_object_mut() {
        for (name, value) in changes {
            match (document.get_mut(name), value) {
                (Some(there @ Value::Object(_)), Value::Object(inner)) => {
                    *there = overlaid(there.take(), inner);
                }
                _ => drop(document.insert(name.clone(), value.clone())),
            }
        }
    }
    document
}

/// The body of a PATCH.
pub(super) fn patch(operations: &[Value]) -> Value {
    json!({ "schemas": [PATCH_OP], "Operations": operations })
}

/// The replace operation without a path that Okta uses for users, such as `{"active": false}`.
pub(super) fn replace(value: Value) -> Value {
    patch(&[json!({ "op": "replace", "value": value })])
}

/// `POST` or `PUT` of a group.
pub(super) fn group(name: &str, members: &[Value]) -> Value {
    json!({ "schemas": [GROUP], "displayName": name, "members": members })
}

/// The filter `attribute eq "value"` in percent-encoding: escapes every byte except the unreserved ones of RFC 3986.
pub(super) fn filter(attribute: &str, value: &str) -> String {
    let text = format!("{attribute} eq {}", Value::from(value));
    text.bytes().fold(String::from("filter="), |mut query, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                query.push(char::from(byte));
            }
            other => query.push_str(&format!("%{other:02X}")),
        }
        query
    })
}

/// A copy for display, without the password.
pub(super) fn shown(body: &Value) -> Value {
    let mut body = body.clone();
    if let Some(password) = body.get_mut("password") {
        *password = json!("•••");
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_escaped_like_oktas() {
        assert_eq!(filter("userName", "a@b.c"), "filter=userName%20eq%20%22a%40b.c%22");
        assert_eq!(filter("displayName", "R\"D"), "filter=displayName%20eq%20%22R%5C%22D%22");
    }

    #[test]
    fn an_overlay_keeps_what_it_does_not_name() {
        let ours = json!({ "id": "1", "name": { "formatted": "A B", "givenName": "A" }, "active": true });
        let changes = json!({ "name": { "givenName": "C" }, "active": false });
        let merged = overlaid(ours, changes.as_object().unwrap());
        assert_eq!(
            merged,
            json!({ "id": "1", "name": { "formatted": "A B", "givenName": "C" }, "active": false })
        );
    }

    #[test]
    fn only_what_changed_is_patched() {
        let before = json!({ "a": 1, "b": 2 });
        let after = json!({ "a": 1, "b": 3 });
        let changes = changed(before.as_object().unwrap(), after.as_object().unwrap());
        assert_eq!(Value::Object(changes), json!({ "b": 3 }));
        assert_eq!(changed(after.as_object().unwrap(), after.as_object().unwrap()).len(), 2);
    }
}
