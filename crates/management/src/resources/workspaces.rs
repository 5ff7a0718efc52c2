//! `/workspaces`: customer organisations of this region.

pub mod brake;
pub mod plan;

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_admin::{
    self as admin,
    workspaces::{Limit, NewWorkspace, WorkspaceChange},
};
use vestibule_core::{
    ids::{self, WorkspaceId},
    time::rfc3339,
};
use vestibule_store::{
    Conn, Error,
    providers::domains,
    rights::roles,
    safeguards::brakes,
    workspaces::{self, Workspace},
};
use vestibule_web::State;

use crate::{
    http::{
        answer::Answer,
        endpoint::{self, Caller},
        problem::Problem,
    },
    resources::provider::setup_links,
    types::{self, workspaces::NewlyMadeWorkspace},
};

/// `GET /workspaces`
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        let paging = caller.paging(&[])?;
        let after = paging.after.clone().unwrap_or_default();
        let mut items = Vec::new();
        for workspace in
            workspaces::page(conn, &caller.state().config().region.name, &after, paging.fetch_limit())?
        {
            items.push((workspace.workspace_id.to_string(), load(conn, caller, &workspace)?));
        }
        paging.answer(caller, items)
    })
    .await
}

/// `POST /workspaces`: returns a set-up link, once.
pub async fn create(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let new: types::workspaces::NewWorkspace = caller.body()?;
        let wanted = match &new.id {
            None => None,
            Some(text) => Some(
                WorkspaceId::parse(text)
                    .filter(|id| *id != *ids::DEPLOYMENT)
                    .ok_or_else(|| Problem::field("id", "must be a UUID other than the nil UUID"))?,
            ),
        };
        let domains: Result<Vec<_>, _> =
            new.domains.iter().map(|typed| admin::provider::domains::name::normalise(typed)).collect();
        let domains = domains.map_err(|sentence| Problem::field("domains", sentence))?;
        let region = &caller.state().config().region.name;
        let new = NewWorkspace { id: wanted.as_ref(), name: &new.name, region, domains: &domains };
        let (workspace, link) = admin::workspaces::create(conn, &caller.actor, new)?;
        let setup_link = setup_links::url(caller, &link);
        Answer::created(NewlyMadeWorkspace { workspace: load(conn, caller, &workspace)?, setup_link })
    })
    .await
}

/// `GET /workspaces/{workspace}`
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        caller.query(&[])?;
        let workspace = caller.workspace(conn)?;
        Answer::ok(load(conn, caller, &workspace)?)
    })
    .await
}

/// `PATCH /workspaces/{workspace}`: an absent member changes nothing; null resets a limit to the configured one.
pub async fn patch(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let before = caller.workspace(conn)?;
        let change = read(conn, &before, caller.body()?)?;
        let after =
            admin::workspaces::change(conn, &caller.actor, &before, &change, caller.allow_insecure())?;
        Answer::ok(load(conn, caller, &after)?)
    })
    .await
}

/// The change that a body asks for: limits in seconds, the role by its id or name.
fn read(
    conn: &mut Conn,
    workspace: &Workspace,
    body: types::workspaces::WorkspaceChange,
) -> Result<WorkspaceChange, Problem> {
    let limit =
        |limit: Limit, number: Option<Option<i64>>| number.map(|number| limit.read(number)).transpose();
    let default_role = match &body.default_role {
        None => None,
        Some(text) => {
            let role = roles::find(conn, &workspace.workspace_id, text)?;
            let unknown = || Problem::field("default_role", "is no role of this workspace");
            Some(role.ok_or_else(unknown)?.role_id)
        }
    };
    Ok(WorkspaceChange {
        name: body.name,
        default_role,
        allow_basic: body.allow_basic,
        park_members: body.park_members,
        session: limit(Limit::SessionHours, body.session_hours)?,
        idle: limit(Limit::IdleMinutes, body.idle_minutes)?,
        max_age: limit(Limit::MaxAge, body.max_age)?,
        allowed_origins: body.allowed_origins,
        sign_in_domains: None,
        brake_percent: body.brake_percent,
        brake_least: body.brake_least,
        okta_app: None,
    })
}

fn load(
    conn: &mut Conn,
    caller: &Caller<'_>,
    workspace: &Workspace,
) -> Result<types::workspaces::Workspace, Error> {
    let id = &workspace.workspace_id;
    let brake = brakes::find(conn, id)?;
    Ok(types::workspaces::Workspace {
        id: id.to_string(),
        name: workspace.name.clone(),
        region: workspace.region.clone(),
        default_role: workspace.default_role.to_string(),
        allow_basic: workspace.allow_basic,
        park_members: workspace.park_members,
        session_hours: workspace.session_seconds.map(|length| length / 3600),
        idle_minutes: workspace.idle_seconds.map(|length| length / 60),
        max_age: workspace.max_age_seconds,
        allowed_origins: workspace.origins(),
        brake_percent: brake.percent,
        brake_least: brake.least,
        domains: domains::list(conn, id)?,
        scim_base_url: caller.state().api_url(&format!("/api/scim/v2/{id}")),
        created_at: rfc3339(workspace.created_at),
        updated_at: rfc3339(workspace.updated_at),
    })
}
