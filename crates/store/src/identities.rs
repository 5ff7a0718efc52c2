//! Who at an issuer signs in as which user. At most one identity of one issuer per user (design rule 9).

use diesel::prelude::*;

use crate::{Conn, Micros, Result, schema::identities};

/// The user an (issuer, subject) signs in as.
///
/// # Errors
/// The database's.
pub fn find_user(conn: &mut Conn, workspace_id: &str, issuer: &str, subject: &str) -> Result<Option<String>> {
    Ok(identities::table
        .find((workspace_id, issuer, subject))
        .select(identities::user_id)
        .first(conn)
        .optional()?)
}

/// The subject of this issuer that a user already signs in with.
///
/// # Errors
/// The database's.
pub fn find_subject(
    conn: &mut Conn,
    workspace_id: &str,
    user_id: &str,
    issuer: &str,
) -> Result<Option<String>> {
    Ok(identities::table
        .filter(identities::workspace_id.eq(workspace_id))
        .filter(identities::user_id.eq(user_id))
        .filter(identities::issuer.eq(issuer))
        .select(identities::subject)
        .first(conn)
        .optional()?)
}

/// Links an identity to a user.
///
/// # Errors
/// [`crate::Error::Conflict`] when the user has an identity of this issuer, or the identity a user.
pub fn link(
    conn: &mut Conn,
    workspace_id: &str,
    issuer: &str,
    subject: &str,
    user_id: &str,
    now: Micros,
) -> Result<()> {
    diesel::insert_into(identities::table)
        .values((
            identities::workspace_id.eq(workspace_id),
            identities::issuer.eq(issuer),
            identities::subject.eq(subject),
            identities::user_id.eq(user_id),
            identities::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// What a user signs in with: (issuer, subject, since when), oldest first.
///
/// # Errors
/// The database's.
pub fn of_user(conn: &mut Conn, workspace_id: &str, user_id: &str) -> Result<Vec<(String, String, Micros)>> {
    Ok(identities::table
        .filter(identities::workspace_id.eq(workspace_id))
        .filter(identities::user_id.eq(user_id))
        .order((identities::created_at, identities::issuer))
        .select((identities::issuer, identities::subject, identities::created_at))
        .load(conn)?)
}
