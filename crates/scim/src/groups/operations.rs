//! Operations on groups, inside the caller's transaction and after authentication. Members are rows: a change touches
//! only the rows that change, and never loads the members (design rule 8).

use actix_web::http::StatusCode;
use serde_json::{Map, Value, json};
use vestibule_core::{ids::GroupId, names::Named};
use vestibule_scim_engine::{
    document::{GroupInput, normalise_group, open_list, project},
    names,
    patch::group::GroupChange,
    schema::Schema,
};
use vestibule_store::{
    Conn, Tx,
    people::groups::{self, Group},
    search::Key,
    trail::events::{
        self, EventData,
        kinds::{GroupCreated, GroupDeleted, GroupUpdated, named},
    },
};
use vestibule_web::State;

use crate::{
    groups::membership::{self, MembershipChange},
    http::{
        auth::Provisioner,
        endpoint::Outcome,
        error::ScimError,
        etag::{self, IfMatch},
        path::stored_group_id,
        render,
        response::Response,
        streamed_body::{MemberParts, StreamedBody},
    },
    inspector,
    provision::{last_owner_check::LastOwnerCheck, owner_bound, uniqueness},
    query::{self, List, cursor, projection::Projection},
};

/// Returns a page of groups.
pub(crate) fn list(conn: &mut Conn, provisioner: &Provisioner, list: &List, state: &State) -> Outcome {
    let (total, page, next) =
        query::run(&[list], conn, provisioner, state, |conn| page(conn, provisioner, list))?;
    let mut body = StreamedBody::new(&provisioner.workspace_id, &provisioner.base);
    let parts = member_parts(&list.projection);
    body.push(&open_list(&list.envelope(state, total, next), page.len()));
    for (index, group) in page.iter().enumerate() {
        if index > 0 {
            body.push(",");
        }
        push(&mut body, provisioner, group, &list.projection, parts);
    }
    body.push("]}");
    Response::streamed(StatusCode::OK, None, body, conn)
}

/// Reads a page: the total, the groups, and the key of the last one if others follow.
pub(crate) fn page(
    conn: &mut Conn,
    provisioner: &Provisioner,
    list: &List,
) -> Result<(i64, Vec<Group>, Option<Key>), ScimError> {
    let mut found = groups::list(conn, &provisioner.workspace_id, &list.page())?;
    let (returned, more) = list.returned(found.resources.len());
    found.resources.truncate(returned);
    let last = found.resources.last().filter(|_| more);
    let next = last.map(|group| cursor::key_of_group(group, list.sort.as_ref()));
    Ok((found.total, found.resources, next))
}

/// The parts of members that a projection selects; none if it selects no members.
pub(crate) fn member_parts(projection: &Projection) -> Option<MemberParts> {
    let mut sample = Map::new();
    sample.insert("members".to_owned(), Value::Array(vec![render::member("", "id", "name")]));
    let (attributes, excluded) = (projection.attributes.as_deref(), projection.excluded.as_deref());
    let selected = project(&sample, attributes, excluded, Schema::group());
    let member = selected.get("members")?.get(0)?.as_object()?;
    let has = |part: &str| member.contains_key(part);
    Some(MemberParts {
        value: has("value"),
        display: has("display"),
        reference: has("$ref"),
        kind: has("type"),
    })
}

/// Appends the selected attributes of a group to a body. `parts` is [`member_parts`] of the projection.
pub(crate) fn push(
    body: &mut StreamedBody,
    provisioner: &Provisioner,
    group: &Group,
    projection: &Projection,
    parts: Option<MemberParts>,
) {
    let document = projection.apply(render::group(&provisioner.base, group), Schema::group());
    match parts {
        Some(parts) => body.push_group(group, document, parts),
        None => body.push(&Value::Object(document).to_string()),
    }
}

