//! Roles as Microsoft Entra sends them if `appRoleAssignments` is mapped without one of Entra's functions: each value
//! is the whole app role as a JSON text, `{"id": "…", "value": "Admin", "displayName": "Administrator"}`.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::{json::member, schema::Attribute};

/// Replaces each JSON text of one app role, or of an array of them, by `value` and `display`. Other values stay as they are.
pub(super) fn read_all<'a>(attribute: &Attribute, values: &'a [Value]) -> Cow<'a, [Value]> {
    if !attribute.is_list_of_names() || !values.iter().any(|value| roles_of(value).is_some()) {
        return Cow::Borrowed(values);
    }
    let read = |value: &Value| match roles_of(value) {
        Some(roles) => with_parts(value, roles),
        None => vec![value.clone()],
    };
    Cow::Owned(values.iter().flat_map(read).collect())
}

/// The `value` of a JSON text of one app role, for a path such as `roles[primary eq "True"].value`.
pub(super) fn read_value(attribute: &Attribute, part: &Attribute, value: &Value) -> Option<Value> {
    if !attribute.is_list_of_names() || part.name != "value" {
        return None;
    }
    match roles_of(value)?.as_slice() {
        [role] => role.get("value").cloned(),
        _ => None,
    }
}

/// The app roles in a JSON text, which is the value or its `value`; each as `value` and `display`.
fn roles_of(value: &Value) -> Option<Vec<Map<String, Value>>> {
    let text = match value {
        Value::String(text) => text,
        Value::Object(members) => member(members, "value")?.as_str()?,
        _ => return None,
    };
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let roles = match serde_json::from_str(text).ok()? {
        Value::Array(roles) => roles,
        role => vec![role],
    };
    let roles: Option<Vec<_>> = roles.iter().map(role).collect();
    roles.filter(|roles| !roles.is_empty())
}

/// One app role as `value` and `display`. Its `value` may be null in Entra; then the display name is used.
fn role(role: &Value) -> Option<Map<String, Value>> {
    let role = role.as_object()?;
    let text = |name: &str| member(role, name).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    let (value, display) = (text("value"), text("displayName"));
    let mut read = Map::new();
    read.insert("value".to_owned(), value.or(display)?.into());
    read.extend(display.map(|display| ("display".to_owned(), display.into())));
    Some(read)
}

/// The roles with the other sub-attributes of the value. Several roles from one value get no `primary` and no `display`
/// of it.
fn with_parts(value: &Value, roles: Vec<Map<String, Value>>) -> Vec<Value> {
    let several = roles.len() > 1;
    let parts = value.as_object().into_iter().flatten();
    let parts: Vec<_> = parts
        .filter(|(name, _)| !name.eq_ignore_ascii_case("value"))
        .filter(|(name, _)| {
            !(several && (name.eq_ignore_ascii_case("primary") || name.eq_ignore_ascii_case("display")))
        })
        .collect();
    let complete = |mut role: Map<String, Value>| {
        for (name, part) in &parts {
            role.retain(|existing, _| !existing.eq_ignore_ascii_case(name));
            role.insert((*name).clone(), (*part).clone());
        }
        Value::Object(role)
    };
    roles.into_iter().map(complete).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{
        document::normalise_user,
        schema::{Schema, USER_URN},
    };

    #[test]
    fn app_roles_of_entra_are_understood() {
        let admin = r#"{"id":"06b07648","value":"Admin","displayName":"Administrator"}"#;
        let both =
            r#"[{"id":"1","value":"Admin","displayName":"Administrator"},{"id":"2","value":"Editor"}]"#;
        let read = json!({ "value": "Admin", "display": "Administrator" });
        for (sent, expected) in [
            (json!([admin]), json!([read])),
            (json!(admin), json!([read])),
            (json!([{ "value": admin }]), json!([read])),
            (
                json!([{ "value": admin, "primary": "True" }]),
                json!([{ "value": "Admin", "display": "Administrator", "primary": true }]),
            ),
            (
                json!([{ "value": admin, "display": "Boss" }]),
                json!([{ "value": "Admin", "display": "Boss" }]),
            ),
            (
                json!([{ "value": both, "type": "app" }]),
                json!([
                    { "value": "Admin", "display": "Administrator", "type": "app" }, { "value": "Editor", "type": "app" }
                ]),
            ),
            (
                json!([admin, r#"{"value":null,"displayName":"Editor"}"#]),
                json!([read, { "value": "Editor", "display": "Editor" }]),
            ),
            // A repeated role is one role.
            (json!([admin, { "value": admin }]), json!([read])),
            // A text that is no app role stays.
            (json!(["{not json"]), json!([{ "value": "{not json" }])),
            (json!([r#"{"id":"1"}"#]), json!([{ "value": r#"{"id":"1"}"# }])),
            (json!(["[]"]), json!([{ "value": "[]" }])),
        ] {
            let document = json!({ "schemas": [USER_URN], "userName": "ada", "roles": sent });
            let user = normalise_user(&document, Schema::user()).unwrap();
            assert_eq!(user["roles"], expected, "{sent}");
        }
    }

    #[test]
    fn only_roles_and_entitlements_may_be_app_roles() {
        let text = r#"{"value":"Admin"}"#;
        let document = json!({ "schemas": [USER_URN], "userName": text, "emails": [{ "value": text }] });
        let user = normalise_user(&document, Schema::user()).unwrap();
        assert_eq!((&user["userName"], &user["emails"][0]["value"]), (&json!(text), &json!(text)));
    }
}
