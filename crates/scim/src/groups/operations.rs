//! What is done with groups, inside the caller's transaction and after admission. Members are rows: a change touches
//! what changes and nothing else, and a group is never loaded to be changed (design rule 8).

use actix_web::http::StatusCode;
use serde_json::{Value, json};
use vestibule_core::names::Named;
use vestibule_scim_engine::{
    document::{GroupInput, normalise_group, open_list},
    names,
    patch::group::GroupChange,
    schema::Schema,
};
use vestibule_store::{
    Conn,
    people::groups::{self, Group},
    search::Key,
    trail::events::{
        self, EventData,
        kinds::{GroupCreated, GroupDeleted, GroupUpdated},
    },
};
use vestibule_web::State;

use crate::{
    groups::{
        membership::{self, Moved},
        stream::{Parts, Script},
    },
    http::{
        answer::{Answer, ScimError, check_version, stored_id},
        auth::Provisioner,
        endpoint::Outcome,
        inspector, render,
    },
    provision::{last_owner::Guard, owner_bound, uniqueness},
    query::{self, List, Projection, cursor},
};

/// A page of groups.
pub(crate) fn list(conn: &mut Conn, provisioner: &Provisioner, list: &List, state: &State) -> Outcome {
    let (total, page, next) =
        query::run(&[list], conn, provisioner, state, |conn| page(conn, provisioner, list))?;
    let (mut script, parts) = (Script::new(provisioner), Parts::of(&list.projection));
    script.text(&open_list(&list.envelope(state, total, next), page.len()));
    for (index, group) in page.iter().enumerate() {
        if index > 0 {
            script.text(",");
        }
        show(&mut script, provisioner, group, &list.projection, parts);
    }
    script.text("]}");
    Answer::script(StatusCode::OK, None, script, conn)
}

/// How many there are, the page, and the place of its last one if others follow.
pub(crate) fn page(
    conn: &mut Conn,
    provisioner: &Provisioner,
    list: &List,
) -> Result<(i64, Vec<Group>, Option<Key>), ScimError> {
    let mut found = groups::list(conn, &provisioner.workspace_id, &list.page())?;
    let (shown, more) = list.shown(found.resources.len());
    found.resources.truncate(shown);
    let last = found.resources.last().filter(|_| more);
    let next = last.map(|group| cursor::place_of_group(group, list.sort.as_ref()));
    Ok((found.total, found.resources, next))
}

/// Puts a group into a script as a projection shows it; `parts` are those of its members that the projection shows.
pub(crate) fn show(
    script: &mut Script,
    provisioner: &Provisioner,
    group: &Group,
    projection: &Projection,
    parts: Option<Parts>,
) {
    let document = projection.show(render::group(&provisioner.base, group), Schema::group());
    match parts {
        Some(parts) => script.group(group, &document, parts),
        None => script.text(&Value::Object(document).to_string()),
    }
}

/// The group of a body, for [`create`] and [`replace`]: read before their transaction.
///
/// # Errors
/// `invalidSyntax`, `invalidValue`.
pub(crate) fn document(provisioner: &Provisioner, body: &Value) -> Result<GroupInput, ScimError> {
    inspector::document(&provisioner.note, body);
    Ok(normalise_group(body)?)
}

/// A new group.
pub(crate) fn create(
    conn: &mut Conn,
    provisioner: &Provisioner,
    group: GroupInput,
    projection: &Projection,
) -> Outcome {
    let GroupInput { display_name, external_id, members } = group;
    let Provisioner { workspace_id, now, .. } = provisioner;
    names::check(Named::Group, None, &display_name)?;
    let values = (display_name.as_str(), external_id.as_deref());
    if let Some(refusal) = uniqueness::of_group(conn, workspace_id, values, "")? {
        return Err(refusal);
    }
    let group = groups::create(conn, workspace_id, &display_name, external_id.as_deref(), *now)?;
    let moved = membership::join(conn, provisioner, &group, members.unwrap_or_default())?;
    owner_bound::check_group(conn, provisioner, (None, Some(&group)), moved)?;
    let data =
        GroupCreated { display_name: &group.display_name, members: moved.joined, parked: moved.parked };
    record(conn, provisioner, &group, &data)?;
    provisioner.note.changed(|| json!({ "created": format!("Groups/{}", group.group_id), "after": data }));
    answer(conn, provisioner, &group, StatusCode::CREATED, projection)
}

/// One group.
pub(crate) fn get(conn: &mut Conn, provisioner: &Provisioner, id: &str, projection: &Projection) -> Outcome {
    let group = groups::get(conn, &provisioner.workspace_id, &stored_id(id, "group")?)?;
    answer(conn, provisioner, &group, StatusCode::OK, projection)
}

