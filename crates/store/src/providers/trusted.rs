//! The first provider of a workspace, among its connections of both protocols.

use vestibule_core::ids::WorkspaceId;

use super::{connections, saml_connections};
use crate::{Conn, Result};

/// Issuer of the workspace's default connection, otherwise of its oldest; `None` if it has none.
pub fn first_issuer(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Option<String>> {
    let oidc = connections::list(conn, workspace_id)?.into_iter();
    let oidc = oidc.map(|one| (!one.is_default, one.created_at, one.issuer));
    let saml = saml_connections::list(conn, workspace_id)?.into_iter();
    let saml = saml.map(|one| (!one.is_default, one.created_at, one.issuer));
    Ok(oidc.chain(saml).min().map(|(_, _, issuer)| issuer))
}
