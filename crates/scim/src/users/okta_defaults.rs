//! Signs of Okta's default settings in documents, for the doctor. Such documents cause no error, so the doctor has to
//! point them out. Pure.

use serde_json::Value;
use vestibule_scim_engine::json;
use vestibule_web::observe::sightings::SightingKind;

use crate::http::auth::Provisioner;

/// Attributes whose default mapping in Okta sends a type without a value; the set-up guide has administrators remove it.
const TYPED_ATTRIBUTES: [&str; 3] = ["emails", "phoneNumbers", "addresses"];

/// Reports what is found in the body of an authenticated request.
pub(crate) fn report(state: &vestibule_web::State, provisioner: &Provisioner, body: &Value) {
    for (sight, detail) in find(body) {
        state.sightings().note(provisioner.team_id(), sight, &detail, provisioner.now);
    }
}

/// Finds signs of default settings in a document or a PATCH request.
fn find(body: &Value) -> Vec<(SightingKind, String)> {
    let mut found = Vec::new();
    if member(body, "roles").is_some_and(Value::is_string) {
        found.push((SightingKind::RolesAsText, "roles".to_owned()));
    }
    found.extend(empty_types(body));
    let operations = member(body, "Operations").and_then(Value::as_array);
    for operation in operations.into_iter().flatten().take(100) {
        let value = member(operation, "value").unwrap_or(&Value::Null);
        match member(operation, "path").and_then(Value::as_str) {
            Some(path) if path.eq_ignore_ascii_case("roles") && value.is_string() => {
                found.push((SightingKind::RolesAsText, "roles".to_owned()));
            }
            Some(_) => {}
            None => {
                if member(value, "roles").is_some_and(Value::is_string) {
                    found.push((SightingKind::RolesAsText, "roles".to_owned()));
                }
            }
        }
    }
    found
}

/// The member of an object with this name in any letter case.
fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    json::member(value.as_object()?, name)
}

/// The first of [`TYPED_ATTRIBUTES`] with an element that has a type without a value, or an empty type.
fn empty_types(body: &Value) -> Option<(SightingKind, String)> {
    let is_empty = |element: &Value| {
        let Some(members) = element.as_object() else { return false };
        let text = |name: &str| member(element, name).and_then(Value::as_str).unwrap_or_default();
        let has_value = |(name, value): (&String, &Value)| {
            !["type", "primary"].iter().any(|part| part.eq_ignore_ascii_case(name))
                && !matches!(value, Value::Null)
                && value.as_str() != Some("")
        };
        member(element, "type").is_some() && (text("type").is_empty() || !members.iter().any(has_value))
    };
    TYPED_ATTRIBUTES.into_iter().find_map(|name| {
        let elements = member(body, name)?.as_array()?;
        elements.iter().any(is_empty).then(|| (SightingKind::EmptyTypes, name.to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn oktas_defaults_are_found() {
        let roles = vec![(SightingKind::RolesAsText, "roles".to_owned())];
        let empty = |name: &str| vec![(SightingKind::EmptyTypes, name.to_owned())];
        for (body, expected) in [
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
            assert_eq!(find(&body), expected, "{body}");
        }
    }
}
