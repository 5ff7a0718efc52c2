//! What the pages of connections need of one of OpenID Connect.

use vestibule_admin::{Actor, Refusal, provider::connection};
use vestibule_core::ids::{ConnectionId, WorkspaceId};
use vestibule_store::{
    Conn, Error, Tx,
    providers::{
        connection_domains,
        connections::{self, Connection},
    },
};
use vestibule_web::pages::isolate;

use crate::provider::connection_page::{Connected, find};

impl Connected for Connection {
    const PROTOCOL: &'static str = "OpenID Connect";
    const PATH: &'static str = "/integrations/okta/oidc";
    const DELETED: &'static str = "oidc_deleted=1";

    fn find(conn: &mut Conn, workspace_id: &WorkspaceId, id: &ConnectionId) -> Result<Option<Self>, Error> {
        connections::find(conn, workspace_id, id)
    }

    fn delete(
        conn: &mut Tx<'_>,
        actor: &Actor,
        workspace_id: &WorkspaceId,
        id: &ConnectionId,
    ) -> Result<(), Refusal> {
        connection::delete(conn, actor, workspace_id, id)
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn ends(&self) -> [String; 2] {
        [
            format!(
                "Nobody can sign in through {} any more, and its Universal Logout ends nobody's access.",
                isolate(&self.issuer)
            ),
            "Its client secret is deleted.".to_owned(),
        ]
    }
}

/// Reads a connection with its domains.
///
/// # Errors
/// [`Error::NotFound`].
pub(super) fn read(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    id: &ConnectionId,
) -> Result<(Connection, Vec<String>), Error> {
    let connection = find(conn, workspace_id, id)?;
    let domains = connection_domains::list_of(conn, workspace_id, id)?;
    Ok((connection, domains))
}
