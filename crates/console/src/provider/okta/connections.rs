//! The OpenID Connect connections as the Okta page lists them.

use std::collections::BTreeMap;

use vestibule_core::ids::ConnectionId;

use crate::provider::doctor::Facts;

/// An OpenID Connect connection in the list.
pub(crate) struct OidcRow {
    pub id: String,
    pub name: String,
    pub issuer: String,
    pub enabled: bool,
    pub is_default: bool,
    /// The email domains whose people sign in through the connection.
    pub domains: String,
}

/// The connections, the first of the workspace first. Takes their domains out of `domains`.
pub(crate) fn rows(facts: &Facts, domains: &mut BTreeMap<ConnectionId, Vec<String>>) -> Vec<OidcRow> {
    let all = facts.oidc.iter().map(|one| &one.connection);
    all.map(|connection| OidcRow {
        id: connection.connection_id.to_string(),
        name: connection.name.clone(),
        issuer: connection.issuer.clone(),
        enabled: connection.enabled,
        is_default: connection.is_default,
        domains: domains.remove(&connection.connection_id).unwrap_or_default().join(", "),
    })
    .collect()
}
