//! OpenID Connect connections, and the email domains of connections.

use serde::Serialize;
use vestibule_core::sets::{ProviderAuth, ProviderKind};

#[cfg(test)]
use crate::trail::events::kinds::example::{self, Example};
use crate::trail::events::kinds::{EventData, EventKind, Targets, target};

/// An OpenID Connect connection was created or saved.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ConnectionChanged<'a> {
    /// Id of the connection.
    pub connection: &'a str,
    /// Name of the connection.
    pub name: &'a str,
    /// Whether a sign-in that names no connection uses it.
    pub is_default: bool,
    /// Kind of the identity provider, such as `okta`.
    #[cfg_attr(test, schemars(with = "String"))]
    pub provider: ProviderKind,
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
    /// Whether it may let AI clients act for users (Cross App Access).
    pub cross_app: bool,
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
            connection: example::ID,
            name: "Okta",
            is_default: true,
            provider: ProviderKind::Okta,
            issuer: "https://acme.okta.com",
            client_id: "0oa1ab2c3d4E5F6G7h8",
            enabled: true,
            jit: false,
            auth_method: ProviderAuth::Auto,
            dpop: false,
            groups_claim: "",
            cross_app: false,
            before: ConnectionBefore { jit: Some(true), ..ConnectionBefore::default() },
            secret_changed: false,
        }
    }
}

/// Settings of a connection before a change; a member that did not change is absent.
#[derive(Debug, Clone, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ConnectionBefore<'a> {
    /// Kind of the identity provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub provider: Option<ProviderKind>,
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
    /// Whether it may let AI clients act for users.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cross_app: Option<bool>,
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

/// An OpenID Connect connection was deleted. Nobody signs in through it any more, and its Universal Logout reaches nobody; sessions that
/// began through it go on.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ConnectionDeleted<'a> {
    /// Id of the connection.
    pub connection: &'a str,
    /// Name of the connection.
    pub name: &'a str,
    /// Issuer of the identity provider.
    pub issuer: &'a str,
}

impl EventData for ConnectionDeleted<'_> {
    const KIND: EventKind = EventKind::ConnectionDeleted;
    const TARGETS: Targets = &[target::CONNECTION];
}

#[cfg(test)]
impl Example for ConnectionDeleted<'static> {
    fn example() -> Self {
        Self { connection: example::ID, name: "Okta", issuer: "https://acme.okta.com" }
    }
}

/// The email domains whose people are sent to a connection were set. Nobody is recognised by them.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ConnectionDomainsSet<'a> {
    /// Id of the connection, of OpenID Connect or of SAML.
    pub connection: &'a str,
    /// All its domains now.
    pub domains: &'a [String],
}

impl EventData for ConnectionDomainsSet<'_> {
    const KIND: EventKind = EventKind::ConnectionDomainsSet;
    const TARGETS: Targets = &[target::CONNECTION];
}

#[cfg(test)]
impl Example for ConnectionDomainsSet<'static> {
    fn example() -> Self {
        Self { connection: example::ID, domains: example::strings(&["acme.example"]) }
    }
}
