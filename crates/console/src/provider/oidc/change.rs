//! A change of one OpenID Connect connection: finding it, and the refusal when it is gone.

use vestibule_admin::{Actor, Refusal};
use vestibule_core::ids::{ConnectionId, WorkspaceId};
use vestibule_store::{
    Conn, Error, Tx,
    providers::{
        connection_domains,
        connections::{self, Connection},
    },
};

use crate::layout::{access::Administrator, error::PageError, visitor::Visitor};

pub(super) const PATH: &str = "/integrations/okta/oidc";

/// The id in a segment of the path.
///
/// # Errors
/// The page that says that the connection is not here.
pub(super) fn id_of(visitor: &Visitor, segment: &str) -> Result<ConnectionId, PageError> {
    ConnectionId::parse(segment).ok_or_else(|| missing(visitor))
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
    let connection = connections::find(conn, workspace_id, id)?.ok_or(Error::NotFound)?;
    let domains = connection_domains::list_of(conn, workspace_id, id)?;
    Ok((connection, domains))
}

/// Runs a change of the connection; the inner error is the sentence for the page.
pub(super) async fn change(
    administrator: &Administrator,
    id: ConnectionId,
    job: impl FnOnce(&mut Tx<'_>, &Actor, &Connection) -> Result<(), Refusal> + Send + 'static,
) -> Result<Result<(), String>, PageError> {
    let (workspace_id, actor) = (administrator.workspace_id(), administrator.actor());
    administrator
        .change_on(missing, move |conn| {
            let connection = connections::find(conn, &workspace_id, &id)?.ok_or(Error::NotFound)?;
            job(conn, &actor, &connection)
        })
        .await
}

pub(super) fn missing(visitor: &Visitor) -> PageError {
    visitor.missing("This OpenID Connect connection is not here", "Look for it on the Okta page.")
}
