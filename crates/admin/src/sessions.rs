//! Signed-in browsers and connected apps: ending some of a person's, and a browser as operators read it.

use serde_json::{Value, json};
use vestibule_core::time::{Micros, rfc3339};
use vestibule_store::{
    Conn, Error,
    access::sessions::{self, Session, Which},
    oauth::grants,
    people::users::User,
    trail::events::{self, Cause},
};
use vestibule_web::http::user_agent;

/// Ends sessions of a person and tells the trail, if there was one to end; their ids.
pub fn end_sessions(
    conn: &mut Conn,
    user: &User,
    which: Which<'_>,
    reason: &str,
    cause: &Cause,
    now: Micros,
) -> Result<Vec<String>, Error> {
    let ended = sessions::end_of_user(conn, user, which, now)?;
    if !ended.is_empty() {
        let data = json!({ "sessions": ended, "reason": reason });
        events::record_json(conn, &user.workspace_id, "session_ended", cause, &user.target(), &data, now)?;
    }
    Ok(ended)
}

/// Ends a permission that a person gave to an app, with every token under it; whether it was theirs and lived.
pub fn end_grant(
    conn: &mut Conn,
    user: &User,
    grant_id: &str,
    reason: &str,
    cause: &Cause,
    now: Micros,
) -> Result<bool, Error> {
    // Only the person's own: the list is the check.
    if !grants::list_of_user(conn, user)?.iter().any(|(grant, _)| grant.grant_id == grant_id) {
        return Ok(false);
    }
    end_any_grant(conn, &user.workspace_id, grant_id, reason, cause, now)
}

/// Ends a permission of a workspace, whoever gave it, with every token under it; whether it lived.
pub fn end_any_grant(
    conn: &mut Conn,
    workspace_id: &str,
    grant_id: &str,
    reason: &str,
    cause: &Cause,
    now: Micros,
) -> Result<bool, Error> {
    if !grants::end(conn, workspace_id, grant_id, now)? {
        return Ok(false);
    }
    let (data, target) = (json!({ "reason": reason }), format!("grant:{grant_id}"));
    events::record_json(conn, workspace_id, "grant_ended", cause, &target, &data, now)?;
    Ok(true)
}

/// A session, as operators read it.
pub fn session(session: &Session) -> Value {
    json!({
        "id": session.session_id,
        "browser": user_agent::words(&session.user_agent),
        "started_at": rfc3339(session.created_at),
        "seen_at": rfc3339(session.seen_at),
        "expires_at": rfc3339(session.expires_at),
        "idle_until": session.idle.map(|idle| rfc3339(session.seen_at + idle)),
    })
}
