//! A change of one SAML connection: finding it, and the refusal when it is gone.

use vestibule_admin::{Actor, Refusal};
use vestibule_core::ids::{ConnectionId, WorkspaceId};
use vestibule_store::{
    Conn, Error, Tx,
    providers::{
        saml_certificates,
        saml_connections::{self, SamlConnection},
    },
};

use crate::{
    layout::{access::Administrator, error::PageError, visitor::Visitor},
    provider::saml::save::Before,
};

pub(super) const PATH: &str = "/integrations/okta/saml";

/// The id in a segment of the path.
///
/// # Errors
/// The page that says that the connection is not here.
pub(super) fn id_of(visitor: &Visitor, segment: &str) -> Result<ConnectionId, PageError> {
    ConnectionId::parse(segment).ok_or_else(|| missing(visitor))
}

/// Reads a connection with its certificates and attributes.
///
/// # Errors
/// [`Error::NotFound`].
pub(super) fn read(conn: &mut Conn, workspace_id: &WorkspaceId, id: &ConnectionId) -> Result<Before, Error> {
    let connection = saml_connections::find(conn, workspace_id, id)?.ok_or(Error::NotFound)?;
    let certificates = saml_certificates::list(conn, &connection)?;
    let names = connection.attribute_names()?;
    Ok(Before { connection, certificates, names })
}

/// Runs a change of the connection; the inner error is the sentence for the page.
pub(super) async fn change<T: Send + 'static>(
    administrator: &Administrator,
    id: ConnectionId,
    job: impl FnOnce(&mut Tx<'_>, &Actor, &SamlConnection, bool) -> Result<T, Refusal> + Send + 'static,
) -> Result<Result<T, String>, PageError> {
    let (workspace_id, actor) = (administrator.workspace_id(), administrator.actor());
    let allow_insecure = administrator.state().config().okta.allow_insecure_issuers;
    administrator
        .change_on(missing, move |conn| {
            let connection = saml_connections::find(conn, &workspace_id, &id)?.ok_or(Error::NotFound)?;
            job(conn, &actor, &connection, allow_insecure)
        })
        .await
}

pub(super) fn missing(visitor: &Visitor) -> PageError {
    visitor.missing("This SAML connection is not here", "Look for it on the Okta page.")
}
