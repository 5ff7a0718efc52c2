//! Ending the access of everybody in a workspace: who asked for it, and how far it is. It goes in batches, a transaction each, and
//! another process goes on where one stopped. One row a workspace, of the last time.

use diesel::{prelude::*, upsert::excluded};
use vestibule_core::time::Micros;

use crate::{Conn, Result, db::schema::access_ends, on_backend};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = access_ends)]
pub struct AccessEnd {
    /// The workspace.
    pub workspace_id: String,
    /// Its id; the request id of the events it causes.
    pub end_id: String,
    /// Who asked for it, as events name actors.
    pub ended_by: String,
    /// Why, as `access_ended` tells it.
    pub reason: String,
    /// The id of the user who keeps their access; empty: nobody does.
    pub spared: String,
    /// When it was asked for.
    pub started_at: Micros,
    /// When a process last worked at it; `None`: none has yet.
    pub seen_at: Option<Micros>,
    /// When everybody was through.
    pub finished_at: Option<Micros>,
    /// How many people's access was ended.
    pub done: i64,
    /// The id of the last user that was looked at.
    pub after: String,
}

/// The workspace's last one, if there was one.
pub fn find(conn: &mut Conn, workspace_id: &str) -> Result<Option<AccessEnd>> {
    Ok(access_ends::table.find(workspace_id).select(AccessEnd::as_select()).first(conn).optional()?)
}

/// Begins one, in place of whatever the workspace had: one that is under way begins anew.
pub fn begin(conn: &mut Conn, new: &AccessEnd) -> Result<()> {
    on_backend!(conn, |inner| {
        diesel::insert_into(access_ends::table)
            .values(new)
            .on_conflict(access_ends::workspace_id)
            .do_update()
            .set((
                access_ends::end_id.eq(excluded(access_ends::end_id)),
                access_ends::ended_by.eq(excluded(access_ends::ended_by)),
                access_ends::reason.eq(excluded(access_ends::reason)),
                access_ends::spared.eq(excluded(access_ends::spared)),
                access_ends::started_at.eq(excluded(access_ends::started_at)),
                access_ends::seen_at.eq(excluded(access_ends::seen_at)),
                access_ends::finished_at.eq(excluded(access_ends::finished_at)),
                access_ends::done.eq(excluded(access_ends::done)),
                access_ends::after.eq(excluded(access_ends::after)),
            ))
            .execute(inner)
    })?;
    Ok(())
}

/// Stores how far it is, unless another process has gone on from `before`, or another one has begun; whether it was stored.
pub fn go_on(conn: &mut Conn, before: &AccessEnd, next: &AccessEnd) -> Result<bool> {
    let this = access_ends::table
        .find(&before.workspace_id)
        .filter(access_ends::end_id.eq(&before.end_id))
        .filter(access_ends::after.eq(&before.after))
        .filter(access_ends::finished_at.is_null());
    let changed = diesel::update(this)
        .set((
            access_ends::seen_at.eq(next.seen_at),
            access_ends::finished_at.eq(next.finished_at),
            access_ends::done.eq(next.done),
            access_ends::after.eq(&next.after),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Those that no process has worked at since `since`.
pub fn left(conn: &mut Conn, since: Micros) -> Result<Vec<AccessEnd>> {
    Ok(access_ends::table
        .filter(access_ends::finished_at.is_null())
        .filter(access_ends::seen_at.is_null().or(access_ends::seen_at.assume_not_null().le(since)))
        .select(AccessEnd::as_select())
        .load(conn)?)
}
