//! `/workspaces/{workspace}/users/{user}/sessions`: the browsers a person is signed in with, and ending one.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};
use vestibule_store::{
    events,
    sessions::{self, Session, Which},
};
use vestibule_web::{State, time::rfc3339, user_agent};

use crate::{answer::Answer, endpoint, problem::Problem, users};

/// `GET /workspaces/{workspace}/users/{user}/sessions`: those that live.
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::look(&req, &state, |conn, desk| {
        let user = users::one(conn, desk)?;
        let paging = desk.paging(&[])?;
        // Nothing opens for a deactivated user.
        let live = if user.active { sessions::list_live(conn, &user, desk.now)? } else { Vec::new() };
        paging.cut(desk, live.iter().map(|session| (session.session_id.clone(), shown(session))).collect())
    })
    .await
}

/// `DELETE /workspaces/{workspace}/users/{user}/sessions/{session}`: ends it and what apps were given by it.
pub async fn end(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, desk| {
        desk.query(&[])?;
        let (user, session_id) = (users::one(conn, desk)?, desk.id("session")?);
        let ended = sessions::end_of_user(conn, &user, Which::One(&session_id), desk.now)?;
        if ended.is_empty() {
            return Err(Problem::NotFound);
        }
        let (data, workspace_id) = (json!({ "sessions": ended, "reason": "operator" }), &user.workspace_id);
        events::record(conn, workspace_id, "session_ended", &desk.cause, &user.target(), &data, desk.now)?;
        Answer::nothing()
    })
    .await
}

fn shown(session: &Session) -> Value {
    json!({
        "id": session.session_id,
        "browser": user_agent::words(&session.user_agent),
        "started_at": rfc3339(session.created_at),
        "seen_at": rfc3339(session.seen_at),
        "expires_at": rfc3339(session.expires_at),
        "idle_until": session.idle.map(|idle| rfc3339(session.seen_at + idle)),
    })
}
