//! `/workspaces/{workspace}/plan`: what SCIM would change in an observed workspace. 404 while the workspace is not observed.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_admin::workspaces::observation as admin;
use vestibule_core::ids::WorkspaceId;
use vestibule_store::{
    Conn, Error,
    observation::{self, Observation},
};
use vestibule_web::State;

use crate::{
    http::{
        answer::Answer,
        endpoint::{self, Caller},
        problem::Problem,
    },
    types::workspaces::plan::{Plan, PlannedGroup, PlannedPerson},
};

/// `GET /workspaces/{workspace}/plan`
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        caller.query(&[])?;
        let id = caller.workspace(conn)?.workspace_id;
        let plan = search(conn, caller, &id, |conn| admin::read(conn, &id))?;
        Answer::ok(Plan::from(&plan.ok_or(Problem::NotFound)?))
    })
    .await
}

/// `GET /workspaces/{workspace}/plan/people`
pub async fn people(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        let id = caller.workspace(conn)?.workspace_id;
        let paging = caller.paging(&[])?;
        let of = observed(conn, &id)?;
        let (after, limit) = (paging.after.clone().unwrap_or_default(), paging.fetch_limit());
        let people = search(conn, caller, &id, |conn| observation::people(conn, &of, &after, limit))?;
        let items = people.iter().map(|person| (person.user_id.to_string(), PlannedPerson::from(person)));
        paging.answer(caller, items.collect())
    })
    .await
}

/// `GET /workspaces/{workspace}/plan/groups`
pub async fn groups(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        let id = caller.workspace(conn)?.workspace_id;
        let paging = caller.paging(&[])?;
        let of = observed(conn, &id)?;
        let (after, limit) = (paging.after.clone().unwrap_or_default(), paging.fetch_limit());
        let groups = search(conn, caller, &id, |conn| observation::groups(conn, &of, &after, limit))?;
        let items = groups.iter().map(|group| (group.group_id.to_string(), PlannedGroup::from(group)));
        paging.answer(caller, items.collect())
    })
    .await
}

/// `POST /workspaces/{workspace}/plan/apply`: begins; the service carries the plan out.
pub async fn apply(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        caller.no_body()?;
        let id = caller.workspace(conn)?.workspace_id;
        admin::apply(conn, &caller.actor, &id)?;
        Answer::nothing()
    })
    .await
}

/// `POST /workspaces/{workspace}/plan/discard`
pub async fn discard(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        caller.no_body()?;
        let id = caller.workspace(conn)?.workspace_id;
        admin::discard(conn, &caller.actor, &id)?;
        Answer::nothing()
    })
    .await
}

fn observed(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Observation, Problem> {
    observation::find(conn, workspace_id)?.ok_or(Problem::NotFound)
}

/// Runs a read whose cost grows with the directory, within the limits of searches.
fn search<T>(
    conn: &mut Conn,
    caller: &Caller<'_>,
    workspace_id: &WorkspaceId,
    job: impl FnOnce(&mut Conn) -> Result<T, Error>,
) -> Result<T, Problem> {
    Ok(caller.state().search_on(conn, workspace_id, job)?)
}
