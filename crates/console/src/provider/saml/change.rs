//! What the pages of connections need of one of SAML.

use vestibule_admin::{Actor, Refusal, provider::saml_connection};
use vestibule_core::ids::{ConnectionId, WorkspaceId};
use vestibule_store::{
    Conn, Error, Tx,
    providers::{
        saml_certificates,
        saml_connections::{self, SamlConnection},
    },
};
use vestibule_web::pages::isolate;

use crate::provider::{
    connection_page::{Connected, find},
    saml::save::Before,
};

impl Connected for SamlConnection {
    const PROTOCOL: &'static str = "SAML";
    const PATH: &'static str = "/integrations/okta/saml";
    const DELETED: &'static str = "saml_deleted=1";

    fn find(conn: &mut Conn, workspace_id: &WorkspaceId, id: &ConnectionId) -> Result<Option<Self>, Error> {
        saml_connections::find(conn, workspace_id, id)
    }

    fn delete(
        conn: &mut Tx<'_>,
        actor: &Actor,
        workspace_id: &WorkspaceId,
        id: &ConnectionId,
    ) -> Result<(), Refusal> {
        saml_connection::delete(conn, actor, workspace_id, id)
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn ends(&self) -> [String; 2] {
        [
            format!("Nobody can sign in through {} any more.", isolate(&self.issuer)),
            "Its certificates are deleted.".to_owned(),
        ]
    }
}

/// Reads a connection with its certificates and attributes.
///
/// # Errors
/// [`Error::NotFound`].
pub(super) fn read(conn: &mut Conn, workspace_id: &WorkspaceId, id: &ConnectionId) -> Result<Before, Error> {
    let connection: SamlConnection = find(conn, workspace_id, id)?;
    let certificates = saml_certificates::list(conn, &connection)?;
    let names = connection.attribute_names()?;
    Ok(Before { connection, certificates, names })
}
