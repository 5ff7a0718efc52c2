//! `/workspaces/{workspace}/grants`: grants to OAuth clients.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_admin as admin;
use vestibule_core::ids::GrantId;
use vestibule_store::oauth::grants;
use vestibule_web::State;

use crate::{
    http::{answer::Answer, endpoint, problem::Problem},
    types::rights::Grant,
};

/// `GET /workspaces/{workspace}/grants`: those that have not ended.
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let paging = caller.paging(&[])?;
        let list = grants::list(conn, &workspace_id)?;
        paging.respond(
            caller,
            list.iter().map(|grant| (grant.grant_id.to_string(), Grant::from(grant))).collect(),
        )
    })
    .await
}

/// `DELETE /workspaces/{workspace}/grants/{grant}`: ends it and every token under it.
pub async fn end(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let (workspace_id, grant_id) =
            (caller.workspace(conn)?.workspace_id, GrantId::from_stored(caller.id("grant")?));
        if !admin::access::grants::end(conn, &caller.actor, &workspace_id, &grant_id)? {
            return Err(Problem::NotFound);
        }
        Answer::nothing()
    })
    .await
}
