//! `/workspaces/{workspace}/brake`: pushes that would take access from too many people at once, held for a word.

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
    endpoint::look(&req, &state, |conn, desk| {
        desk.query(&[])?;
        let id = desk.workspace(conn)?.workspace_id;
        Answer::ok(admin::brake::describe(conn, &id, desk.now)?)
    })
    .await
}

/// `POST /workspaces/{workspace}/brake/release`: for an hour, or for so many people more within a day.
pub async fn release(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, desk| {
        desk.query(&[])?;
        let id = desk.workspace(conn)?.workspace_id;
        let Release { people } = desk.body()?;
        admin::brake::release(conn, &desk.actor, &id, people)?;
        Answer::ok(admin::brake::describe(conn, &id, desk.now)?)
    })
    .await
}

/// `POST /workspaces/{workspace}/brake/keep`: what was held stays so; a release ends.
pub async fn keep(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, desk| {
        desk.query(&[])?;
        desk.no_body()?;
        let id = desk.workspace(conn)?.workspace_id;
        admin::brake::keep(conn, &desk.actor, &id)?;
        Answer::ok(admin::brake::describe(conn, &id, desk.now)?)
    })
    .await
}
