//! The kinds of a workspace's identity providers, which decide the words of its pages.

use diesel::prelude::*;
use vestibule_core::{ids::WorkspaceId, sets::ProviderKind};

use crate::{
    Conn, Result,
    db::schema::{connections, saml_connections},
};

/// The kinds of the workspace's connections, of both protocols: one for each connection.
pub fn of_workspace(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Vec<ProviderKind>> {
    let mut kinds: Vec<ProviderKind> = connections::table
        .filter(connections::workspace_id.eq(workspace_id))
        .select(connections::provider)
        .load(conn)?;
    let saml: Vec<(String, String, String)> = saml_connections::table
        .filter(saml_connections::workspace_id.eq(workspace_id))
        .select((saml_connections::issuer, saml_connections::sso_url, saml_connections::metadata_url))
        .load(conn)?;
    kinds.extend(
        saml.iter()
            .map(|(issuer, sso_url, metadata)| ProviderKind::recognise_saml(issuer, sso_url, metadata)),
    );
    Ok(kinds)
}
