//! `/workspaces/{workspace}/tokens`: provisioning tokens, for SCIM clients that don't use OAuth. The plain text is returned once.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};
use vestibule_admin::{self as admin, provisioning_tokens::NewProvisioningToken};
use vestibule_core::{sets::TokenKind, time::rfc3339};
use vestibule_store::access::tokens::{self, Token};
use vestibule_web::State;

use crate::http::{answer::Answer, endpoint, problem::Problem};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    name: String,
    #[serde(default)]
    scopes: Vec<String>,
    expires_in_days: Option<i64>,
}

/// `GET /workspaces/{workspace}/tokens`
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let paging = caller.paging(&[])?;
        let list = tokens::list_of_workspace(conn, &workspace_id, TokenKind::Provisioning)?;
        let items = list.iter().map(|token| (token.token_id.clone(), describe(token))).collect();
        paging.cut(caller, items)
    })
    .await
}

/// `POST /workspaces/{workspace}/tokens`
pub async fn create(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let new: New = caller.body()?;
        let new = NewProvisioningToken { name: &new.name, scopes: &new.scopes, days: new.expires_in_days };
        let (token, plain) = admin::provisioning_tokens::create(conn, &caller.actor, &workspace_id, new)?;
        Answer::created_with(describe(&token), "token", plain)
    })
    .await
}

/// `DELETE /workspaces/{workspace}/tokens/{token}`: revokes it.
pub async fn revoke(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let (workspace_id, token_id) = (caller.workspace(conn)?.workspace_id, caller.id("token")?);
        if !admin::provisioning_tokens::revoke(conn, &caller.actor, &workspace_id, &token_id)? {
            return Err(Problem::NotFound);
        }
        Answer::nothing()
    })
    .await
}

/// A token without its plain text: of a workspace or of a person.
pub(crate) fn describe(token: &Token) -> Value {
    json!({
        "id": token.token_id,
        "name": token.name,
        "scopes": token.scope.split(' ').collect::<Vec<_>>(),
        "created_at": rfc3339(token.created_at),
        "expires_at": token.expires_at.map(rfc3339),
        "last_used_at": token.last_used_at.map(rfc3339),
    })
}