/// Reads a body for [`create`] or [`replace`], before their transaction.
///
/// # Errors
/// `invalidSyntax`, `invalidValue`.
pub(crate) fn document(provisioner: &Provisioner, body: &Value) -> Result<GroupInput, ScimError> {
    inspector::request::document(&provisioner.note, body);
    Ok(normalise_group(body)?)
}

/// Creates a group.
pub(crate) fn create(
    conn: &mut Tx<'_>,
    provisioner: &Provisioner,
    group: GroupInput,
    projection: &Projection,
) -> Outcome {
    let group = create_as(conn, provisioner, GroupId::new(provisioner.now), group)?;
    respond(conn, provisioner, &group, StatusCode::CREATED, projection)
}

/// Creates a group with this id.
pub(crate) fn create_as(
    conn: &mut Tx<'_>,
    provisioner: &Provisioner,
    group_id: GroupId,
    group: GroupInput,
) -> Result<Group, ScimError> {
    let GroupInput { display_name, external_id, members } = group;
    let Provisioner { workspace_id, now, .. } = provisioner;
    names::check(Named::Group, None, &display_name)?;
    let values = (display_name.as_str(), external_id.as_deref());
    if let Some(refusal) = uniqueness::of_group(conn, workspace_id, values, None)? {
        return Err(refusal);
    }
    let group = groups::create_as(conn, workspace_id, group_id, values, *now)?;
    let change = membership::add(conn, provisioner, &group, members.unwrap_or_default())?;
    owner_bound::check_group(conn, provisioner, (None, Some(&group)), &change)?;
    let data = GroupCreated {
        display_name: &group.display_name,
        members: change.joined.len(),
        parked: change.parked,
        joined: named(&change.joined),
    };
    record(conn, provisioner, &group, &data)?;
    provisioner.note.changed(|| json!({ "created": format!("Groups/{}", group.group_id), "after": data }));
    Ok(group)
}

/// Returns one group.
pub(crate) fn get(conn: &mut Conn, provisioner: &Provisioner, id: &str, projection: &Projection) -> Outcome {
    let group = groups::get(conn, &provisioner.workspace_id, &stored_group_id(id)?)?;
    respond(conn, provisioner, &group, StatusCode::OK, projection)
}

/// Replaces a group by a document. Without `members` the members stay.
pub(crate) fn replace(
    conn: &mut Tx<'_>,
    provisioner: &Provisioner,
    id: &str,
    version: Option<&IfMatch>,
    group: GroupInput,
    projection: &Projection,
) -> Outcome {
    let GroupInput { display_name, external_id, members } = group;
    let mut changes =
        vec![GroupChange::SetDisplayName(display_name), GroupChange::SetExternalId(external_id)];
    changes.extend(members.map(GroupChange::ReplaceMembers));
    let group = change(conn, provisioner, id, version, changes)?;
    respond(conn, provisioner, &group, StatusCode::OK, projection)
}

/// Patches a group. RFC 7644 §3.5.2 allows 200 with the whole group, or 204; the cost of 204 does not grow with the group.
pub(crate) fn patch(
    conn: &mut Tx<'_>,
    provisioner: &Provisioner,
    id: &str,
    version: Option<&IfMatch>,
    changes: Vec<GroupChange>,
    projection: &Projection,
) -> Outcome {
    let group = change(conn, provisioner, id, version, changes)?;
    if projection.is_default() {
        return Ok(Response::changed(&render::group(&provisioner.base, &group)));
    }
    respond(conn, provisioner, &group, StatusCode::OK, projection)
}

/// Deletes a group.
pub(crate) fn delete(
    conn: &mut Tx<'_>,
    provisioner: &Provisioner,
    id: &str,
    version: Option<&IfMatch>,
) -> Outcome {
    let workspace_id = &provisioner.workspace_id;
    let group = groups::get_locked(conn, workspace_id, &stored_group_id(id)?)?;
    etag::check(version, &etag::of_version(group.version))?;
    let owner_check =
        LastOwnerCheck::of_group(conn, &group, "group_deleted", &provisioner.cause, provisioner.now)?;
    owner_bound::check_group(conn, provisioner, (Some(&group), None), &MembershipChange::default())?;
    groups::delete(conn, workspace_id, &group.group_id)?;
    owner_check.check(conn)?;
    let data = GroupDeleted { display_name: &group.display_name };
    record(conn, provisioner, &group, &data)?;
    provisioner.note.changed(|| json!({ "deleted": format!("Groups/{}", group.group_id), "before": data }));
    Ok(Response::no_content())
}

