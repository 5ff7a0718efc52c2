//! The SAML connections as the Okta page lists them.

use std::collections::BTreeMap;

use vestibule_core::{
    ids::{ConnectionId, WorkspaceId},
    time::{Micros, SECOND},
};
use vestibule_store::{
    Conn, Error,
    providers::{saml_certificates, saml_connections},
};

use crate::{layout::moment::Moment, provider::saml::connection::SOON};

/// A SAML connection in the list.
pub(crate) struct SamlRow {
    pub id: String,
    pub name: String,
    pub issuer: String,
    pub enabled: bool,
    pub is_default: bool,
    /// The end of the trusted certificate that ends last; `None`: no certificate is trusted.
    pub end: Option<Moment>,
    /// Whether that is soon or past, or no certificate is trusted.
    pub ends_soon: bool,
    /// The email domains whose people sign in through the connection.
    pub domains: String,
    /// Number of certificates that wait for an administrator.
    pub waiting: usize,
}

/// Lists the connections of a workspace, in two statements. Takes their domains out of `domains`.
pub(crate) fn list(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    domains: &mut BTreeMap<ConnectionId, Vec<String>>,
    now: Micros,
) -> Result<Vec<SamlRow>, Error> {
    let connections = saml_connections::list(conn, workspace_id)?;
    let certificates = saml_certificates::list_of_workspace(conn, workspace_id)?;
    let mut row = |connection: saml_connections::SamlConnection| {
        let own = certificates.iter().filter(|one| one.connection_id == connection.connection_id);
        let (trusted, waiting): (Vec<_>, Vec<_>) = own.partition(|one| one.trusted_at.is_some());
        let end = trusted.iter().map(|one| one.not_after.saturating_mul(SECOND)).max();
        SamlRow {
            domains: domains.remove(&connection.connection_id).unwrap_or_default().join(", "),
            id: connection.connection_id.to_string(),
            name: connection.name,
            issuer: connection.issuer,
            enabled: connection.enabled,
            is_default: connection.is_default,
            end: end.map(|end| Moment::of(end, now)),
            ends_soon: end.is_none_or(|end| end - now < SOON),
            waiting: waiting.len(),
        }
    };
    Ok(connections.into_iter().map(&mut row).collect())
}
