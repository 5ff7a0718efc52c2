//! Signed-in browsers: ending some of a person's, and one as operators read it.

use serde_json::{Value, json};
use vestibule_store::{
    Conn, Error, Micros,
    events::{self, Cause},
    sessions::{self, Session, Which},
    users::User,
};

use crate::{time::rfc3339, user_agent};

/// Ends sessions of a person and tells the trail, if there was one to end; their ids.
///
/// # Errors
/// The database's.
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
        events::record(conn, &user.workspace_id, "session_ended", cause, &user.target(), &data, now)?;
    }
    Ok(ended)
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
