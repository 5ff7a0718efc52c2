//! `/workspaces/{workspace}/grants`: grants to OAuth clients.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};
use vestibule_admin as admin;
use vestibule_core::time::rfc3339;
use vestibule_store::oauth::grants::{self, Grant};
use vestibule_web::State;

use crate::http::{answer::Answer, endpoint, problem::Problem};

/// `GET /workspaces/{workspace}/grants`: those that have not ended.
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let paging = caller.paging(&[])?;
        let list = grants::list(conn, &workspace_id)?;
        paging.cut(caller, list.iter().map(|grant| (grant.grant_id.clone(), describe(grant))).collect())
    })
    .await
}

/// `DELETE /workspaces/{workspace}/grants/{grant}`: ends it and every token under it.
pub async fn end(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let (workspace_id, grant_id) = (caller.workspace(conn)?.workspace_id, caller.id("grant")?);
        if !admin::grants::end(conn, &caller.actor, &workspace_id, &grant_id)? {
            return Err(Problem::NotFound);
        }
        Answer::nothing()
    })
    .await
}

fn describe(grant: &Grant) -> Value {
    json!({
        "id": grant.grant_id,
        "client_id": grant.client_id,
        "user_id": grant.user_id,
        "scope": grant.scope,
        "approved_by": grant.approved_by,
        "created_at": rfc3339(grant.created_at),
    })
}
