//! Follows the trails of a region, and records since when, by whom and why users have their roles and entitlements. Works in batches of
//! one transaction each; if a process stops, another continues.

use std::collections::HashMap;

use vestibule_core::ids::WorkspaceId;
use vestibule_store::{Error, rights::origins};
use vestibule_web::State;

/// Batches of one workspace after which the others have their turn.
const BATCHES: usize = 50;

/// The last line of each trail that needed nothing, so that it is not read again.
pub type LastLines = HashMap<WorkspaceId, i64>;

/// Follows each trail that has new lines.
pub async fn follow(state: &State, done: &mut LastLines) -> Result<(), Error> {
    let region = state.config().region.name.clone();
    for (workspace_id, last) in state.read(move |conn| origins::due(conn, &region)).await? {
        if done.get(&workspace_id) == Some(&last) {
            continue;
        }
        match follow_one(state, &workspace_id).await {
            Ok(true) => drop(done.insert(workspace_id, last)),
            Ok(false) => {}
            // A damaged row of one workspace must not stop the others.
            Err(error) => tracing::warn!(workspace = %workspace_id, %error, "rights.not_recorded"),
        }
    }
    Ok(())
}

/// Follows one trail. Returns whether nothing is left.
async fn follow_one(state: &State, workspace_id: &WorkspaceId) -> Result<bool, Error> {
    for _ in 0..BATCHES {
        let of_job = workspace_id.clone();
        let Some(work) = state.read(move |conn| origins::next_work(conn, &of_job)).await? else {
            return Ok(true);
        };
        let now = state.now();
        if !state.write(move |conn| origins::record(conn, &work, now)).await? {
            return Ok(false);
        }
    }
    Ok(false)
}
