//! `/Groups`: list, create, read, replace, patch, delete. Members are rows: a change touches what changes and nothing
//! else, and a group is never loaded to be changed (design rule 8).

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde_json::{Value, json};
use vestibule_store::{
    Conn, Micros, events,
    groups::{self, Group},
    members, users,
};
use vestibule_web::{State, input::Parameters};

use crate::{
    answer::{ScimError, check_version, finish, id_of, if_match, json_body, resource, send},
    document::{GroupInput, includes, list_response, normalise_group, project},
    error::{Rejection, ScimType},
    patch::{
        Request,
        group::{self, GroupChange},
    },
    provision::last_owner::{self, Guard},
    provisioner::{Provisioner, Scope},
    query::{List, Projection},
    resource as render,
    schema::Schema,
};

/// `GET /Groups`
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let listed = async {
        let provisioner = Provisioner::admit(&req, &state, Scope::Read).await?;
        let list = List::read(&req, Schema::group())?;
        let document = state
            .read(move |conn| {
                let workspace_id = &provisioner.workspace_id;
                let (total, page) =
                    groups::list(conn, workspace_id, &list.condition, list.skip(), list.count)?;
                let mut resources = Vec::with_capacity(page.len());
                for group in &page {
                    resources.push(answer(conn, &provisioner, group, &list.projection, true)?);
                }
                let (total, start) = (total.unsigned_abs(), list.start_index.unsigned_abs());
                Ok::<_, ScimError>(list_response(total, start, resources))
            })
            .await?;
        Ok(send(&mut HttpResponse::Ok(), &document))
    };
    finish(&state, listed.await)
}

/// `POST /Groups`
pub async fn create(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let created = async {
        let provisioner = Provisioner::admit(&req, &state, Scope::Write).await?;
        let projection = Projection::read(&Parameters::of_query(&req)?)?;
        let input = normalise_group(&json_body(&req, payload, &state).await?)?;
        let now = state.now();
        let document = state
            .write(move |conn| {
                let workspace_id = &provisioner.workspace_id;
                let group = groups::create(
                    conn,
                    workspace_id,
                    &input.display_name,
                    input.external_id.as_deref(),
                    now,
                )?;
                let added = join(conn, &group, input.members.unwrap_or_default(), now)?;
                let data = json!({ "display_name": group.display_name, "members": added });
                record(conn, &provisioner, &group, "group_created", &data, now)?;
                answer(conn, &provisioner, &group, &projection, true)
            })
            .await?;
        Ok(resource(StatusCode::CREATED, &document))
    };
    finish(&state, created.await)
}

/// `GET /Groups/{id}`
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let read = async {
        let provisioner = Provisioner::admit(&req, &state, Scope::Read).await?;
        let projection = Projection::read(&Parameters::of_query(&req)?)?;
        let id = id_of(&req, "group")?;
        let document = state
            .read(move |conn| {
                let group = groups::get(conn, &provisioner.workspace_id, &id)?;
                answer(conn, &provisioner, &group, &projection, true)
            })
            .await?;
        Ok(resource(StatusCode::OK, &document))
    };
    finish(&state, read.await)
}

/// `PUT /Groups/{id}`: members as a difference; absent members leave them.
pub async fn replace(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let replaced = async {
        let provisioner = Provisioner::admit(&req, &state, Scope::Write).await?;
        let GroupInput { display_name, external_id, members } =
            normalise_group(&json_body(&req, payload, &state).await?)?;
        let mut changes =
            vec![GroupChange::SetDisplayName(display_name), GroupChange::SetExternalId(external_id)];
        changes.extend(members.map(GroupChange::ReplaceMembers));
        change(&req, &state, provisioner, changes, true).await
    };
    finish(&state, replaced.await)
}

/// `PATCH /Groups/{id}`: answered without the members unless they are asked for, so that its cost follows the change.
pub async fn patch(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let patched = async {
        let provisioner = Provisioner::admit(&req, &state, Scope::Write).await?;
        let changes = group::plan(&Request::parse(&json_body(&req, payload, &state).await?)?)?;
        change(&req, &state, provisioner, changes, false).await
    };
    finish(&state, patched.await)
}

/// `DELETE /Groups/{id}`
pub async fn delete(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let deleted = async {
        let provisioner = Provisioner::admit(&req, &state, Scope::Write).await?;
        let (id, version, now) = (id_of(&req, "group")?, if_match(&req), state.now());
        last_owner::write(&state, move |conn| {
            let group = groups::get_locked(conn, &provisioner.workspace_id, &id)?;
            check_version(version.as_deref(), group.version)?;
            let guard = Guard::of_group(conn, &group, "group_deleted", &provisioner.cause, now)?;
            groups::delete(conn, &provisioner.workspace_id, &id)?;
            guard.check(conn)?;
            let data = json!({ "display_name": group.display_name });
            record(conn, &provisioner, &group, "group_deleted", &data, now)
        })
        .await?;
        Ok(HttpResponse::NoContent().finish())
    };
    finish(&state, deleted.await)
}

