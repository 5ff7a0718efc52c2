//! Provisioning tokens and API tokens.

use serde::Serialize;

#[cfg(test)]
use crate::trail::events::kinds::example::{Example, ID};
use crate::trail::events::kinds::{EventData, EventKind, Targets, target};

/// A provisioning token was created.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ProvisioningTokenCreated<'a> {
    /// Id of the token.
    pub token: &'a str,
    /// Name of the token.
    pub name: &'a str,
    /// Scopes, separated by spaces.
    pub scope: &'a str,
    /// Whether pushes with it may give and take the role `owner`.
    pub may_give_owner: bool,
    /// Id of the token that it will replace.
    pub beside: Option<&'a str>,
}

impl EventData for ProvisioningTokenCreated<'_> {
    const KIND: EventKind = EventKind::ProvisioningTokenCreated;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for ProvisioningTokenCreated<'static> {
    fn example() -> Self {
        Self { token: ID, name: "Okta", scope: "scim.read scim.write", may_give_owner: true, beside: None }
    }
}

/// A provisioning token was revoked.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TokenRevoked<'a> {
    /// Id of the token.
    pub token: &'a str,
    /// Name of the token.
    pub name: &'a str,
}

impl EventData for TokenRevoked<'_> {
    const KIND: EventKind = EventKind::TokenRevoked;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for TokenRevoked<'static> {
    fn example() -> Self {
        Self { token: ID, name: "Okta" }
    }
}

/// An API token that acts for a user was created.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ApiTokenCreated<'a> {
    /// Id of the token.
    pub token: &'a str,
    /// Name of the token.
    pub name: &'a str,
    /// Scopes, separated by spaces.
    pub scope: &'a str,
    /// Lifetime in days.
    pub days: i64,
}

impl EventData for ApiTokenCreated<'_> {
    const KIND: EventKind = EventKind::ApiTokenCreated;
    const TARGETS: Targets = &[target::USER];
}

#[cfg(test)]
impl Example for ApiTokenCreated<'static> {
    fn example() -> Self {
        Self { token: ID, name: "CI", scope: "read", days: 90 }
    }
}

/// An API token was revoked.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ApiTokenRevoked<'a> {
    /// Id of the token.
    pub token: &'a str,
}

impl EventData for ApiTokenRevoked<'_> {
    const KIND: EventKind = EventKind::ApiTokenRevoked;
    const TARGETS: Targets = &[target::USER];
}

#[cfg(test)]
impl Example for ApiTokenRevoked<'static> {
    fn example() -> Self {
        Self { token: ID }
    }
}

/// A provisioning token or API token expires soon. Recorded 30, 7 and 1 days before, each once, by the actor `vestibule`; not of a
/// threshold that is longer than the life of the token. The target is the user whom an API token acts for, otherwise the workspace.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CredentialExpiring<'a> {
    /// `provisioning`: a provisioning token; `api`: an API token.
    pub credential_kind: &'a str,
    /// Id of the token.
    pub token: &'a str,
    /// Name of the token.
    pub name: &'a str,
    /// Last four characters of the token; null: not stored.
    pub last_four: Option<&'a str>,
    /// Threshold in days: 30, 7 or 1.
    pub days: i64,
    /// Expiry, in seconds since 1970.
    pub expires_at: i64,
}

impl EventData for CredentialExpiring<'_> {
    const KIND: EventKind = EventKind::CredentialExpiring;
    const TARGETS: Targets = &[target::WORKSPACE, target::USER];
}

#[cfg(test)]
impl Example for CredentialExpiring<'static> {
    fn example() -> Self {
        Self {
            credential_kind: "provisioning",
            token: ID,
            name: "Okta",
            last_four: Some("x3Qk"),
            days: 7,
            expires_at: 1_798_761_600,
        }
    }
}
