//! The workspace's identity provider: connections, domains, identities and their conflicts, set-up links. No answer contains a client
//! secret.

pub mod conflicts;
pub mod connection;
pub mod connections;
pub mod domains;
pub mod identities;
pub mod saml_connections;
pub mod setup_links;

use vestibule_core::ids::{ConnectionId, WorkspaceId};
use vestibule_store::Conn;

use crate::http::{endpoint::Caller, problem::Problem};

/// The workspace and the id of the connection in the path, of either protocol.
fn connection_in_path(conn: &mut Conn, caller: &Caller<'_>) -> Result<(WorkspaceId, ConnectionId), Problem> {
    let workspace_id = caller.workspace(conn)?.workspace_id;
    let id = ConnectionId::parse(caller.segment("connection")).ok_or(Problem::NotFound)?;
    Ok((workspace_id, id))
}
