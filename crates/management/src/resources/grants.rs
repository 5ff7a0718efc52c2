//! `/workspaces/{workspace}/grants`: what was approved for OAuth clients, and ending it.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};
use vestibule_admin as admin;
use vestibule_core::time::rfc3339;
use vestibule_store::oauth::grants::{self, Grant};
use vestibule_web::State;

use crate::http::{answer::Answer, endpoint, problem::Problem};

/// `GET /workspaces/{workspace}/grants`: those that have not ended.
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::look(&req, &state, |conn, desk| {
        let workspace_id = desk.workspace(conn)?.workspace_id;
        let paging = desk.paging(&[])?;
        let list = grants::list(conn, &workspace_id)?;
        paging.cut(desk, list.iter().map(|grant| (grant.grant_id.clone(), shown(grant))).collect())
    })
    .await
}

/// `DELETE /workspaces/{workspace}/grants/{grant}`: ends it and every token under it at once.
pub async fn end(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, desk| {
        desk.query(&[])?;
        let (workspace_id, grant_id) = (desk.workspace(conn)?.workspace_id, desk.id("grant")?);
        if !admin::grants::end(conn, &desk.actor, &workspace_id, &grant_id)? {
            return Err(Problem::NotFound);
        }
        Answer::nothing()
    })
    .await
}

fn shown(grant: &Grant) -> Value {
    json!({
        "id": grant.grant_id,
        "client_id": grant.client_id,
        "user_id": grant.user_id,
        "scope": grant.scope,
        "approved_by": grant.approved_by,
        "created_at": rfc3339(grant.created_at),
    })
}
