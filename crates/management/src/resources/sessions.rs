//! `/workspaces/{workspace}/users/{user}/sessions`: the browsers a person is signed in with, and ending one.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_admin as admin;
use vestibule_store::access::sessions::{self, Which};
use vestibule_web::State;

use crate::{
    http::{answer::Answer, endpoint, problem::Problem},
    resources::users,
};

/// `GET /workspaces/{workspace}/users/{user}/sessions`: those that live.
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::look(&req, &state, |conn, desk| {
        let user = users::one(conn, desk)?;
        let paging = desk.paging(&[])?;
        // Nothing opens for a deactivated user.
        let live = if user.active { sessions::list_live(conn, &user, desk.now)? } else { Vec::new() };
        paging.cut(
            desk,
            live.iter()
                .map(|session| (session.session_id.clone(), admin::sessions::describe(session)))
                .collect(),
        )
    })
    .await
}

/// `DELETE /workspaces/{workspace}/users/{user}/sessions/{session}`: ends it and what apps were given by it.
pub async fn end(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, desk| {
        desk.query(&[])?;
        let (user, session_id) = (users::one(conn, desk)?, desk.id("session")?);
        let which = Which::One(&session_id);
        if admin::sessions::end(conn, &desk.actor, &user, which)?.is_empty() {
            return Err(Problem::NotFound);
        }
        Answer::nothing()
    })
    .await
}
