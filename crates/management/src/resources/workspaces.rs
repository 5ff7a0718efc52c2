//! `/workspaces`: one customer organisation each, those of this region.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};
use vestibule_admin::{domains as admin_domains, trail, workspaces as admin_workspaces};
use vestibule_core::{ids, time::rfc3339};
use vestibule_store::{
    Conn, Error,
    providers::domains,
    rights::roles,
    safeguards::brakes,
    trail::events,
    workspaces::{self, Workspace},
};
use vestibule_web::{State, http::return_to};

use crate::{
    http::{
        answer::Answer,
        endpoint::{self, Desk},
        input::{present, within},
        problem::Problem,
    },
    resources::setup_links,
};

/// The most origins a workspace allows.
const ORIGINS: usize = 100;
/// The most domains that are vouched for at once.
const DOMAINS: usize = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    name: String,
    id: Option<String>,
    #[serde(default)]
    domains: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    name: Option<String>,
    default_role: Option<String>,
    allow_basic: Option<bool>,
    park_members: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    session_hours: Option<Option<i64>>,
    #[serde(default, deserialize_with = "present")]
    idle_minutes: Option<Option<i64>>,
    #[serde(default, deserialize_with = "present")]
    max_age: Option<Option<i64>>,
    allowed_origins: Option<Vec<String>>,
    brake_percent: Option<i64>,
    brake_least: Option<i64>,
}

/// `GET /workspaces`
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::look(&req, &state, |conn, desk| {
        let paging = desk.paging(&[])?;
        let after = paging.after.clone().unwrap_or_default();
        let mut items = Vec::new();
        for workspace in workspaces::page(conn, &desk.state().config().region.name, &after, paging.sought())?
        {
            items.push((workspace.workspace_id.clone(), shown(conn, desk, &workspace)?));
        }
        paging.answer(desk, items)
    })
    .await
}

/// `POST /workspaces`: answers the set-up link, once.
pub async fn create(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, desk| {
        desk.query(&[])?;
        let new: New = desk.body()?;
        let wanted = match &new.id {
            None => None,
            Some(text) => Some(
                ids::parse(text)
                    .filter(|id| id != ids::DEPLOYMENT)
                    .ok_or_else(|| Problem::field("id", "must be a UUID other than the nil UUID"))?,
            ),
        };
        if new.domains.len() > DOMAINS {
            return Err(Problem::field("domains", format!("must be at most {DOMAINS}")));
        }
        let domains: Result<Vec<_>, _> =
            new.domains.iter().map(|typed| admin_domains::normalise(typed)).collect();
        let domains = domains.map_err(|sentence| Problem::field("domains", sentence))?;
        let region = &desk.state().config().region.name;
        let asked = (wanted.as_deref(), new.name.as_str(), region.as_str());
        let (workspace, link) =
            admin_workspaces::create_workspace(conn, asked, &domains, &desk.cause, desk.now)?;
        let mut made = shown(conn, desk, &workspace)?;
        if let Some(members) = made.as_object_mut() {
            members.insert("setup_link".to_owned(), setup_links::url(desk, &link).into());
        }
        Answer::created(made)
    })
    .await
}

/// `GET /workspaces/{workspace}`
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::look(&req, &state, |conn, desk| {
        desk.query(&[])?;
        let workspace = desk.workspace(conn)?;
        Answer::ok(shown(conn, desk, &workspace)?)
    })
    .await
}

/// `PATCH /workspaces/{workspace}`: changes what is named; null takes a limit back to what is configured.
pub async fn patch(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, desk| {
        desk.query(&[])?;
        let before = desk.workspace(conn)?;
        carry_out(conn, desk, &before, desk.body()?)?;
        let after = desk.workspace(conn)?;
        let brake = brakes::find(conn, &after.workspace_id)?;
        let data = json!({
            "name": after.name, "default_role": after.default_role, "allow_basic": after.allow_basic,
            "park_members": after.park_members, "session_hours": after.session_seconds.map(|length| length / 3600),
            "idle_minutes": after.idle_seconds.map(|length| length / 60), "max_age": after.max_age_seconds,
            "allowed_origins": after.origins(), "brake_percent": brake.percent, "brake_least": brake.least,
        });
        let data = trail::with_before(data, &trail::terms(&before), &trail::terms(&after));
        let id = &after.workspace_id;
        events::record_json(conn, id, "workspace_changed", &desk.cause, "workspace", &data, desk.now)?;
        Answer::ok(shown(conn, desk, &after)?)
    })
    .await
}

