//! `/workspaces/{workspace}/users/{user}/sessions`: signed-in browsers of a person.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_admin as admin;
use vestibule_core::ids::SessionId;
use vestibule_store::access::sessions::{self, SessionFilter};
use vestibule_web::State;

use crate::{
    http::{answer::Answer, endpoint, problem::Problem},
    resources::users,
    types::users::Session,
};

/// `GET /workspaces/{workspace}/users/{user}/sessions`: the live ones.
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        let user = users::in_path(conn, caller)?;
        let paging = caller.paging(&[])?;
        // A session of a deactivated user is not live.
        let live = if user.active { sessions::list_live(conn, &user, caller.now)? } else { Vec::new() };
        paging.respond(
            caller,
            live.iter().map(|session| (session.session_id.to_string(), Session::from(session))).collect(),
        )
    })
    .await
}

/// `DELETE /workspaces/{workspace}/users/{user}/sessions/{session}`: ends it and what apps have from it.
pub async fn end(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let (user, session_id) =
            (users::in_path(conn, caller)?, SessionId::from_stored(caller.id("session")?));
        let which = SessionFilter::One(&session_id);
        if admin::access::sessions::end(conn, &caller.actor, &user, which)?.is_empty() {
            return Err(Problem::NotFound);
        }
        Answer::nothing()
    })
    .await
}
