//! `/workspaces/{workspace}/users/{user}/tokens`: tokens that act for a person at the product's API. Shown once.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use vestibule_admin::{self as admin, api_tokens::NewApiToken};
use vestibule_store::access::tokens;
use vestibule_web::State;

use crate::{
    http::{answer::Answer, endpoint, problem::Problem},
    resources::{
        tokens::{made, shown},
        users,
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    name: String,
    #[serde(default)]
    scopes: Vec<String>,
    #[serde(default = "ninety")]
    expires_in_days: i64,
}

fn ninety() -> i64 {
    90
}

/// `GET /workspaces/{workspace}/users/{user}/tokens`: those that live.
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::look(&req, &state, |conn, desk| {
        let user = users::one(conn, desk)?;
        let paging = desk.paging(&[])?;
        let list = tokens::list_api(conn, &user, desk.now)?;
        paging.cut(desk, list.iter().map(|token| (token.token_id.clone(), shown(token))).collect())
    })
    .await
}

/// `POST /workspaces/{workspace}/users/{user}/tokens`
pub async fn create(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let default_scope = state.config().tokens.api_scopes.clone();
    endpoint::change(&req, payload, &state, move |conn, desk| {
        desk.query(&[])?;
        let user = users::one(conn, desk)?;
        let new: New = desk.body()?;
        let new = NewApiToken {
            name: &new.name,
            scopes: &new.scopes,
            default_scope: &default_scope,
            days: new.expires_in_days,
        };
        let (token, plain) = admin::api_tokens::create(conn, &desk.actor, (&user, user.epoch), new)?;
        Answer::created(made(&token, plain))
    })
    .await
}

/// `DELETE /workspaces/{workspace}/users/{user}/tokens/{token}`: ends it at once.
pub async fn revoke(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, desk| {
        desk.query(&[])?;
        let (user, token_id) = (users::one(conn, desk)?, desk.id("token")?);
        if !admin::api_tokens::revoke(conn, &desk.actor, &user, &token_id)? {
            return Err(Problem::NotFound);
        }
        Answer::nothing()
    })
    .await
}
