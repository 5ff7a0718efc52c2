//! `/workspaces/{workspace}/brake`: the safety brake, which blocks pushes that would take access from too many people at once.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use vestibule_admin as admin;
use vestibule_web::State;

use crate::http::{answer::Answer, endpoint};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Release {
    people: Option<i64>,
}

/// `GET /workspaces/{workspace}/brake`
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        caller.query(&[])?;
        let id = caller.workspace(conn)?.workspace_id;
        Answer::ok(admin::brake::describe(conn, &id, caller.now)?)
    })
    .await
}

/// `POST /workspaces/{workspace}/brake/release`: lets pushes through, for an hour or for a number of people within a day.
pub async fn release(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let id = caller.workspace(conn)?.workspace_id;
        let Release { people } = caller.body()?;
        admin::brake::release(conn, &caller.actor, &id, people)?;
        Answer::ok(admin::brake::describe(conn, &id, caller.now)?)
    })
    .await
}

/// `POST /workspaces/{workspace}/brake/keep`: what is blocked stays blocked; a release ends.
pub async fn keep(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        caller.no_body()?;
        let id = caller.workspace(conn)?.workspace_id;
        admin::brake::keep(conn, &caller.actor, &id)?;
        Answer::ok(admin::brake::describe(conn, &id, caller.now)?)
    })
    .await
}
