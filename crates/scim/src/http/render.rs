//! Renders rows as SCIM documents: attributes as clients wrote them, and computed ones (`groups`, `roles`, `meta`).

use serde_json::{Map, Value, json};
use vestibule_core::time::rfc3339;
use vestibule_scim_engine::{
    document::sync_schemas,
    schema::{ENTITLEMENT_URN, GROUP_URN, ROLE_URN, ResourceKind, Schema},
};
use vestibule_store::{
    Error,
    people::{
        groups::Group,
        users::{Related, User},
    },
    rights::{
        entitlements::Entitlement,
        roles::{Element, ElementKind, Role},
    },
};

use crate::http::{auth::Provisioner, etag};

/// The attribute of a user that has assignments of this kind.
pub(crate) fn attribute_of(kind: ElementKind) -> &'static str {
    match kind {
        ElementKind::Role => "roles",
        ElementKind::Entitlement | ElementKind::RoleAsEntitlement => "entitlements",
    }
}

/// The attributes of a user that a SCIM client may write, from the document, the columns and the rows: what PATCH and
/// PUT change. `assigned` are the roles and entitlements assigned over SCIM; those from other sources are not the
/// client's to write.
pub(crate) fn writable(
    user: &User,
    assigned: &[Element],
    schema: &Schema,
) -> Result<Map<String, Value>, Error> {
    let mut document: Map<String, Value> = Map::new();
    document.insert("schemas".to_owned(), Value::Null);
    if let Some(external_id) = &user.external_id {
        document.insert("externalId".to_owned(), json!(external_id));
    }
    document.insert("userName".to_owned(), json!(user.user_name));
    document.extend(user.attributes()?);
    // Older versions stored entitlements in the document.
    document.shift_remove("entitlements");
    if let Some(display_name) = &user.display_name {
        document.insert("displayName".to_owned(), json!(display_name));
    }
    document.insert("active".to_owned(), json!(user.active));
    for name in ["entitlements", "roles"] {
        let values: Vec<Value> =
            assigned.iter().filter(|element| attribute_of(element.kind) == name).map(value).collect();
        if !values.is_empty() {
            document.insert(name.to_owned(), values.into());
        }
    }
    sync_schemas(&mut document, schema);
    Ok(document)
}

/// A value of `roles` or `entitlements`.
fn value(element: &Element) -> Value {
    let mut value = json!({ "value": element.id, "display": element.display_name });
    if let Some(members) = value.as_object_mut() {
        let element_type = element.element_type.as_ref().map(|text| ("type".to_owned(), json!(text)));
        let is_primary = element.is_primary.map(|primary| ("primary".to_owned(), json!(primary)));
        members.extend(element_type.into_iter().chain(is_primary));
    }
    value
}

/// A user as returned: writable attributes, `id`, `groups`, `meta`.
pub(crate) fn user(
    provisioner: &Provisioner,
    user: &User,
    related: &Related,
) -> Result<Map<String, Value>, Error> {
    let (base, groups) = (&provisioner.base, &related.groups);
    let mut document = Map::new();
    let mut writable = writable(user, &related.elements, &provisioner.users)?;
    if let Some(schemas) = writable.shift_remove("schemas") {
        document.insert("schemas".to_owned(), schemas);
    }
    document.insert("id".to_owned(), json!(user.user_id));
    document.extend(writable);
    if !groups.is_empty() {
        let groups: Vec<Value> = groups
            .iter()
            .map(|(id, name)| json!({ "value": id, "display": name, "$ref": format!("{base}/Groups/{id}"), "type": "direct" }))
            .collect();
        document.insert("groups".to_owned(), groups.into());
    }
    let location = format!("{base}/Users/{}", user.user_id);
    let version = Some(etag::of_user(user, related));
    document.insert("meta".to_owned(), meta("User", user.created_at, user.updated_at, version, &location));
    Ok(document)
}

/// A group as returned, without its members.
pub(crate) fn group(base: &str, group: &Group) -> Map<String, Value> {
    let mut document = Map::new();
    document.insert("schemas".to_owned(), json!([GROUP_URN]));
    document.insert("id".to_owned(), json!(group.group_id));
    if let Some(external_id) = &group.external_id {
        document.insert("externalId".to_owned(), json!(external_id));
    }
    document.insert("displayName".to_owned(), json!(group.display_name));
    let location = format!("{base}/Groups/{}", group.group_id);
    let version = Some(etag::of_version(group.version));
    document.insert("meta".to_owned(), meta("Group", group.created_at, group.updated_at, version, &location));
    document
}

/// A member of a group as returned.
pub(crate) fn member(base: &str, id: &str, name: &str) -> Value {
    json!({ "value": id, "display": name, "$ref": format!("{base}/Users/{id}"), "type": "User" })
}

/// A role as returned, in Okta's form (okta-facts §3).
pub(crate) fn role(base: &str, role: &Role) -> Map<String, Value> {
    let location = format!("{base}/Roles/{}", role.role_id);
    let mut document = Map::new();
    document.insert("schemas".to_owned(), json!([ROLE_URN]));
    document.insert("id".to_owned(), json!(role.role_id));
    document.insert("displayName".to_owned(), json!(role.display_name));
    document.insert("description".to_owned(), json!(role.description));
    document.insert("meta".to_owned(), meta("Role", role.created_at, role.created_at, None, &location));
    document
}

/// An entitlement as returned, in Okta's form (okta-facts §3).
pub(crate) fn entitlement(base: &str, entitlement: &Entitlement) -> Map<String, Value> {
    let location = format!("{base}/Entitlements/{}", entitlement.entitlement_id);
    let kind = ResourceKind::Entitlement.name();
    let mut document = Map::new();
    document.insert("schemas".to_owned(), json!([ENTITLEMENT_URN]));
    document.insert("id".to_owned(), json!(entitlement.entitlement_id));
    document.insert("displayName".to_owned(), json!(entitlement.display_name));
    document.insert("type".to_owned(), json!(kind));
    document.insert("description".to_owned(), json!(entitlement.description));
    let meta = meta(kind, entitlement.created_at, entitlement.created_at, None, &location);
    document.insert("meta".to_owned(), meta);
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
