//! `/deliveries` and `/workspaces/{workspace}/deliveries`: what apps and webhooks were told, what they are still to be, and
//! what was given up, which can be replayed.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_admin as admin;
use vestibule_store::{
    Conn,
    outbox::deliveries::{self, DEAD, DELIVERED, WAITING, Which},
};
use vestibule_web::State;

use crate::http::{
    answer::Answer,
    endpoint::{self, Desk},
    problem::Problem,
};

/// `GET …/deliveries`: the newest first.
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::look(&req, &state, |conn, desk| {
        let workspace = of(conn, desk)?;
        let paging = desk.paging(&["state"])?;
        let state = desk.query(&["state", "limit", "cursor"])?.get("state");
        if state.is_some_and(|state| ![WAITING, DELIVERED, DEAD].contains(&state)) {
            return Err(Problem::field("state", "must be waiting, delivered or dead"));
        }
        let which = Which {
            workspace_id: workspace.as_deref(),
            state,
            before: paging.after.as_deref(),
            ..Which::default()
        };
        let list = deliveries::list(conn, &which, paging.sought())?;
        let items = list.iter().map(|one| (one.delivery_id.clone(), admin::deliveries::describe(one)));
        let items = items.collect();
        paging.answer(desk, items)
    })
    .await
}

/// `POST …/deliveries/{delivery}/replay`: what ended is tried anew.
pub async fn replay(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, desk| {
        desk.query(&[])?;
        desk.no_body()?;
        let (workspace, id) = (of(conn, desk)?, desk.id("delivery")?);
        let which = Which { workspace_id: workspace.as_deref(), delivery_id: Some(&id), ..Which::default() };
        if deliveries::list(conn, &which, 1)?.is_empty() {
            return Err(Problem::NotFound);
        }
        if admin::deliveries::replay(conn, &desk.actor, &which)? == 0 {
            return Err(Problem::Conflict("it still waits to be delivered".to_owned()));
        }
        Answer::nothing()
    })
    .await
}

/// The workspace the address names; none: all.
fn of(conn: &mut Conn, desk: &Desk<'_>) -> Result<Option<String>, Problem> {
    if desk.segment("workspace").is_empty() {
        return Ok(None);
    }
    Ok(Some(desk.workspace(conn)?.workspace_id))
}