/// One transaction: the locked row, the changes in their order, the event, the answer.
async fn change(
    req: &HttpRequest,
    state: &State,
    provisioner: Provisioner,
    changes: Vec<GroupChange>,
    show_members: bool,
) -> Result<HttpResponse, ScimError> {
    let projection = Projection::read(&Parameters::of_query(req)?)?;
    let (id, version, now) = (id_of(req, "group")?, if_match(req), state.now());
    let document = last_owner::write(state, move |conn| {
        let before = groups::get_locked(conn, &provisioner.workspace_id, &id)?;
        check_version(version.as_deref(), before.version)?;
        let guard = Guard::of_group(conn, &before, "group_updated", &provisioner.cause, now)?;
        let mut group = before.clone();
        let (mut added, mut removed) = (0, 0);
        for change in changes {
            let (joined, left) = carry_out(conn, &mut group, change, now)?;
            added += joined;
            removed += left;
        }
        if group != before || added + removed > 0 {
            groups::save(conn, &mut group, now)?;
            guard.check(conn)?;
            let data = json!({ "display_name": group.display_name, "added": added, "removed": removed });
            record(conn, &provisioner, &group, "group_updated", &data, now)?;
        }
        answer(conn, &provisioner, &group, &projection, show_members)
    })
    .await?;
    Ok(resource(StatusCode::OK, &document))
}

/// One change; how many joined and left.
fn carry_out(
    conn: &mut Conn,
    group: &mut Group,
    change: GroupChange,
    now: Micros,
) -> Result<(usize, usize), ScimError> {
    let (workspace_id, group_id) = (group.workspace_id.clone(), group.group_id.clone());
    Ok(match change {
        GroupChange::SetDisplayName(display_name) => {
            group.display_name = display_name;
            (0, 0)
        }
        GroupChange::SetExternalId(external_id) => {
            group.external_id = external_id;
            (0, 0)
        }
        GroupChange::AddMembers(ids) => (join(conn, group, ids, now)?, 0),
        GroupChange::RemoveMembers(ids) => {
            (0, members::remove(conn, &workspace_id, &group_id, &canonical(ids))?)
        }
        GroupChange::RemoveAllMembers => (0, members::clear(conn, &workspace_id, &group_id)?),
        GroupChange::ReplaceMembers(ids) => {
            let ids = known(conn, &workspace_id, ids)?;
            members::replace(conn, &workspace_id, &group_id, &ids, now)?
        }
    })
}

fn join(conn: &mut Conn, group: &Group, ids: Vec<String>, now: Micros) -> Result<usize, ScimError> {
    let ids = known(conn, &group.workspace_id, ids)?;
    Ok(members::add(conn, &group.workspace_id, &group.group_id, &ids, now)?)
}

/// The ids as stored, if all are users of this workspace. A stranger is told by name: silence would lose a member.
fn known(conn: &mut Conn, workspace_id: &str, ids: Vec<String>) -> Result<Vec<String>, ScimError> {
    let ids = canonical(ids);
    let missing = users::missing(conn, workspace_id, &ids)?;
    if missing.is_empty() {
        return Ok(ids);
    }
    let shown: Vec<String> = missing.iter().take(5).map(|id| id.escape_debug().to_string()).collect();
    let detail = format!(
        "members: {} of the ids are no users of this workspace ({}); provision them first",
        missing.len(),
        shown.join(", ")
    );
    Err(Rejection::new(ScimType::InvalidValue, detail).into())
}

fn canonical(ids: Vec<String>) -> Vec<String> {
    ids.into_iter().map(|id| vestibule_store::id::parse(&id).unwrap_or(id)).collect()
}

fn answer(
    conn: &mut Conn,
    provisioner: &Provisioner,
    group: &Group,
    projection: &Projection,
    show_members: bool,
) -> Result<Value, ScimError> {
    let (attributes, excluded) = (projection.attributes.as_deref(), projection.excluded.as_deref());
    let asked = if show_members || attributes.is_some() {
        includes("members", attributes, excluded, Schema::group())
    } else {
        false
    };
    let members = if asked {
        let ids = std::slice::from_ref(&group.group_id);
        Some(members::of_groups(conn, &group.workspace_id, ids)?.remove(&group.group_id).unwrap_or_default())
    } else {
        None
    };
    let document = render::group(&provisioner.base, group, members.as_deref());
    Ok(Value::Object(project(&document, attributes, excluded, Schema::group())))
}

fn record(
    conn: &mut Conn,
    provisioner: &Provisioner,
    group: &Group,
    kind: &str,
    data: &Value,
    now: Micros,
) -> Result<(), ScimError> {
    let target = format!("group:{}", group.group_id);
    events::record(conn, &provisioner.workspace_id, kind, &provisioner.cause, &target, data, now)?;
    Ok(())
}
