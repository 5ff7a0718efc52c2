//! Signed-in browsers: ends sessions of a person, and describes a session for operators.

use serde_json::{Value, json};
use vestibule_core::{ids::SessionId, time::rfc3339};
use vestibule_store::{
    Error, Tx,
    access::sessions::{self, Session, SessionFilter},
    people::users::User,
    trail::events::kinds::SessionEnded,
};
use vestibule_web::http::user_agent;

use crate::actor::Actor;

/// Ends sessions of a person; returns their ids.
pub fn end(
    conn: &mut Tx<'_>,
    actor: &Actor,
    user: &User,
    which: SessionFilter<'_>,
) -> Result<Vec<SessionId>, Error> {
    let ended = sessions::end_of_user(conn, user, which, actor.now)?;
    if !ended.is_empty() {
        let reason = actor.session_end_reason();
        let data = SessionEnded { sessions: &ended, reason, issuer: None, jti: None };
        actor.record(conn, &user.workspace_id, user.target(), &data)?;
    }
    Ok(ended)
}

/// A session, as operators read it.
pub fn describe(session: &Session) -> Value {
    json!({
        "id": session.session_id,
        "browser": user_agent::words(&session.user_agent),
        "started_at": rfc3339(session.created_at),
        "seen_at": rfc3339(session.seen_at),
        "expires_at": rfc3339(session.expires_at),
        "idle_until": session.idle.map(|idle| rfc3339(session.seen_at + idle)),
    })
}
