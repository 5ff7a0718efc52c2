//! OpenID Connect connections of a workspace, and the email domains whose people sign in through a connection.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vestibule_core::{sets::ProviderKind, time::rfc3339};
use vestibule_store::providers::connections;

use crate::types::{page::Item, parts};

/// Settings of an OpenID Connect connection to save. A member that is absent stays as it is, or gets its default in a new connection.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OidcConnectionSettings {
    /// Name, for people; required in a new connection, and unique among those of OpenID Connect
    #[schema(min_length = 1, max_length = 256)]
    pub name: Option<String>,
    /// Kind of the provider. Default: recognized by the issuer's host
    #[schema(schema_with = parts::provider_or_null)]
    pub provider: Option<ProviderKind>,
    /// The Okta domain, in place of the issuer
    pub okta_domain: Option<String>,
    /// The issuer, as its discovery document names it; required in a new connection, and unique in the workspace
    pub issuer: Option<String>,
    /// Client ID at the provider; required in a new connection
    #[schema(min_length = 1, max_length = 255)]
    pub client_id: Option<String>,
    /// Client secret at the provider
    #[schema(value_type = Option<String>, write_only)]
    pub client_secret: Option<SecretString>,
    /// Whether people may sign in through it. Default: true
    pub enabled: Option<bool>,
    /// Whether an unknown person is created at the first sign-in. Default: false
    pub jit: Option<bool>,
    #[schema(schema_with = parts::auth_method)]
    pub auth_method: Option<String>,
    /// Whether token requests are bound to a key (DPoP). Default: false
    pub dpop: Option<bool>,
    /// The claim with a person's groups. Empty, the default: none
    #[schema(max_length = 100)]
    pub groups_claim: Option<String>,
    /// May let AI clients act for people (Cross App Access)
    pub cross_app: Option<bool>,
    /// Make it the connection of sign-ins that name none. The first connection of a workspace always is
    #[serde(default)]
    #[schema(default = false)]
    pub make_default: bool,
    /// End all sessions and tokens of everybody in the workspace
    #[serde(default)]
    #[schema(default = false)]
    pub end_access: bool,
    /// Ask the issuer first
    #[schema(default = true)]
    pub check: Option<bool>,
}

/// An OpenID Connect connection. The client secret is never returned.
#[derive(Serialize, ToSchema)]
pub struct OidcConnection {
    #[schema(format = "uuid")]
    pub id: String,
    /// Name, for people
    pub name: String,
    /// Whether a sign-in that names no connection uses it
    pub is_default: bool,
    /// Kind of the provider
    #[schema(schema_with = parts::provider)]
    pub provider: ProviderKind,
    pub issuer: String,
    pub client_id: String,
    pub has_client_secret: bool,
    /// Whether people may sign in through it
    pub enabled: bool,
    /// Whether an unknown person is created at the first sign-in
    pub jit: bool,
    pub auth_method: String,
    pub dpop: bool,
    pub groups_claim: String,
    pub cross_app: bool,
    /// Email domains whose people it gets
    pub domains: Vec<String>,
    #[schema(format = "date-time")]
    pub created_at: String,
    #[schema(format = "date-time")]
    pub updated_at: String,
}

impl Item for OidcConnection {
    const LIST: &'static str = "OidcConnections";
}

impl OidcConnection {
    /// The answer about a connection.
    pub fn new(row: connections::Connection, domains: Vec<String>) -> Self {
        Self {
            id: row.connection_id.to_string(),
            name: row.name,
            is_default: row.is_default,
            provider: row.provider,
            has_client_secret: !row.client_secret.is_empty(),
            issuer: row.issuer,
            client_id: row.client_id,
            enabled: row.enabled,
            jit: row.jit,
            auth_method: row.auth_method.to_string(),
            dpop: row.dpop,
            groups_claim: row.groups_claim,
            cross_app: row.cross_app,
            domains,
            created_at: rfc3339(row.created_at),
            updated_at: rfc3339(row.updated_at),
        }
    }
}

/// The email domains whose people a connection gets. They choose the connection of a sign-in; nobody is recognized by them.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectionDomains {
    /// All of them. One that another connection of the workspace has is moved
    #[schema(schema_with = parts::domains)]
    pub domains: Vec<String>,
}
