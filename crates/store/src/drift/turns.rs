//! Whose turn it is to have its weekly report: every node looks, and the database lets one of them record it.

use diesel::{prelude::*, sql_types::Text};
use vestibule_core::{ids::WorkspaceId, time::Micros};

use crate::{Conn, Result, db::statement::Statement};

/// Workspaces of this region whose last report, or whose creation, is not after `before`; at most `most`. Suspended ones have none.
pub fn due(conn: &mut Conn, region: &str, before: Micros, most: i64) -> Result<Vec<WorkspaceId>> {
    Ok(Statement::<Text>::new(
        "SELECT w.workspace_id FROM workspaces AS w LEFT JOIN drift_checks AS d ON d.workspace_id = w.workspace_id \
         WHERE w.suspended_at IS NULL AND w.region = ",
    )
    .text(region)
    .sql(" AND COALESCE(d.checked_at, w.created_at) <= ")
    .whole(before)
    .sql(" ORDER BY COALESCE(d.checked_at, w.created_at), w.workspace_id LIMIT ")
    .whole(most)
    .load(conn)?)
}

/// Takes the turn of a workspace. Returns whether it was still due, and so whether this node records the report.
pub fn taken(conn: &mut Conn, workspace_id: &WorkspaceId, before: Micros, now: Micros) -> Result<bool> {
    let taken = Statement::<()>::new("INSERT INTO drift_checks (workspace_id, checked_at) SELECT workspace_id, ")
        .whole(now)
        .sql(" FROM workspaces WHERE workspace_id = ")
        .text(workspace_id)
        .sql(" AND created_at <= ")
        .whole(before)
        .sql(" ON CONFLICT (workspace_id) DO UPDATE SET checked_at = excluded.checked_at WHERE drift_checks.checked_at <= ")
        .whole(before)
        .execute(conn)?;
    Ok(taken == 1)
}
