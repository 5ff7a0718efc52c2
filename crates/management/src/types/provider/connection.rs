//! Settings of a workspace's identity provider.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vestibule_core::time::rfc3339;
use vestibule_store::providers::connections;

use crate::types::parts;

/// Settings to save. A member that is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectionSettings {
    pub okta_domain: Option<String>,
    pub issuer: Option<String>,
    #[schema(min_length = 1, max_length = 255)]
    pub client_id: String,
    #[schema(value_type = Option<String>, write_only)]
    pub client_secret: Option<SecretString>,
    pub enabled: Option<bool>,
    pub jit: Option<bool>,
    #[schema(schema_with = parts::auth_method)]
    pub auth_method: Option<String>,
    pub dpop: Option<bool>,
    #[schema(max_length = 100)]
    pub groups_claim: Option<String>,
    /// May let AI clients act for people (Cross App Access)
    pub cross_app: Option<bool>,
    /// End all sessions and tokens of everybody in the workspace
    #[serde(default)]
    #[schema(default = false)]
    pub end_access: bool,
    /// Ask the issuer first
    #[schema(default = true)]
    pub check: Option<bool>,
}

/// Settings of an identity provider. The client secret is never returned.
#[derive(Serialize, ToSchema)]
pub struct Connection {
    pub issuer: String,
    pub client_id: String,
    pub has_client_secret: bool,
    pub enabled: bool,
    pub jit: bool,
    pub auth_method: String,
    pub dpop: bool,
    pub groups_claim: String,
    pub cross_app: bool,
    #[schema(format = "date-time")]
    pub created_at: String,
    #[schema(format = "date-time")]
    pub updated_at: String,
}

impl From<connections::Connection> for Connection {
    fn from(row: connections::Connection) -> Self {
        Self {
            has_client_secret: !row.client_secret.is_empty(),
            issuer: row.issuer,
            client_id: row.client_id,
            enabled: row.enabled,
            jit: row.jit,
            auth_method: row.auth_method.to_string(),
            dpop: row.dpop,
            groups_claim: row.groups_claim,
            cross_app: row.cross_app,
            created_at: rfc3339(row.created_at),
            updated_at: rfc3339(row.updated_at),
        }
    }
}
