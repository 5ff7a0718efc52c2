//! Links from a subject at an issuer to a user. A user has at most one identity per issuer (design rule 9).

use diesel::prelude::*;
use vestibule_core::{
    ids::{UserId, WorkspaceId},
    time::Micros,
};

use crate::{Conn, Result, db::schema::identities};

/// Key of an identity in its workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdentityKey<'a> {
    /// Issuer of the provider.
    pub issuer: &'a str,
    /// Subject at the issuer: `sub`, or the NameID of SAML.
    pub subject: &'a str,
}

/// Finds the user linked to an identity.
pub fn find_user(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    IdentityKey { issuer, subject }: IdentityKey<'_>,
) -> Result<Option<UserId>> {
    Ok(identities::table
        .find((workspace_id, issuer, subject))
        .select(identities::user_id)
        .first(conn)
        .optional()?)
}

/// Finds the subject at this issuer that is linked to a user.
pub fn find_subject(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    user_id: &UserId,
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
/// [`crate::Error::Conflict`] when the user has an identity of this issuer already, or the identity is linked to a user.
pub fn link(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    IdentityKey { issuer, subject }: IdentityKey<'_>,
    user_id: &UserId,
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

/// An identity for display.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = identities)]
pub struct Identity {
    /// Issuer.
    pub issuer: String,
    /// Subject at the issuer.
    pub subject: String,
    /// The linked user.
    pub user_id: UserId,
    /// Creation of the link.
    pub created_at: Micros,
}

impl Identity {
    /// Its key.
    pub fn key(&self) -> IdentityKey<'_> {
        IdentityKey { issuer: &self.issuer, subject: &self.subject }
    }
}

/// Lists the identities of a user.
pub fn list(conn: &mut Conn, workspace_id: &WorkspaceId, user_id: &UserId) -> Result<Vec<Identity>> {
    Ok(identities::table
        .filter(identities::workspace_id.eq(workspace_id))
        .filter(identities::user_id.eq(user_id))
        .order(identities::issuer)
        .select(Identity::as_select())
        .load(conn)?)
}

/// Whether any user of the workspace is linked at a different issuer.
pub fn is_any_elsewhere(conn: &mut Conn, workspace_id: &WorkspaceId, issuer: &str) -> Result<bool> {
    let elsewhere = identities::table
        .filter(identities::workspace_id.eq(workspace_id))
        .filter(identities::issuer.ne(issuer));
    Ok(diesel::select(diesel::dsl::exists(elsewhere)).get_result(conn)?)
}

/// Deletes an identity. Returns the user it was linked to.
pub fn unlink(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    IdentityKey { issuer, subject }: IdentityKey<'_>,
) -> Result<Option<String>> {
    Ok(diesel::delete(identities::table.find((workspace_id, issuer, subject)))
        .returning(identities::user_id)
        .get_result(conn)
        .optional()?)
}
