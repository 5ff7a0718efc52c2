//! Rows as SCIM documents. What is computed (groups, roles, meta) is put in here; what was written comes back as written.

use serde_json::{Map, Value, json};
use vestibule_core::time::rfc3339;
use vestibule_scim_engine::{
    document::sync_schemas,
    schema::{ENTITLEMENT_URN, GROUP_URN, ROLE_URN, ResourceKind, Schema},
};
use vestibule_store::{
    access::secrets,
    people::{
        groups::Group,
        users::{Around, User},
    },
    rights::{
        entitlements::Entitlement,
        roles::{Element, Role},
    },
};

use crate::{http::auth::Provisioner, provision::elements::attribute};

/// A user's attributes that its client wrote, with those that have columns or rows of their own: what PATCH and PUT act
/// on. Roles and entitlements are those assigned over SCIM: what comes by hand, through a group or by default is not the
/// client's to write.
pub(crate) fn written(user: &User, held: &[Element], schema: &Schema) -> Map<String, Value> {
    let mut document: Map<String, Value> = Map::new();
    document.insert("schemas".to_owned(), Value::Null);
    if let Some(external_id) = &user.external_id {
        document.insert("externalId".to_owned(), json!(external_id));
    }
    document.insert("userName".to_owned(), json!(user.user_name));
    let stored: Map<String, Value> = serde_json::from_str(&user.attributes).unwrap_or_default();
    document.extend(stored);
    // Kept in the document before they had rows of their own.
    document.shift_remove("entitlements");
    if let Some(display_name) = &user.display_name {
        document.insert("displayName".to_owned(), json!(display_name));
    }
    document.insert("active".to_owned(), json!(user.active));
    for name in ["entitlements", "roles"] {
        let values: Vec<Value> =
            held.iter().filter(|element| attribute(element.kind) == name).map(value).collect();
        if !values.is_empty() {
            document.insert(name.to_owned(), values.into());
        }
    }
    sync_schemas(&mut document, schema);
    document
}

/// A value of `roles` or `entitlements`.
fn value(element: &Element) -> Value {
    let mut value = json!({ "value": element.id, "display": element.display_name });
    if let Some(members) = value.as_object_mut() {
        let element_type = element.element_type.as_ref().map(|text| ("type".to_owned(), json!(text)));
        let is_primary = element.is_primary.map(|truth| ("primary".to_owned(), json!(truth)));
        members.extend(element_type.into_iter().chain(is_primary));
    }
    value
}

/// A user as answered: written attributes, id, groups, meta.
pub(crate) fn user(provisioner: &Provisioner, user: &User, around: &Around) -> Map<String, Value> {
    let (base, groups) = (&provisioner.base, &around.groups);
    let mut document = Map::new();
    let mut written = written(user, &around.elements, &provisioner.users);
    if let Some(schemas) = written.shift_remove("schemas") {
        document.insert("schemas".to_owned(), schemas);
    }
    document.insert("id".to_owned(), json!(user.user_id));
    document.extend(written);
    let etag = etag_of_user(user, around);
    if !groups.is_empty() {
        let groups: Vec<Value> = groups
            .iter()
            .map(|(id, name)| json!({ "value": id, "display": name, "$ref": format!("{base}/Groups/{id}"), "type": "direct" }))
            .collect();
        document.insert("groups".to_owned(), groups.into());
    }
    let place = format!("{base}/Users/{}", user.user_id);
    document.insert("meta".to_owned(), meta("User", user.created_at, user.updated_at, Some(etag), &place));
    document
}

/// A user's version as an entity tag: that of the row, and of what stands around it, which changes without it.
pub(crate) fn etag_of_user(user: &User, around: &Around) -> String {
    let Around { elements, groups } = around;
    if groups.is_empty() && elements.is_empty() {
        return etag(user.version);
    }
    let groups = groups.iter().flat_map(|(id, name)| [id.as_str(), name.as_str()]);
    let elements = elements.iter().flat_map(|one| [one.id.as_str(), one.display_name.as_str()]);
    let text: Vec<&str> = groups.chain(["\n"]).chain(elements).collect();
    let digest = secrets::digest(&text.join("\n"));
    format!("W/\"{}-{}\"", user.version, digest.get(..16).unwrap_or_default())
}

/// A version as an entity tag.
pub(crate) fn etag(version: i64) -> String {
    format!("W/\"{version}\"")
}

/// A group as answered, without its members.
pub(crate) fn group(base: &str, group: &Group) -> Map<String, Value> {
    let mut document = Map::new();
    document.insert("schemas".to_owned(), json!([GROUP_URN]));
    document.insert("id".to_owned(), json!(group.group_id));
    if let Some(external_id) = &group.external_id {
        document.insert("externalId".to_owned(), json!(external_id));
    }
    document.insert("displayName".to_owned(), json!(group.display_name));
    let place = format!("{base}/Groups/{}", group.group_id);
    let version = Some(etag(group.version));
    document.insert("meta".to_owned(), meta("Group", group.created_at, group.updated_at, version, &place));
    document
}

/// A member of a group as answered.
pub(crate) fn member(base: &str, id: &str, name: &str) -> Value {
    json!({ "value": id, "display": name, "$ref": format!("{base}/Users/{id}"), "type": "User" })
}

/// A role as answered, in Okta's shape (okta-facts §3).
pub(crate) fn role(base: &str, role: &Role) -> Map<String, Value> {
    let place = format!("{base}/Roles/{}", role.role_id);
    let mut document = Map::new();
    document.insert("schemas".to_owned(), json!([ROLE_URN]));
    document.insert("id".to_owned(), json!(role.role_id));
    document.insert("displayName".to_owned(), json!(role.display_name));
    document.insert("description".to_owned(), json!(role.description));
    document.insert("meta".to_owned(), meta("Role", role.created_at, role.created_at, None, &place));
    document
}

/// An entitlement as answered, in Okta's shape (okta-facts §3).
pub(crate) fn entitlement(base: &str, entitlement: &Entitlement) -> Map<String, Value> {
    let place = format!("{base}/Entitlements/{}", entitlement.entitlement_id);
    let kind = ResourceKind::Entitlement.name();
    let mut document = Map::new();
    document.insert("schemas".to_owned(), json!([ENTITLEMENT_URN]));
    document.insert("id".to_owned(), json!(entitlement.entitlement_id));
    document.insert("displayName".to_owned(), json!(entitlement.display_name));
    document.insert("type".to_owned(), json!(kind));
    document.insert("description".to_owned(), json!(entitlement.description));
    document
        .insert("meta".to_owned(), meta(kind, entitlement.created_at, entitlement.created_at, None, &place));
    document
}

fn meta(kind: &str, created: i64, modified: i64, version: Option<String>, location: &str) -> Value {
    let mut meta = json!({
        "resourceType": kind,
        "created": rfc3339(created),
        "lastModified": rfc3339(modified),
        "location": location,
    });
    if let (Some(version), Some(members)) = (version, meta.as_object_mut()) {
        members.insert("version".to_owned(), json!(version));
    }
    meta
}
