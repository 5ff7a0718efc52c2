//! The connection to the identity provider.

use serde::Serialize;
use vestibule_core::sets::ProviderAuth;

#[cfg(test)]
use crate::trail::events::kinds::example::Example;
use crate::trail::events::kinds::{EventData, EventKind, Targets, target};

/// The connection was saved.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ConnectionChanged<'a> {
    /// Issuer of the identity provider.
    pub issuer: &'a str,
    /// Client id there.
    pub client_id: &'a str,
    /// Whether users may sign in through it.
    pub enabled: bool,
    /// Whether a sign-in may create a user.
    pub jit: bool,
    /// Authentication at the token endpoint: `auto`, `client_secret_basic`, `client_secret_post` or
    /// `private_key_jwt`.
    #[cfg_attr(test, schemars(with = "String"))]
    pub auth_method: ProviderAuth,
    /// Whether token requests are bound to a key (DPoP).
    pub dpop: bool,
    /// Claim with the groups of the user; empty: none.
    pub groups_claim: &'a str,
    /// What was otherwise before.
    pub before: ConnectionBefore<'a>,
    /// Whether the client secret became another. Never the secret.
    pub secret_changed: bool,
}

impl EventData for ConnectionChanged<'_> {
    const KIND: EventKind = EventKind::ConnectionChanged;
    const TARGETS: Targets = &[target::CONNECTION];
}

#[cfg(test)]
impl Example for ConnectionChanged<'static> {
    fn example() -> Self {
        Self {
            issuer: "https://acme.okta.com",
            client_id: "0oa1ab2c3d4E5F6G7h8",
            enabled: true,
            jit: false,
            auth_method: ProviderAuth::Auto,
            dpop: false,
            groups_claim: "",
            before: ConnectionBefore { jit: Some(true), ..ConnectionBefore::default() },
            secret_changed: false,
        }
    }
}

/// Settings of a connection before a change; a member that did not change is absent.
#[derive(Debug, Clone, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ConnectionBefore<'a> {
    /// Issuer of the identity provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<&'a str>,
    /// Client id there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<&'a str>,
    /// Whether users may sign in through it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Whether a sign-in may create a user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jit: Option<bool>,
    /// Authentication at the token endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub auth_method: Option<ProviderAuth>,
    /// Whether token requests are bound to a key (DPoP).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dpop: Option<bool>,
    /// Claim with the groups of the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups_claim: Option<&'a str>,
}

/// Another workspace proved that the provider's app is its own. Nobody can sign in through this connection.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ConnectionTaken<'a> {
    /// Issuer of the identity provider.
    pub issuer: &'a str,
    /// Client id there.
    pub client_id: &'a str,
}

impl EventData for ConnectionTaken<'_> {
    const KIND: EventKind = EventKind::ConnectionTaken;
    const TARGETS: Targets = &[target::CONNECTION];
}

#[cfg(test)]
impl Example for ConnectionTaken<'static> {
    fn example() -> Self {
        Self { issuer: "https://acme.okta.com", client_id: "0oa1ab2c3d4E5F6G7h8" }
    }
}
