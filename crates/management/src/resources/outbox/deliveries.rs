//! `/deliveries` and `/workspaces/{workspace}/deliveries`: messages to apps and webhooks: delivered, waiting, and
//! given up. Those that ended can be sent again.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_admin as admin;
use vestibule_core::{ids::WorkspaceId, sets::DeliveryState};
use vestibule_store::{
    Conn,
    outbox::deliveries::{self, DeliveryFilter},
};
use vestibule_web::State;

use crate::{
    http::{
        answer::Answer,
        endpoint::{self, Caller},
        problem::Problem,
    },
    types::webhooks::Delivery,
};

/// `GET …/deliveries`: the newest first.
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        let workspace = of(conn, caller)?;
        let paging = caller.paging(&["state"])?;
        let state = caller.query(&["state", "limit", "cursor"])?.get("state");
        let state = state.map(str::parse::<DeliveryState>).transpose();
        let state = state.map_err(|_| Problem::field("state", "must be waiting, delivered or dead"))?;
        let which = DeliveryFilter {
            workspace_id: workspace.as_ref(),
            state,
            before: paging.after.as_deref(),
            ..DeliveryFilter::default()
        };
        let list = deliveries::list(conn, &which, paging.fetch_limit())?;
        let items = list.iter().map(|one| (one.delivery_id.clone(), Delivery::from(one)));
        let items = items.collect();
        paging.answer(caller, items)
    })
    .await
}

/// `POST …/deliveries/{delivery}/replay`: sends one again that was delivered or given up.
pub async fn replay(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        caller.no_body()?;
        let (workspace, id) = (of(conn, caller)?, caller.id("delivery")?);
        let which = DeliveryFilter {
            workspace_id: workspace.as_ref(),
            delivery_id: Some(&id),
            ..DeliveryFilter::default()
        };
        if deliveries::list(conn, &which, 1)?.is_empty() {
            return Err(Problem::NotFound);
        }
        if admin::outbox::deliveries::replay(conn, &caller.actor, &which)? == 0 {
            return Err(Problem::Conflict("it still waits to be delivered".to_owned()));
        }
        Answer::nothing()
    })
    .await
}

/// The workspace in the path; `None`: all.
fn of(conn: &mut Conn, caller: &Caller<'_>) -> Result<Option<WorkspaceId>, Problem> {
    if caller.segment("workspace").is_empty() {
        return Ok(None);
    }
    Ok(Some(caller.workspace(conn)?.workspace_id))
}
