//! What an operator does in an emergency: suspends a workspace and resumes it, and makes the whole deployment read-only.

use vestibule_core::{sets::EndReason, time::rfc3339};
use vestibule_store::{
    Tx, restored,
    safeguards::switches,
    trail::events::{
        Target,
        kinds::{ReadOnlyChanged, WorkspaceResumed, WorkspaceSuspended},
    },
    workspaces::{self, Workspace, deletion},
};

use crate::{actor::Actor, people::end_access, refusal::Refusal};

/// Suspends a workspace: nobody signs in, no session and no token opens it, and SCIM is refused. Begins to end the access of everybody, so
/// that nothing from before works after it is resumed, too; [`end_access::batch`] does that work.
pub fn suspend(conn: &mut Tx<'_>, actor: &Actor, workspace: &Workspace) -> Result<(), Refusal> {
    if workspace.suspended_at.is_some() {
        return Err(Refusal::Conflict("the workspace is suspended already".to_owned()));
    }
    let id = &workspace.workspace_id;
    workspaces::set_suspended(conn, id, Some(actor.now))?;
    actor.record(conn, id, Target::Workspace, &WorkspaceSuspended {})?;
    end_access::begin(conn, actor, id, (EndReason::Operator, ""))?;
    Ok(())
}

/// Resumes a suspended workspace.
pub fn resume(conn: &mut Tx<'_>, actor: &Actor, workspace: &Workspace) -> Result<(), Refusal> {
    if workspace.suspended_at.is_none() {
        return Err(Refusal::Conflict("the workspace is not suspended".to_owned()));
    }
    if let Some(planned) = deletion::find(conn, &workspace.workspace_id)? {
        let at = rfc3339(planned.delete_at);
        return Err(Refusal::Conflict(format!(
            "the workspace will be deleted at {at}: cancel its deletion first"
        )));
    }
    workspaces::set_suspended(conn, &workspace.workspace_id, None)?;
    Ok(actor.record(conn, &workspace.workspace_id, Target::Workspace, &WorkspaceResumed {})?)
}

/// Sets the read-only mode of the deployment, and records it in each trail. Returns whether it was set otherwise before.
pub fn set_read_only(conn: &mut Tx<'_>, actor: &Actor, on: bool) -> Result<bool, Refusal> {
    if !switches::set_read_only(conn, on, actor.now)? {
        return Ok(false);
    }
    for id in restored::workspaces(conn)? {
        actor.record(conn, &id, Target::Workspace, &ReadOnlyChanged { read_only: on })?;
    }
    Ok(true)
}
