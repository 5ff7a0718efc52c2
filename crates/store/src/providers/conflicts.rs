//! People whom the provider authenticated but who can't be matched to a user without an administrator (design rule 9).
//! A conflict stays until an administrator links the person or dismisses it.

use diesel::{prelude::*, upsert::excluded};
use vestibule_core::{
    ids::{UserId, WorkspaceId},
    sets::ConflictReason,
    time::Micros,
};

use crate::{Conn, Result, db::schema::conflicts, on_backend, providers::identities::IdentityKey};

/// A person who is not matched to a user yet.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = conflicts)]
pub struct Conflict {
    /// Workspace of the conflict.
    pub workspace_id: WorkspaceId,
    /// Issuer that authenticated the person.
    pub issuer: String,
    /// Subject of the person at the issuer.
    pub subject: String,
    /// The user they would be linked to, if there is exactly one.
    pub user_id: Option<UserId>,
    /// User name at the provider.
    pub user_name: String,
    /// Why the person could not be matched.
    pub reason: ConflictReason,
    /// Time of the last occurrence.
    pub created_at: Micros,
}

/// Records a conflict in place of an older one of the same person.
pub fn record(conn: &mut Conn, conflict: &Conflict) -> Result<()> {
    on_backend!(conn, |inner| {
        diesel::insert_into(conflicts::table)
            .values(conflict)
            .on_conflict((conflicts::workspace_id, conflicts::issuer, conflicts::subject))
            .do_update()
            .set((
                conflicts::user_id.eq(excluded(conflicts::user_id)),
                conflicts::user_name.eq(excluded(conflicts::user_name)),
                conflicts::reason.eq(excluded(conflicts::reason)),
                conflicts::created_at.eq(excluded(conflicts::created_at)),
            ))
            .execute(inner)
    })?;
    Ok(())
}

/// Finds the conflict of a person.
pub fn find(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    IdentityKey { issuer, subject }: IdentityKey<'_>,
) -> Result<Option<Conflict>> {
    Ok(conflicts::table
        .find((workspace_id, issuer, subject))
        .select(Conflict::as_select())
        .first(conn)
        .optional()?)
}

/// Lists conflicts, newest first, at most `limit`.
pub fn list(conn: &mut Conn, workspace_id: &WorkspaceId, limit: i64) -> Result<Vec<Conflict>> {
    Ok(conflicts::table
        .filter(conflicts::workspace_id.eq(workspace_id))
        .order((conflicts::created_at.desc(), conflicts::subject))
        .limit(limit)
        .select(Conflict::as_select())
        .load(conn)?)
}

/// Deletes a conflict. Returns whether it existed.
pub fn delete(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    IdentityKey { issuer, subject }: IdentityKey<'_>,
) -> Result<bool> {
    Ok(diesel::delete(conflicts::table.find((workspace_id, issuer, subject))).execute(conn)? == 1)
}
