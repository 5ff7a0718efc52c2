//! Which workspace an issuer and client id belong to: the one that has proved them by a sign-in.

use vestibule_core::{ids::WorkspaceId, time::Micros};
use vestibule_store::{
    Conn, Error, Tx,
    providers::connections::{self, Connection},
    trail::events::{self, Cause, Target, kinds::ConnectionTaken},
};

/// Whether another workspace has proved this issuer and client id. An unproved pair does not count: otherwise somebody who saves the
/// pair of a customer first would keep the customer out.
pub(super) fn is_taken(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    issuer: &str,
    client_id: &str,
) -> Result<bool, Error> {
    let rivals = connections::rivals(conn, workspace_id, issuer, client_id)?;
    if rivals.iter().any(|rival| rival.proven) {
        return Ok(true);
    }
    if let Some(rival) = rivals.first() {
        tracing::warn!(
            workspace = workspace_id.as_str(),
            other = rival.workspace_id.as_str(),
            claims = rivals.len(),
            "connection.contested"
        );
    }
    Ok(false)
}

/// Records that a code was exchanged with this connection's credentials for an ID token of its client: from then on the issuer and
/// client id are this workspace's. Other workspaces that claim them get an event. False when another workspace has proved them.
///
/// # Errors
/// [`Error::Conflict`] when another workspace proves them at the same time.
pub fn prove(
    conn: &mut Tx<'_>,
    connection: &Connection,
    request_id: &str,
    now: Micros,
) -> Result<bool, Error> {
    let Connection { workspace_id, issuer, client_id, .. } = connection;
    let rivals = connections::rivals(conn, workspace_id, issuer, client_id)?;
    if rivals.iter().any(|rival| rival.proven) {
        return Ok(false);
    }
    if connections::prove(conn, connection, now)? {
        let cause = Cause::new("vestibule", request_id);
        for rival in rivals {
            tracing::warn!(
                workspace = rival.workspace_id.as_str(),
                proven_by = workspace_id.as_str(),
                "connection.taken"
            );
            let data = ConnectionTaken { issuer, client_id };
            events::record(conn, &rival.workspace_id, &cause, Target::Connection, &data, now)?;
        }
    }
    Ok(true)
}
