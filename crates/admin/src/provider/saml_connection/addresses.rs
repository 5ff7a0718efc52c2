//! Addresses of this service provider, which an administrator enters at the identity provider.

use vestibule_core::ids::WorkspaceId;
use vestibule_store::providers::saml_connections::SamlConnection;

/// Addresses for one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// Where responses are posted (Assertion Consumer Service).
    pub acs_url: String,
    /// Our entity ID: the audience of assertions.
    pub entity_id: String,
    /// Where logout messages go (Single Logout URL).
    pub slo_url: String,
    /// Where our metadata is.
    pub metadata_url: String,
}

/// Addresses for a connection; `api_url` is the origin of the API host.
pub fn of(api_url: &str, connection: &SamlConnection) -> Addresses {
    let of_workspace = of_workspace(api_url, &connection.workspace_id);
    match connection.entity_id.as_str() {
        "" => of_workspace,
        own => Addresses { entity_id: own.to_owned(), ..of_workspace },
    }
}

/// Addresses for the connections of a workspace that set no entity ID.
pub fn of_workspace(api_url: &str, workspace_id: &WorkspaceId) -> Addresses {
    let metadata_url = format!("{api_url}/api/okta/saml/metadata/{workspace_id}");
    Addresses {
        acs_url: format!("{api_url}/api/okta/saml/acs/{workspace_id}"),
        slo_url: format!("{api_url}/api/okta/saml/slo/{workspace_id}"),
        entity_id: metadata_url.clone(),
        metadata_url,
    }
}
