//! People whom the provider let through, and of whom only an administrator can say who they are here (design rule 9).
//! A line stands until it is settled: by a link, or by being dismissed.

use diesel::{prelude::*, upsert::excluded};
use vestibule_core::time::Micros;

use crate::{Conn, Result, db::schema::conflicts, on_backend};

/// The user of that name is linked to another person of the same issuer, or is another Okta user by its `externalId`.
pub const NAMED: &str = "named";
/// Several users have that address.
pub const SHARED: &str = "shared";
/// Only the e-mail claim names the user, and it does not suffice: the login name is another address under a verified domain, or
/// the user holds a role in the console.
pub const EMAIL: &str = "email";
/// An administrator undid the link: it is not made again by itself.
pub const UNLINKED: &str = "unlinked";

/// The workspace changed its issuer, and the user has a role in the console: only an owner or the operator links them.
pub const ISSUER_CHANGED: &str = "issuer_changed";

/// One person to be settled.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = conflicts)]
pub struct Conflict {
    /// Whose.
    pub workspace_id: String,
    /// Where the person signed in.
    pub issuer: String,
    /// The provider's name for them.
    pub subject: String,
    /// The user whom they would have been, when it is one.
    pub user_id: Option<String>,
    /// What they are called at the provider.
    pub user_name: String,
    /// [`NAMED`], [`SHARED`], [`EMAIL`], [`UNLINKED`] or [`ISSUER_CHANGED`].
    pub reason: String,
    /// When it was last so.
    pub created_at: Micros,
}

/// Records a conflict in place of an older one of the same person. What an administrator undid stays so.
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

/// The conflict of a person, if there is one.
pub fn find(conn: &mut Conn, workspace_id: &str, issuer: &str, subject: &str) -> Result<Option<Conflict>> {
    Ok(conflicts::table
        .find((workspace_id, issuer, subject))
        .select(Conflict::as_select())
        .first(conn)
        .optional()?)
}

/// What is to be settled, latest first, at most `limit`.
pub fn list(conn: &mut Conn, workspace_id: &str, limit: i64) -> Result<Vec<Conflict>> {
    Ok(conflicts::table
        .filter(conflicts::workspace_id.eq(workspace_id))
        .order((conflicts::created_at.desc(), conflicts::subject))
        .limit(limit)
        .select(Conflict::as_select())
        .load(conn)?)
}

/// Takes a conflict away; whether there was one.
pub fn settle(conn: &mut Conn, workspace_id: &str, issuer: &str, subject: &str) -> Result<bool> {
    Ok(diesel::delete(conflicts::table.find((workspace_id, issuer, subject))).execute(conn)? == 1)
}
