//! Jobs that end the access of all users of a workspace, with their progress. A job runs in batches, one transaction each, and
//! another process can continue it. There is one row per workspace, for the last job.

use diesel::{prelude::*, upsert::excluded};
use vestibule_core::{ids::WorkspaceId, sets::EndReason, time::Micros};

use crate::{Conn, Result, db::schema::access_ends, on_backend};

/// A job.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = access_ends)]
pub struct AccessEnd {
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// Id of the job; the request id of its events.
    pub end_id: String,
    /// Actor who requested it, as in events.
    pub ended_by: String,
    /// Reason, as in `access_ended` events.
    pub reason: EndReason,
    /// Id of the user whose access does not end; empty: none.
    pub spared: String,
    /// Time of the request.
    pub started_at: Micros,
    /// Time of the last batch; `None`: not started.
    pub seen_at: Option<Micros>,
    /// Time of completion.
    pub finished_at: Option<Micros>,
    /// Number of users whose access ended.
    pub done: i64,
    /// Id of the last processed user.
    pub after: String,
}

/// Finds the last job of the workspace.
pub fn find(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Option<AccessEnd>> {
    Ok(access_ends::table.find(workspace_id).select(AccessEnd::as_select()).first(conn).optional()?)
}

/// Creates a job in place of the previous one of the workspace, even if that one is not finished.
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

/// Stores the progress, unless another process has continued the job since `before` or a new job exists. Returns whether it was
/// stored.
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

/// Lists unfinished jobs without a batch since `since`.
pub fn left(conn: &mut Conn, since: Micros) -> Result<Vec<AccessEnd>> {
    Ok(access_ends::table
        .filter(access_ends::finished_at.is_null())
        .filter(access_ends::seen_at.is_null().or(access_ends::seen_at.assume_not_null().le(since)))
        .select(AccessEnd::as_select())
        .load(conn)?)
}
