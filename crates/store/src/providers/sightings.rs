//! What the doors saw, one row a workspace and kind: how often, when first and last, and what exactly the last time. The
//! doctor reads it. Bounded by the number of kinds, and never a reason to refuse anything.

use diesel::prelude::*;
use vestibule_core::{ids::DEPLOYMENT, time::Micros};

use crate::{Conn, Result, db::schema::sightings, on_backend, workspaces};

/// What was seen of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = sightings)]
pub struct Sighting {
    /// Whose; [`DEPLOYMENT`] for what can't be told whose.
    pub workspace_id: String,
    /// What, as `web::sightings` names it.
    pub kind: String,
    /// How often since `first_at`.
    pub times: i64,
    /// The first time.
    pub first_at: Micros,
    /// The last time.
    pub last_at: Micros,
    /// What exactly, the last time. Never a secret.
    pub detail: String,
}

/// Adds what was seen to what is known. Workspaces that are gone are left out. In one order, so that two nodes don't wait
/// for each other crosswise.
pub fn add(conn: &mut Conn, seen: &mut [Sighting]) -> Result<()> {
    seen.sort_by(|one, other| (&one.workspace_id, &one.kind).cmp(&(&other.workspace_id, &other.kind)));
    for sighting in seen {
        if sighting.workspace_id != DEPLOYMENT && !workspaces::exists(conn, &sighting.workspace_id)? {
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

/// Everything seen of a workspace.
pub fn list(conn: &mut Conn, workspace_id: &str) -> Result<Vec<Sighting>> {
    Ok(sightings::table
        .filter(sightings::workspace_id.eq(workspace_id))
        .select(Sighting::as_select())
        .load(conn)?)
}

/// Forgets what was seen of a workspace of some kinds, as when the administrator has changed what caused it.
pub fn forget(conn: &mut Conn, workspace_id: &str, kinds: &[&str]) -> Result<usize> {
    Ok(diesel::delete(
        sightings::table
            .filter(sightings::workspace_id.eq(workspace_id))
            .filter(sightings::kind.eq_any(kinds.iter().copied())),
    )
    .execute(conn)?)
}
