//! `/workspaces/{workspace}/tokens`: provisioning tokens, for SCIM clients that don't use OAuth. Shown once.

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
    endpoint::look(&req, &state, |conn, desk| {
        let workspace_id = desk.workspace(conn)?.workspace_id;
        let paging = desk.paging(&[])?;
        let list = tokens::list_of_workspace(conn, &workspace_id, TokenKind::Provisioning)?;
        let items = list.iter().map(|token| (token.token_id.clone(), shown(token))).collect();
        paging.cut(desk, items)
    })
    .await
}

/// `POST /workspaces/{workspace}/tokens`
pub async fn create(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, desk| {
        desk.query(&[])?;
        let workspace_id = desk.workspace(conn)?.workspace_id;
        let new: New = desk.body()?;
        let new = NewProvisioningToken { name: &new.name, scopes: &new.scopes, days: new.expires_in_days };
        let (token, plain) = admin::provisioning_tokens::create(conn, &desk.actor, &workspace_id, new)?;
        Answer::created(made(&token, plain))
    })
    .await
}

/// `DELETE /workspaces/{workspace}/tokens/{token}`: ends it at once.
pub async fn revoke(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, desk| {
        desk.query(&[])?;
        let (workspace_id, token_id) = (desk.workspace(conn)?.workspace_id, desk.id("token")?);
        if !admin::provisioning_tokens::revoke(conn, &desk.actor, &workspace_id, &token_id)? {
            return Err(Problem::NotFound);
        }
        Answer::nothing()
    })
    .await
}

/// A token just made, with its text, this once.
pub(crate) fn made(token: &Token, plain: String) -> Value {
    let mut made = shown(token);
    if let Some(members) = made.as_object_mut() {
        members.insert("token".to_owned(), plain.into());
    }
    made
}

/// A token as listed: of a workspace or of a person.
pub(crate) fn shown(token: &Token) -> Value {
    json!({
        "id": token.token_id,
        "name": token.name,
        "scopes": token.scope.split(' ').collect::<Vec<_>>(),
        "created_at": rfc3339(token.created_at),
        "expires_at": token.expires_at.map(rfc3339),
        "last_used_at": token.last_used_at.map(rfc3339),
    })
}
