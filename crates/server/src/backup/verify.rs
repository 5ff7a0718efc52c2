//! Verifies a database: its structure (SQLite) and the trail of each workspace.

use anyhow::bail;
use vestibule_store::{Database, db::snapshot, restored, trail::events};

/// Verifies structure and trails. Returns the number of events.
pub(crate) fn database(database: &Database) -> anyhow::Result<i64> {
    if let Some(fault) = database.read(snapshot::integrity)? {
        bail!("the database is damaged: {fault}");
    }
    let mut count = 0;
    for id in database.read(restored::workspaces)? {
        let verified = database.read(|conn| events::verify(conn, &id, None))?;
        if let Some(fault) = verified.fault {
            bail!("the trail of workspace {id} is not intact: {fault}");
        }
        count += verified.events + verified.unchained;
    }
    Ok(count)
}
