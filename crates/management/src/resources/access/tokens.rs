//! `/workspaces/{workspace}/tokens`: provisioning tokens, for SCIM clients that don't use OAuth. The plain text is returned once.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_admin::{self as admin, access::provisioning_tokens::NewProvisioningToken};
use vestibule_core::sets::TokenKind;
use vestibule_store::access::tokens;
use vestibule_web::State;

use crate::{
    http::{answer::Answer, endpoint, problem::Problem},
    types::access::tokens::{NewToken, NewlyMadeToken, Token},
};

/// `GET /workspaces/{workspace}/tokens`
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let paging = caller.paging(&[])?;
        let list = tokens::list_of_workspace(conn, &workspace_id, TokenKind::Provisioning)?;
        let items = list.iter().map(|token| (token.token_id.clone(), Token::from(token))).collect();
        paging.respond(caller, items)
    })
    .await
}

/// `POST /workspaces/{workspace}/tokens`
pub async fn create(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let new: NewToken = caller.body()?;
        let new = NewProvisioningToken { name: &new.name, scopes: &new.scopes, days: new.expires_in_days };
        let (token, plain) =
            admin::access::provisioning_tokens::create(conn, &caller.actor, &workspace_id, new)?;
        Answer::created(NewlyMadeToken { about: (&token).into(), token: plain })
    })
    .await
}

/// `DELETE /workspaces/{workspace}/tokens/{token}`: revokes it.
pub async fn revoke(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let (workspace_id, token_id) = (caller.workspace(conn)?.workspace_id, caller.id("token")?);
        if !admin::access::provisioning_tokens::revoke(conn, &caller.actor, &workspace_id, &token_id)? {
            return Err(Problem::NotFound);
        }
        Answer::nothing()
    })
    .await
}
