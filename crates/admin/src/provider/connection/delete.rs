//! Deletion of an OpenID Connect connection.

use vestibule_core::ids::{ConnectionId, WorkspaceId};
use vestibule_store::{
    Error, Tx,
    people::claimed_groups,
    providers::connections,
    trail::events::{Target, kinds::ConnectionDeleted},
};

use crate::{
    access::agents,
    actor::Actor,
    refusal::{Refusal, conflict},
};

/// Without the connection, its Universal Logout no longer ends anybody's access.
pub(in crate::provider) const OWNERS_ONLY: &str =
    "only an owner of this workspace may delete a connection; ask one of them, or the operator";

/// Deletes a connection. Sessions that began through it go on. The links of people to its issuer stay, and apply if the same issuer is
/// connected again. The groups from its claim are deleted. If it let AI clients act for people, all of them stop.
///
/// # Errors
/// [`Refusal::Conflict`] when the workspace has an owner and the actor is neither one nor the operator; [`Error::NotFound`] when the
/// workspace has no such connection.
pub fn delete(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    connection_id: &ConnectionId,
) -> Result<(), Refusal> {
    let connection = connections::find(conn, workspace_id, connection_id)?.ok_or(Error::NotFound)?;
    if actor.lacks_owner(conn, workspace_id)? {
        return conflict(OWNERS_ONLY);
    }
    connections::delete(conn, workspace_id, connection_id)?;
    if !connection.groups_claim.is_empty() {
        claimed_groups::forget(conn, workspace_id)?;
    }
    if connection.cross_app {
        agents::end(conn, actor, workspace_id, None)?;
    }
    let data = ConnectionDeleted {
        connection: &connection.connection_id,
        name: &connection.name,
        issuer: &connection.issuer,
    };
    Ok(actor.record(conn, workspace_id, Target::Connection, &data)?)
}