/// A group as the document says; a document that doesn't speak of members leaves them.
pub(crate) fn replace(
    conn: &mut Conn,
    provisioner: &Provisioner,
    id: &str,
    version: Option<&str>,
    group: GroupInput,
    projection: &Projection,
) -> Outcome {
    let GroupInput { display_name, external_id, members } = group;
    let mut changes =
        vec![GroupChange::SetDisplayName(display_name), GroupChange::SetExternalId(external_id)];
    changes.extend(members.map(GroupChange::ReplaceMembers));
    let group = change(conn, provisioner, id, version, changes)?;
    answer(conn, provisioner, &group, StatusCode::OK, projection)
}

/// A group after the operations. RFC 7644 §3.5.2: the whole of it with 200, or 204; only 204 costs what the change does.
pub(crate) fn patch(
    conn: &mut Conn,
    provisioner: &Provisioner,
    id: &str,
    version: Option<&str>,
    changes: Vec<GroupChange>,
    projection: &Projection,
) -> Outcome {
    let group = change(conn, provisioner, id, version, changes)?;
    if projection.is_all() {
        return Ok(Answer::changed(&render::group(&provisioner.base, &group)));
    }
    answer(conn, provisioner, &group, StatusCode::OK, projection)
}

/// No group any more.
pub(crate) fn delete(conn: &mut Conn, provisioner: &Provisioner, id: &str, version: Option<&str>) -> Outcome {
    let workspace_id = &provisioner.workspace_id;
    let group = groups::get_locked(conn, workspace_id, &stored_id(id, "group")?)?;
    check_version(version, &render::etag(group.version))?;
    let guard = Guard::of_group(conn, &group, "group_deleted", &provisioner.cause, provisioner.now)?;
    owner_bound::check_group(conn, provisioner, (Some(&group), None), Moved::default())?;
    groups::delete(conn, workspace_id, &group.group_id)?;
    guard.check(conn)?;
    let data = GroupDeleted { display_name: &group.display_name };
    record(conn, provisioner, &group, &data)?;
    provisioner.note.changed(|| json!({ "deleted": format!("Groups/{}", group.group_id), "before": data }));
    Ok(Answer::no_content())
}

/// The locked row, the changes in their order, the event.
fn change(
    conn: &mut Conn,
    provisioner: &Provisioner,
    id: &str,
    version: Option<&str>,
    changes: Vec<GroupChange>,
) -> Result<Group, ScimError> {
    let before = groups::get_locked(conn, &provisioner.workspace_id, &stored_id(id, "group")?)?;
    check_version(version, &render::etag(before.version))?;
    let guard = Guard::of_group(conn, &before, "group_updated", &provisioner.cause, provisioner.now)?;
    let (mut group, mut moved) = (before.clone(), Moved::default());
    for change in changes {
        moved += carry_out(conn, provisioner, &mut group, change)?;
    }
    let values = (group.display_name.as_str(), group.external_id.as_deref());
    if values != (before.display_name.as_str(), before.external_id.as_deref())
        && let Some(refusal) = uniqueness::of_group(conn, &group.workspace_id, values, &group.group_id)?
    {
        return Err(refusal);
    }
    if group != before || moved.any() {
        groups::save(conn, &mut group, provisioner.now)?;
        owner_bound::check_group(conn, provisioner, (Some(&before), Some(&group)), moved)?;
        guard.check(conn)?;
        let Moved { joined, left, parked } = moved;
        let data = GroupUpdated { display_name: &group.display_name, added: joined, removed: left, parked };
        record(conn, provisioner, &group, &data)?;
        provisioner.note.changed(|| inspector::group(&before, &group, &data));
    }
    Ok(group)
}

fn carry_out(
    conn: &mut Conn,
    provisioner: &Provisioner,
    group: &mut Group,
    change: GroupChange,
) -> Result<Moved, ScimError> {
    match change {
        GroupChange::SetDisplayName(display_name) => {
            names::check(Named::Group, Some(&group.display_name), &display_name)?;
            group.rename(display_name);
            Ok(Moved::default())
        }
        GroupChange::SetExternalId(external_id) => {
            group.external_id = external_id;
            Ok(Moved::default())
        }
        GroupChange::AddMembers(ids) => membership::join(conn, provisioner, group, ids),
        GroupChange::RemoveMembers(ids) => membership::leave(conn, provisioner, group, ids),
        GroupChange::RemoveAllMembers => membership::clear(conn, provisioner, group),
        GroupChange::ReplaceMembers(ids) => membership::replace(conn, provisioner, group, ids),
    }
}

fn answer(
    conn: &mut Conn,
    provisioner: &Provisioner,
    group: &Group,
    status: StatusCode,
    projection: &Projection,
) -> Outcome {
    let whole = render::group(&provisioner.base, group);
    let mut script = Script::new(provisioner);
    show(&mut script, provisioner, group, projection, Parts::of(projection));
    Answer::script(status, Some(&whole), script, conn)
}

fn record(
    conn: &mut Conn,
    provisioner: &Provisioner,
    group: &Group,
    data: &impl EventData,
) -> Result<(), ScimError> {
    let Provisioner { workspace_id, cause, now, .. } = provisioner;
    events::record(conn, workspace_id, cause, group.target(), data, *now)?;
    Ok(())
}
