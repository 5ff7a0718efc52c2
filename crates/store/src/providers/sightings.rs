//! Observed problems of requests, one row per workspace and kind: number, first and last time, and details of the last one. The
//! doctor reads them. The number of kinds limits the number of rows. No request is refused because of these rows.

use diesel::prelude::*;
use vestibule_core::{
    ids::{DEPLOYMENT, WorkspaceId},
    time::Micros,
};

use crate::{Conn, Result, db::schema::sightings, on_backend, workspaces};

/// Observations of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = sightings)]
pub struct Sighting {
    /// Workspace of the request; [`DEPLOYMENT`] if it can't be determined.
    pub workspace_id: WorkspaceId,
    /// Kind, as named in `web::observe::sightings`.
    pub kind: String,
    /// Number of observations since `first_at`.
    pub times: i64,
    /// First time.
    pub first_at: Micros,
    /// Last time.
    pub last_at: Micros,
    /// Details of the last observation. Never a secret.
    pub detail: String,
}

/// Adds observations to the stored ones. Skips deleted workspaces. Writes in a fixed order, so that two nodes can't
/// deadlock.
pub fn add(conn: &mut Conn, seen: &mut [Sighting]) -> Result<()> {
    seen.sort_by(|one, other| (&one.workspace_id, &one.kind).cmp(&(&other.workspace_id, &other.kind)));
    for sighting in seen {
        if sighting.workspace_id != *DEPLOYMENT && !workspaces::exists(conn, &sighting.workspace_id)? {
            continue;
        }
        on_backend!(conn, |inner| {
            diesel::insert_into(sightings::table)
                .values(&*sighting)
                .on_conflict((sightings::workspace_id, sightings::kind))
                .do_update()
                .set((
                    sightings::times.eq(sightings::times + sighting.times),
                    sightings::last_at.eq(sighting.last_at),
                    sightings::detail.eq(&sighting.detail),
                ))
                .execute(inner)
        })?;
    }
    Ok(())
}

/// Lists all observations of a workspace.
pub fn list(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Vec<Sighting>> {
    Ok(sightings::table
        .filter(sightings::workspace_id.eq(workspace_id))
        .select(Sighting::as_select())
        .load(conn)?)
}

/// Deletes a workspace's observations of some kinds, for example after the administrator has changed their cause.
pub fn forget(conn: &mut Conn, workspace_id: &WorkspaceId, kinds: &[&str]) -> Result<usize> {
    Ok(diesel::delete(
        sightings::table
            .filter(sightings::workspace_id.eq(workspace_id))
            .filter(sightings::kind.eq_any(kinds.iter().copied())),
    )
    .execute(conn)?)
}
