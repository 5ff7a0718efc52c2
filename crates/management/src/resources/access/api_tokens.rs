//! `/workspaces/{workspace}/users/{user}/tokens`: API tokens, which act for a person at the product's API. The plain text is returned once.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_admin::{self as admin, access::api_tokens::NewApiToken};
use vestibule_store::access::tokens;
use vestibule_web::State;

use crate::{
    http::{answer::Answer, endpoint, problem::Problem},
    resources::users,
    types::{
        self,
        access::tokens::{ApiToken, NewlyMadeApiToken},
    },
};

/// `GET /workspaces/{workspace}/users/{user}/tokens`: the live ones.
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        let user = users::in_path(conn, caller)?;
        let paging = caller.paging(&[])?;
        let list = tokens::list_api(conn, &user, caller.now)?;
        paging.respond(
            caller,
            list.iter().map(|token| (token.token_id.clone(), ApiToken::from(token))).collect(),
        )
    })
    .await
}

/// `POST /workspaces/{workspace}/users/{user}/tokens`
pub async fn create(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let default_scope = state.config().tokens.api_scopes.clone();
    endpoint::change(&req, payload, &state, move |conn, caller| {
        caller.query(&[])?;
        let user = users::in_path(conn, caller)?;
        let new: types::access::tokens::NewApiToken = caller.body()?;
        let new = NewApiToken {
            name: &new.name,
            scopes: &new.scopes,
            default_scope: &default_scope,
            days: new.expires_in_days,
        };
        let (token, plain) =
            admin::access::api_tokens::create(conn, &caller.actor, (&user, user.epoch), new)?;
        Answer::created(NewlyMadeApiToken { about: (&token).into(), token: plain })
    })
    .await
}

/// `DELETE /workspaces/{workspace}/users/{user}/tokens/{token}`: revokes it.
pub async fn revoke(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let (user, token_id) = (users::in_path(conn, caller)?, caller.id("token")?);
        if !admin::access::api_tokens::revoke(conn, &caller.actor, &user, &token_id)? {
            return Err(Problem::NotFound);
        }
        Answer::nothing()
    })
    .await
}
