//! Facts about OpenID Connect connections.

use vestibule_core::{ids::WorkspaceId, providers::Provider};
use vestibule_store::{
    Conn, Error,
    providers::connections::{self, Connection, Rival},
};

use super::history::History;

/// An OpenID Connect connection, and what is known of it.
#[derive(Debug, Clone)]
pub(crate) struct Oidc {
    pub connection: Connection,
    /// Other workspaces that claim its issuer and client id.
    pub rivals: Vec<Rival>,
    pub history: History,
}

impl Oidc {
    /// The provider, for words.
    pub fn at(&self) -> &'static Provider {
        self.connection.provider.facts()
    }
}

/// Reads the connections, the first of the workspace first.
pub(super) fn read(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Vec<Oidc>, Error> {
    let mut found = Vec::new();
    for connection in connections::list(conn, workspace_id)? {
        let rivals = connections::rivals(conn, workspace_id, &connection.issuer, &connection.client_id)?;
        found.push(Oidc { connection, rivals, history: History::default() });
    }
    Ok(found)
}
