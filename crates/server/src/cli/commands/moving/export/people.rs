//! Lines of groups and people, page by page, ordered by their folded names.

use serde_json::{Map, Value, json};
use vestibule_core::{
    ids::{UserId, WorkspaceId},
    sets::AssignmentSource,
    time::rfc3339,
};
use vestibule_scim::import::{OLD_ID, OLD_ID_URN};
use vestibule_store::{
    Conn, Database,
    people::{groups, parked, users},
    providers::identities,
    rights::roles::{self, Element, ElementKind},
};

use super::sentence;
use crate::cli::commands::Sentence;

/// Groups or people per read.
const PAGE: i64 = 500;

/// Reads one page of lines after a folded name, each with its own folded name.
type ReadPage = fn(&mut Conn, &WorkspaceId, &str) -> Result<Vec<(String, Value)>, Sentence>;

/// Passes the lines of groups to `push`. Their members are in the lines of people.
pub(super) fn groups(
    database: &Database,
    workspace_id: &WorkspaceId,
    push: impl FnMut(&Value) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    each_page(database, workspace_id, group_page, push)
}

/// Passes the lines of people to `push`.
pub(super) fn users(
    database: &Database,
    workspace_id: &WorkspaceId,
    push: impl FnMut(&Value) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    each_page(database, workspace_id, user_page, push)
}

fn each_page(
    database: &Database,
    workspace_id: &WorkspaceId,
    read: ReadPage,
    mut push: impl FnMut(&Value) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut after = String::new();
    loop {
        let page = sentence(database.read(|conn| read(conn, workspace_id, &after)))?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        after.clone_from(last);
        for (_, line) in &page {
            push(line)?;
        }
    }
}

fn group_page(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    after: &str,
) -> Result<Vec<(String, Value)>, Sentence> {
    let mut lines = Vec::new();
    for group in groups::list_by_name_after(conn, workspace_id, after, PAGE)? {
        let line = json!({
            "type": "group",
            "id": group.group_id,
            "name": group.display_name,
            "external_id": group.external_id,
            "parked": parked::list(conn, workspace_id, &group.group_id)?,
            "created_at": rfc3339(group.created_at),
        });
        lines.push((group.display_name_key, line));
    }
    Ok(lines)
}

fn user_page(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    after: &str,
) -> Result<Vec<(String, Value)>, Sentence> {
    let page = users::list_by_name_after(conn, workspace_id, after, PAGE)?;
    let ids: Vec<UserId> = page.iter().map(|user| user.user_id.clone()).collect();
    let own = roles::own(conn, workspace_id, &ids)?;
    let related = users::related(conn, workspace_id, &ids)?;
    let mut lines = Vec::new();
    for user in page {
        let (own, related) = (
            own.get(&user.user_id).cloned().unwrap_or_default(),
            related.get(&user.user_id).cloned().unwrap_or_default(),
        );
        let manual = |source: &AssignmentSource| *source == AssignmentSource::Manual;
        let mut by_hand: Vec<_> =
            own.assigned.into_iter().filter(|(_, source)| manual(source)).map(|(id, _)| id).collect();
        by_hand.sort();
        let mut entitled: Vec<_> =
            own.entitled.into_iter().filter(|(_, source)| manual(source)).map(|(id, _)| id).collect();
        entitled.sort();
        let mut groups = own.groups;
        groups.sort();
        let mut attributes = user.attributes()?;
        attributes.shift_remove("entitlements");
        let old_id = take_old_id(&mut attributes);
        let linked = identities::list(conn, workspace_id, &user.user_id)?;
        let linked: Vec<Value> =
            linked.iter().map(|one| json!({ "issuer": one.issuer, "subject": one.subject })).collect();
        let line = json!({
            "type": "user",
            "id": user.user_id,
            "user_name": user.user_name,
            "external_id": user.external_id,
            "old_id": old_id,
            "display_name": user.display_name,
            "active": user.active,
            "source": user.source,
            "attributes": attributes,
            "roles": by_hand,
            "entitlements": entitled,
            "assigned": related.elements.iter().map(element).collect::<Vec<_>>(),
            "groups": groups,
            "identities": linked,
            "created_at": rfc3339(user.created_at),
            "updated_at": rfc3339(user.updated_at),
        });
        lines.push((user.user_name_key, line));
    }
    Ok(lines)
}

/// Removes the old system's id from the attributes, and returns it.
fn take_old_id(attributes: &mut Map<String, Value>) -> Option<Value> {
    let extension = attributes.get_mut(OLD_ID_URN)?.as_object_mut()?;
    let old_id = extension.shift_remove(OLD_ID);
    if extension.is_empty() {
        attributes.shift_remove(OLD_ID_URN);
    }
    old_id
}

fn element(element: &Element) -> Value {
    let kind = match element.kind {
        ElementKind::Role => "role",
        ElementKind::RoleAsEntitlement => "role_as_entitlement",
        ElementKind::Entitlement => "entitlement",
    };
    json!({
        "kind": kind, "id": element.id, "display": element.element_display, "element_type": element.element_type,
        "primary": element.is_primary,
    })
}