/// Locks the row, applies the changes in order, records the event.
pub(crate) fn change(
    conn: &mut Tx<'_>,
    provisioner: &Provisioner,
    id: &str,
    version: Option<&IfMatch>,
    changes: Vec<GroupChange>,
) -> Result<Group, ScimError> {
    let before = groups::get_locked(conn, &provisioner.workspace_id, &stored_group_id(id)?)?;
    etag::check(version, &etag::of_version(before.version))?;
    let owner_check =
        LastOwnerCheck::of_group(conn, &before, "group_updated", &provisioner.cause, provisioner.now)?;
    let (mut group, mut moved) = (before.clone(), MembershipChange::default());
    for change in changes {
        moved += apply(conn, provisioner, &mut group, change)?;
    }
    let values = (group.display_name.as_str(), group.external_id.as_deref());
    if values != (before.display_name.as_str(), before.external_id.as_deref())
        && let Some(refusal) = uniqueness::of_group(conn, &group.workspace_id, values, Some(&group.group_id))?
    {
        return Err(refusal);
    }
    if group != before || !moved.is_empty() {
        groups::save(conn, &before, &mut group, provisioner.now)?;
        owner_bound::check_group(conn, provisioner, (Some(&before), Some(&group)), &moved)?;
        owner_check.check(conn)?;
        let was = before.display_name.as_str();
        let data = GroupUpdated {
            display_name: &group.display_name,
            added: moved.joined.len(),
            removed: moved.left.len(),
            parked: moved.parked,
            joined: named(&moved.joined),
            left: named(&moved.left),
            renamed_from: (was != group.display_name).then_some(was),
        };
        record(conn, provisioner, &group, &data)?;
        provisioner.note.changed(|| inspector::request::group(&before, &group, &data));
    }
    Ok(group)
}

fn apply(
    conn: &mut Conn,
    provisioner: &Provisioner,
    group: &mut Group,
    change: GroupChange,
) -> Result<MembershipChange, ScimError> {
    match change {
        GroupChange::SetDisplayName(display_name) => {
            names::check(Named::Group, Some(&group.display_name), &display_name)?;
            group.rename(display_name);
            Ok(MembershipChange::default())
        }
        GroupChange::SetExternalId(external_id) => {
            group.external_id = external_id;
            Ok(MembershipChange::default())
        }
        GroupChange::AddMembers(ids) => membership::add(conn, provisioner, group, ids),
        GroupChange::RemoveMembers(ids) => membership::remove(conn, provisioner, group, ids),
        GroupChange::RemoveAllMembers => membership::clear(conn, provisioner, group),
        GroupChange::ReplaceMembers(ids) => membership::replace(conn, provisioner, group, ids),
    }
}

fn respond(
    conn: &mut Conn,
    provisioner: &Provisioner,
    group: &Group,
    status: StatusCode,
    projection: &Projection,
) -> Outcome {
    let whole = render::group(&provisioner.base, group);
    let mut body = StreamedBody::new(&provisioner.workspace_id, &provisioner.base);
    push(&mut body, provisioner, group, projection, member_parts(projection));
    Response::streamed(status, Some(&whole), body, conn)
}

fn record(
    conn: &mut Tx<'_>,
    provisioner: &Provisioner,
    group: &Group,
    data: &impl EventData,
) -> Result<(), ScimError> {
    let Provisioner { workspace_id, cause, now, .. } = provisioner;
    events::record(conn, workspace_id, cause, group.target(), data, *now)?;
    Ok(())
}
