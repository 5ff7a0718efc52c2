//! Deletes a workspace: suspends it at once, and deletes everything of it after a time in which the operator can change their mind.

use vestibule_core::{
    ids::WorkspaceId,
    time::{Micros, SECOND, rfc3339},
};
use vestibule_store::{
    Error, Tx,
    trail::events::{
        Target,
        kinds::{WorkspaceDeletionCanceled, WorkspaceDeletionPlanned},
    },
    workspaces::{Workspace, deletion},
};
use vestibule_web::State;

use super::emergency;
use crate::{
    actor::Actor,
    refusal::{Refusal, field},
};

/// The longest time before a deletion, in days.
const MOST_DAYS: i64 = 365;

/// Plans the deletion and suspends the workspace, if it is not suspended. Returns the time of the deletion.
///
/// # Errors
/// A field: `days` is not between 1 and 365, because less leaves no time to tell the webhooks. A conflict: a deletion is planned already.
pub fn plan(conn: &mut Tx<'_>, actor: &Actor, workspace: &Workspace, days: i64) -> Result<Micros, Refusal> {
    if !(1..=MOST_DAYS).contains(&days) {
        return field("days", format!("must be between 1 and {MOST_DAYS}"));
    }
    let id = &workspace.workspace_id;
    if let Some(planned) = deletion::find(conn, id)? {
        let at = rfc3339(planned.delete_at);
        return Err(Refusal::Conflict(format!("the workspace will be deleted at {at} already")));
    }
    let delete_at = actor.now + days * 86_400 * SECOND;
    deletion::plan(conn, id, delete_at, actor.now)?;
    let data = WorkspaceDeletionPlanned { delete_at: &rfc3339(delete_at) };
    actor.record(conn, id, Target::Workspace, &data)?;
    if workspace.suspended_at.is_none() {
        emergency::suspend(conn, actor, workspace)?;
    }
    Ok(delete_at)
}

/// Cancels a planned deletion. The workspace stays suspended.
pub fn cancel(conn: &mut Tx<'_>, actor: &Actor, workspace: &Workspace) -> Result<(), Refusal> {
    let id = &workspace.workspace_id;
    if !deletion::cancel(conn, id)? {
        return Err(Refusal::Conflict("no deletion of the workspace is planned".to_owned()));
    }
    Ok(actor.record(conn, id, Target::Workspace, &WorkspaceDeletionCanceled {})?)
}

/// Deletes the workspaces whose time has come, some rows in a transaction. Goes on where a stopped process left off.
pub async fn run_due(state: &State) -> Result<(), Error> {
    loop {
        let (region, now) = (state.config().region.name.clone(), state.now());
        let Some(due) = state.read(move |conn| deletion::next_due(conn, &region, now)).await? else {
            return Ok(());
        };
        let id = due.workspace_id.clone();
        if due.began_at.is_none() {
            let of_job = id.clone();
            if !state.write(move |conn| deletion::begin(conn, &of_job, now)).await? {
                continue;
            }
            tracing::info!(workspace = %id, "workspace.deletion_began");
        }
        erase(state, &id).await?;
        tracing::info!(workspace = %id, "workspace.deleted");
    }
}

/// Deletes all rows of a workspace.
async fn erase(state: &State, id: &WorkspaceId) -> Result<(), Error> {
    loop {
        let (of_job, now) = (id.clone(), state.now());
        if state.write(move |conn| deletion::erase(conn, &of_job, now)).await? {
            return Ok(());
        }
    }
}
