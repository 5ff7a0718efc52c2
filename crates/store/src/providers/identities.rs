//! Who at an issuer signs in as which user. At most one identity of one issuer per user (design rule 9).

use diesel::prelude::*;
use vestibule_core::time::Micros;

use crate::{Conn, Result, db::schema::identities};

/// The user an (issuer, subject) signs in as.
pub fn find_user(conn: &mut Conn, workspace_id: &str, issuer: &str, subject: &str) -> Result<Option<String>> {
    Ok(identities::table
        .find((workspace_id, issuer, subject))
        .select(identities::user_id)
        .first(conn)
        .optional()?)
}

/// The subject of this issuer that a user already signs in with.
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

/// An identity as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = identities)]
pub struct Identity {
    /// Where the person signs in.
    pub issuer: String,
    /// The provider's name for them.
    pub subject: String,
    /// Who they are here.
    pub user_id: String,
    /// When it was linked.
    pub created_at: Micros,
}

/// The identities of a user.
pub fn list(conn: &mut Conn, workspace_id: &str, user_id: &str) -> Result<Vec<Identity>> {
    Ok(identities::table
        .filter(identities::workspace_id.eq(workspace_id))
        .filter(identities::user_id.eq(user_id))
        .order(identities::issuer)
        .select(Identity::as_select())
        .load(conn)?)
}

/// Whether somebody of the workspace is linked at another issuer than this one.
pub fn is_any_elsewhere(conn: &mut Conn, workspace_id: &str, issuer: &str) -> Result<bool> {
    let elsewhere = identities::table
        .filter(identities::workspace_id.eq(workspace_id))
        .filter(identities::issuer.ne(issuer));
    Ok(diesel::select(diesel::dsl::exists(elsewhere)).get_result(conn)?)
}

/// Takes an identity away; the user it signed in as, if there was one.
pub fn unlink(conn: &mut Conn, workspace_id: &str, issuer: &str, subject: &str) -> Result<Option<String>> {
    Ok(diesel::delete(identities::table.find((workspace_id, issuer, subject)))
        .returning(identities::user_id)
        .get_result(conn)
        .optional()?)
}