fn carry_out(conn: &mut Conn, desk: &Desk<'_>, before: &Workspace, change: Change) -> Result<(), Problem> {
    let (id, now) = (&before.workspace_id, desk.now);
    admin_workspaces::set_brake(conn, id, change.brake_percent, change.brake_least, now)?;
    if let Some(name) = &change.name {
        workspaces::set_name(conn, id, admin_workspaces::title(name)?, now)?;
    }
    if let Some(text) = &change.default_role {
        let role = roles::find(conn, id, text)?;
        let role = role.ok_or_else(|| Problem::field("default_role", "is no role of this workspace"))?;
        admin_workspaces::set_default_role(conn, id, &role.role_id, now)?;
    }
    if let Some(allow) = change.allow_basic {
        workspaces::set_allow_basic(conn, id, allow, now)?;
    }
    if let Some(park) = change.park_members {
        workspaces::set_park_members(conn, id, park, now)?;
    }
    if change.session_hours.is_some() || change.idle_minutes.is_some() {
        let session = seconds("session_hours", change.session_hours, (1, 8760), 3600)?;
        let idle = seconds("idle_minutes", change.idle_minutes, (0, 525_600), 60)?;
        let (session, idle) =
            (session.unwrap_or(before.session_seconds), idle.unwrap_or(before.idle_seconds));
        workspaces::set_session_limits(conn, id, session, idle, now)?;
    }
    if let Some(max_age) = seconds("max_age", change.max_age, (0, 31_536_000), 1)? {
        workspaces::set_max_age(conn, id, max_age, now)?;
    }
    if let Some(origins) = change.allowed_origins {
        if origins.len() > ORIGINS {
            return Err(Problem::field("allowed_origins", format!("must be at most {ORIGINS}")));
        }
        let insecure = desk.state().config().okta.allow_insecure_issuers;
        let checked: Result<Vec<_>, _> =
            origins.iter().map(|origin| return_to::check_origin(origin, insecure)).collect();
        let mut checked = checked.map_err(|sentence| Problem::field("allowed_origins", sentence))?;
        checked.sort();
        checked.dedup();
        workspaces::set_origins(conn, id, &checked, now)?;
    }
    Ok(())
}

/// A limit in seconds, if one was named.
fn seconds(
    field: &str,
    named: Option<Option<i64>>,
    (least, most): (i64, i64),
    unit: i64,
) -> Result<Option<Option<i64>>, Problem> {
    match named {
        Some(Some(number)) => Ok(Some(Some(within(field, number, least, most)? * unit))),
        other => Ok(other),
    }
}

fn shown(conn: &mut Conn, desk: &Desk<'_>, workspace: &Workspace) -> Result<Value, Error> {
    let id = &workspace.workspace_id;
    let brake = brakes::find(conn, id)?;
    Ok(json!({
        "id": id,
        "name": workspace.name,
        "region": workspace.region,
        "default_role": workspace.default_role,
        "allow_basic": workspace.allow_basic,
        "park_members": workspace.park_members,
        "session_hours": workspace.session_seconds.map(|length| length / 3600),
        "idle_minutes": workspace.idle_seconds.map(|length| length / 60),
        "max_age": workspace.max_age_seconds,
        "allowed_origins": workspace.origins(),
        "brake_percent": brake.percent,
        "brake_least": brake.least,
        "domains": domains::list(conn, id)?,
        "scim_base_url": desk.state().api_url(&format!("/api/scim/v2/{id}")),
        "created_at": rfc3339(workspace.created_at),
        "updated_at": rfc3339(workspace.updated_at),
    }))
}
