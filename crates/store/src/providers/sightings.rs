//! Observed problems of requests, one row per workspace, kind and, for what concerns one connection, connection: number, first and last
//! time, and details of the last one. The doctor reads them. Kinds and connections limit the number of rows. No request is refused
//! because of these rows.

use diesel::prelude::*;
use vestibule_core::{
    ids::{ConnectionId, DEPLOYMENT, WorkspaceId},
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
    /// Id of the connection; empty if it is of the workspace.
    pub connection_id: String,
}

/// Adds observations to the stored ones. Skips deleted workspaces. Writes in a fixed order, so that two nodes can't
/// deadlock.
pub fn add(conn: &mut Conn, seen: &mut [Sighting]) -> Result<()> {
    let key = |one: &Sighting| (one.workspace_id.clone(), one.kind.clone(), one.connection_id.clone());
    seen.sort_by_cached_key(key);
    for sighting in seen {
        if sighting.workspace_id != *DEPLOYMENT && !workspaces::is_open(conn, &sighting.workspace_id)? {
            continue;
        }
        on_backend!(conn, |inner| {
            diesel::insert_into(sightings::table)
                .values(&*sighting)
                .on_conflict((sightings::workspace_id, sightings::kind, sightings::connection_id))
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

/// Deletes the observations of a connection.
pub(crate) fn forget(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    connection_id: &ConnectionId,
) -> Result<usize> {
    Ok(diesel::delete(
        sightings::table
            .filter(sightings::workspace_id.eq(workspace_id))
            .filter(sightings::connection_id.eq(connection_id)),
    )
    .execute(conn)?)
}
