//! What an administrator says about who somebody is: links an identity to a user, undoes a link, dismisses a conflict.
//! Whoever could sign in as the user before is out at once: all access ends with every change of who they are.

use serde_json::json;
use vestibule_store::{
    Conn, Error, Micros, conflicts,
    conflicts::Conflict,
    events::{self, Cause},
    identities,
    users::{self, User},
};

/// Links this (issuer, subject) to this user. Another identity of the issuer on the user, and another user of this
/// identity, are undone first.
///
/// # Errors
/// [`Error::NotFound`] when there is no such user.
pub fn link(
    conn: &mut Conn,
    workspace_id: &str,
    (issuer, subject): (&str, &str),
    user_id: &str,
    cause: &Cause,
    now: Micros,
) -> Result<User, Error> {
    let former = identities::find_user(conn, workspace_id, issuer, subject)?;
    if former.as_deref() == Some(user_id) {
        return users::get(conn, workspace_id, user_id);
    }
    // Rows of users first, in the order of their ids, so that two administrators can't wait for each other.
    let mut ids: Vec<&str> = former.as_deref().into_iter().chain([user_id]).collect();
    ids.sort_unstable();
    let mut locked = Vec::new();
    for id in ids {
        locked.push(users::get_locked(conn, workspace_id, id)?);
    }
    let replaced = identities::find_subject(conn, workspace_id, user_id, issuer)?;
    identities::unlink(conn, workspace_id, issuer, subject)?;
    if let Some(replaced) = &replaced {
        identities::unlink(conn, workspace_id, issuer, replaced)?;
    }
    identities::link(conn, workspace_id, issuer, subject, user_id, now)?;
    conflicts::settle(conn, workspace_id, issuer, subject)?;
    for user in &mut locked {
        users::end_all_access(conn, user, cause, "identity_changed", now)?;
    }
    let data = json!({ "issuer": issuer, "subject": subject, "by": "administrator", "instead_of": replaced, "from": former });
    events::record(conn, workspace_id, "identity_linked", cause, &format!("user:{user_id}"), &data, now)?;
    locked.into_iter().find(|user| user.user_id == user_id).ok_or(Error::NotFound)
}

/// Undoes the link of this (issuer, subject); the user it was to, if there was one. It is not made again by itself: the next
/// sign-in is a conflict until somebody settles it.
///
/// # Errors
/// The database's.
pub fn unlink(
    conn: &mut Conn,
    workspace_id: &str,
    (issuer, subject): (&str, &str),
    cause: &Cause,
    now: Micros,
) -> Result<Option<User>, Error> {
    let Some(user_id) = identities::find_user(conn, workspace_id, issuer, subject)? else { return Ok(None) };
    let mut user = users::get_locked(conn, workspace_id, &user_id)?;
    identities::unlink(conn, workspace_id, issuer, subject)?;
    let line = Conflict {
        workspace_id: workspace_id.to_owned(),
        issuer: issuer.to_owned(),
        subject: subject.to_owned(),
        user_id: Some(user_id),
        user_name: user.user_name.clone(),
        reason: conflicts::UNLINKED.to_owned(),
        created_at: now,
    };
    conflicts::record(conn, &line)?;
    users::end_all_access(conn, &mut user, cause, "identity_changed", now)?;
    let data = json!({ "issuer": issuer, "subject": subject });
    events::record(conn, workspace_id, "identity_unlinked", cause, &user.target(), &data, now)?;
    Ok(Some(user))
}

/// Takes a conflict off the list; whether it was on it. The person is looked for anew when they next sign in.
///
/// # Errors
/// The database's.
pub fn dismiss(
    conn: &mut Conn,
    workspace_id: &str,
    (issuer, subject): (&str, &str),
    cause: &Cause,
    now: Micros,
) -> Result<bool, Error> {
    let dismissed = conflicts::settle(conn, workspace_id, issuer, subject)?;
    if dismissed {
        let data = json!({ "issuer": issuer, "subject": subject });
        events::record(conn, workspace_id, "conflict_dismissed", cause, "connection", &data, now)?;
    }
    Ok(dismissed)
}
