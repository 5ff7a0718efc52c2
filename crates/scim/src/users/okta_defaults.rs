//! What Okta's default settings do to the documents it sends, for the doctor: it is understood all the same, or does harm that no
//! error would tell of. Pure; looks at what was sent, and judges nothing.

use serde_json::Value;
use vestibule_scim_engine::document;
use vestibule_web::observe::sightings::Sight;

use crate::http::auth::Provisioner;

/// The attributes whose default mappings Seemore's guide has people remove: PUTs carry them with a type and nothing else.
const TYPED: [&str; 3] = ["emails", "phoneNumbers", "addresses"];

/// Notes what is odd about a user as it was sent, of somebody who may send it.
pub(crate) fn note(state: &vestibule_web::State, provisioner: &Provisioner, body: &Value) {
    for (sight, detail) in of(body) {
        state.sightings().note(&provisioner.workspace_id, sight, &detail, provisioner.now);
    }
}

/// What is odd: a document, or a PATCH request.
pub(crate) fn of(body: &Value) -> Vec<(Sight, String)> {
    let mut found = Vec::new();
    let mut look = |body: &Value| {
        if member(body, "roles").is_some_and(Value::is_string) {
            found.push((Sight::RolesAsText, "roles".to_owned()));
        }
        found.extend(empty_types(body));
    };
    look(body);
    let operations = member(body, "Operations").and_then(Value::as_array);
    for operation in operations.into_iter().flatten().take(100) {
        let value = member(operation, "value").unwrap_or(&Value::Null);
        match member(operation, "path").and_then(Value::as_str) {
            Some(path) if path.eq_ignore_ascii_case("roles") && value.is_string() => {
                found.push((Sight::RolesAsText, "roles".to_owned()));
            }
            Some(_) => {}
            None => {
                if member(value, "roles").is_some_and(Value::is_string) {
                    found.push((Sight::RolesAsText, "roles".to_owned()));
                }
            }
        }
    }
    found
}

/// A part of an object, whatever the case of its name.
fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    document::member(value.as_object()?, name)
}

/// The first of the three that holds a type beside nothing, or an empty one.
fn empty_types(body: &Value) -> Option<(Sight, String)> {
    let odd = |element: &Value| {
        let Some(members) = element.as_object() else { return false };
        let says = |name: &str| member(element, name).and_then(Value::as_str).unwrap_or_default();
        let told = |(name, value): (&String, &Value)| {
            !["type", "primary"].iter().any(|part| part.eq_ignore_ascii_case(name))
                && !matches!(value, Value::Null)
                && value.as_str() != Some("")
        };
        member(element, "type").is_some() && (says("type").is_empty() || !members.iter().any(told))
    };
    TYPED.into_iter().find_map(|name| {
        let elements = member(body, name)?.as_array()?;
        elements.iter().any(odd).then(|| (Sight::EmptyTypes, name.to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_okta_s_defaults_do_is_seen() {
        let roles = vec![(Sight::RolesAsText, "roles".to_owned())];
        let empty = |name: &str| vec![(Sight::EmptyTypes, name.to_owned())];
        for (body, wanted) in [
            (json!({ "userName": "a", "roles": "admin" }), roles.clone()),
            (json!({ "Roles": "admin" }), roles.clone()),
            (json!({ "roles": ["admin"] }), vec![]),
            (json!({ "roles": [{ "value": "admin" }] }), vec![]),
            (
                json!({ "Operations": [{ "op": "replace", "path": "roles", "value": "admin" }] }),
                roles.clone(),
            ),
            (json!({ "Operations": [{ "op": "replace", "value": { "roles": "admin" } }] }), roles),
            (json!({ "Operations": [{ "op": "replace", "path": "title", "value": "roles" }] }), vec![]),
            (json!({ "phoneNumbers": [{ "primary": true, "type": "work" }] }), empty("phoneNumbers")),
            (json!({ "phoneNumbers": [{ "value": "", "type": "" }] }), empty("phoneNumbers")),
            (json!({ "addresses": [{ "type": "" , "locality": "Graz" }] }), empty("addresses")),
            (json!({ "emails": [{ "type": "work", "value": null }] }), empty("emails")),
            (json!({ "emails": [{ "type": "work", "value": "a@b.example", "primary": true }] }), vec![]),
            (
                json!({ "emails": [{ "value": "a@b.example" }], "addresses": [{ "locality": "Graz" }] }),
                vec![],
            ),
            (json!([]), vec![]),
            (json!({ "Operations": "all", "emails": "a@b.example" }), vec![]),
        ] {
            assert_eq!(of(&body), wanted, "{body}");
        }
    }
}
