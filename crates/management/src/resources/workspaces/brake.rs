//! `/workspaces/{workspace}/brake`: the safety brake, which blocks pushes that would take access from too many people at once.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_admin as admin;
use vestibule_core::{
    ids::WorkspaceId,
    time::{Micros, rfc3339},
};
use vestibule_store::{Conn, Error, safeguards::brakes};
use vestibule_web::State;

use crate::{
    http::{answer::Answer, endpoint},
    types::workspaces::brake::{Brake, BrakeRelease},
};

/// `GET /workspaces/{workspace}/brake`
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        caller.query(&[])?;
        let id = caller.workspace(conn)?.workspace_id;
        Answer::ok(read(conn, &id, caller.now)?)
    })
    .await
}

/// `POST /workspaces/{workspace}/brake/release`: lets pushes through, for an hour or for a number of people within a day.
pub async fn release(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let id = caller.workspace(conn)?.workspace_id;
        let BrakeRelease { people } = caller.body()?;
        admin::workspaces::brake::release(conn, &caller.actor, &id, people)?;
        Answer::ok(read(conn, &id, caller.now)?)
    })
    .await
}

/// `POST /workspaces/{workspace}/brake/keep`: what is blocked stays blocked; a release ends.
pub async fn keep(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        caller.no_body()?;
        let id = caller.workspace(conn)?.workspace_id;
        admin::workspaces::brake::keep(conn, &caller.actor, &id)?;
        Answer::ok(read(conn, &id, caller.now)?)
    })
    .await
}

/// The brake of a workspace, and what it counts.
fn read(conn: &mut Conn, workspace_id: &WorkspaceId, now: Micros) -> Result<Brake, Error> {
    let brake = brakes::find(conn, workspace_id)?;
    let released = brake.is_released(now);
    Ok(Brake {
        state: admin::workspaces::brake::state(&brake, now).to_string(),
        percent: brake.percent,
        least: brake.least,
        held: brake.blocked,
        held_at: brake.blocked_at.map(rfc3339),
        last_owner_held_at: brake.owner_blocked_at.map(rfc3339),
        released_until: brake.released_until.filter(|_| released).map(rfc3339),
        released_people: brake.released_people.filter(|_| released),
        ended_within_the_hour: brakes::ended(conn, workspace_id, now)?,
        people_with_access: brakes::active(conn, workspace_id)?,
    })
}
