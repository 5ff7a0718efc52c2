//! `/workspaces/{workspace}/conflicts`: people whom the provider authenticated, and whom only an operator or administrator can match
//! to a user.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_admin::{self as admin, provider::conflicts::Resolution};
use vestibule_core::ids::UserId;
use vestibule_store::{
    people::users,
    providers::{
        conflicts::{self, Conflict},
        identities::IdentityKey,
    },
};
use vestibule_web::State;

use crate::{
    http::{answer::Answer, endpoint, problem::Problem},
    types::{self, provider::conflicts::Settled},
};

/// The largest number of conflicts that are read.
const MOST: i64 = 10_000;

/// `GET /workspaces/{workspace}/conflicts`
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let paging = caller.paging(&[])?;
        let list = conflicts::list(conn, &workspace_id, MOST)?;
        let key = |one: &Conflict| format!("{} {}", one.issuer, one.subject);
        paging.respond(
            caller,
            list.iter().map(|one| (key(one), types::provider::conflicts::Conflict::from(one))).collect(),
        )
    })
    .await
}

/// `POST /workspaces/{workspace}/conflicts/settle`: links the person to a user, or dismisses the conflict.
pub async fn settle(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let settled: Settled = caller.body()?;
        let identity = IdentityKey { issuer: &settled.issuer, subject: &settled.subject };
        if conflicts::find(conn, &workspace_id, identity)?.is_none() {
            return Err(Problem::NotFound);
        }
        let user_id = match &settled.user_id {
            Some(text) => {
                let nobody = || Problem::field("user_id", "is no user of this workspace");
                let user_id = UserId::parse(text).ok_or_else(nobody)?;
                Some(users::find(conn, &workspace_id, &user_id)?.ok_or_else(nobody)?.user_id)
            }
            None => None,
        };
        let resolution = user_id.as_ref().map_or(Resolution::Dismiss, Resolution::Link);
        admin::provider::conflicts::resolve(conn, &caller.actor, &workspace_id, identity, resolution)?;
        Answer::nothing()
    })
    .await
}
