//! Who acts for users: AI clients by an assertion of the users' provider (Cross App Access), services by token exchange; and the resources
//! they use.

use serde::Serialize;
use vestibule_core::sets::GrantEndReason;

#[cfg(test)]
use crate::trail::events::kinds::example::{Example, ID};
use crate::trail::events::kinds::{EventData, EventKind, Targets, target};

/// An AI client was allowed to act for a user, by an assertion of the user's provider. Recorded for the first assertion of a grant;
/// later ones renew the access without an event.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AgentAccessGiven<'a> {
    /// Id of the client.
    pub client: &'a str,
    /// Name of the client.
    pub name: &'a str,
    /// Agent that the assertion names (`act.sub`); empty: none.
    pub agent: &'a str,
    /// Granted scopes, separated by spaces.
    pub scope: &'a str,
    /// Resource of the tokens; empty: none named.
    pub resource: &'a str,
    /// Issuer of the assertion.
    pub issuer: &'a str,
    /// How the user was recognised: `identity`, `external_id`, `name` or `created`.
    pub by: &'a str,
    /// Id of the grant.
    pub grant: &'a str,
}

impl EventData for AgentAccessGiven<'_> {
    const KIND: EventKind = EventKind::AgentAccessGiven;
    const TARGETS: Targets = &[target::USER];
}

#[cfg(test)]
impl Example for AgentAccessGiven<'static> {
    fn example() -> Self {
        Self {
            client: "vclient_AZQx",
            name: "Claude",
            agent: "wlp1ab2c3d4E5F6G7h8",
            scope: "files:read",
            resource: "https://mcp.acme.example/",
            issuer: "https://acme.okta.com",
            by: "identity",
            grant: ID,
        }
    }
}

/// An assertion for an AI client was refused, at most once a minute for each reason.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AgentAccessRefused<'a> {
    /// Id of the client.
    pub client: &'a str,
    /// Name of the failed check, such as `aud`, `jti` or `person`.
    pub reason: &'a str,
    /// What failed, for an administrator.
    pub detail: &'a str,
    /// Issuer of the assertion.
    pub issuer: &'a str,
}

impl EventData for AgentAccessRefused<'_> {
    const KIND: EventKind = EventKind::AgentAccessRefused;
    const TARGETS: Targets = &[target::CONNECTION];
}

#[cfg(test)]
impl Example for AgentAccessRefused<'static> {
    fn example() -> Self {
        Self {
            client: "vclient_AZQx",
            reason: "resource",
            detail: "no resource of this workspace is https://mcp.acme.example",
            issuer: "https://acme.okta.com",
        }
    }
}

/// AI clients were stopped from acting for users: their grants ended, with all tokens. A provider that still allows them can issue new
/// assertions, unless the client or the connection may use none.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AgentAccessEnded<'a> {
    /// Id of the client; null: all clients.
    pub client: Option<&'a str>,
    /// Id of the user for whom alone it ended; null: for all.
    pub user: Option<&'a str>,
    /// Number of grants that ended.
    pub grants: usize,
    /// Cause: `person`, `administrator` or `operator`.
    #[cfg_attr(test, schemars(with = "String"))]
    pub reason: GrantEndReason,
}

impl EventData for AgentAccessEnded<'_> {
    const KIND: EventKind = EventKind::AgentAccessEnded;
    const TARGETS: Targets = &[target::WORKSPACE, target::USER];
}

#[cfg(test)]
impl Example for AgentAccessEnded<'static> {
    fn example() -> Self {
        Self { client: Some("vclient_AZQx"), user: None, grants: 12, reason: GrantEndReason::Administrator }
    }
}

/// A service was allowed to act for a user at another resource of the product, by exchange of an access token (RFC 8693). Recorded when the
/// service has no other live token of that grant for that resource.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TokenExchanged<'a> {
    /// Id of the service's client.
    pub client: &'a str,
    /// Name of that client.
    pub name: &'a str,
    /// Granted scopes, separated by spaces.
    pub scope: &'a str,
    /// Resource of the new token.
    pub resource: &'a str,
    /// Resource of the token that was exchanged.
    pub from: &'a str,
    /// Id of the grant that both tokens are under.
    pub grant: &'a str,
}

impl EventData for TokenExchanged<'_> {
    const KIND: EventKind = EventKind::TokenExchanged;
    const TARGETS: Targets = &[target::USER];
}

#[cfg(test)]
impl Example for TokenExchanged<'static> {
    fn example() -> Self {
        Self {
            client: "vclient_AZQx",
            name: "Files server",
            scope: "files:read",
            resource: "https://storage.acme.example/",
            from: "https://mcp.acme.example/",
            grant: ID,
        }
    }
}

/// What a service had from token exchanges for a user was ended. The service can exchange again as long as it gets tokens of the user.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ExchangedTokensEnded<'a> {
    /// Id of the service's client.
    pub client: &'a str,
    /// Number of its tokens that ended.
    pub tokens: usize,
    /// Cause: `person`, `administrator` or `operator`.
    #[cfg_attr(test, schemars(with = "String"))]
    pub reason: GrantEndReason,
}

impl EventData for ExchangedTokensEnded<'_> {
    const KIND: EventKind = EventKind::ExchangedTokensEnded;
    const TARGETS: Targets = &[target::USER];
}

#[cfg(test)]
impl Example for ExchangedTokensEnded<'static> {
    fn example() -> Self {
        Self { client: "vclient_AZQx", tokens: 2, reason: GrantEndReason::Administrator }
    }
}

/// A resource of the product.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ResourceData<'a> {
    /// Id of the resource.
    pub resource: &'a str,
    /// Its URI.
    pub uri: &'a str,
}

#[cfg(test)]
impl Example for ResourceData<'static> {
    fn example() -> Self {
        Self { resource: ID, uri: "https://mcp.acme.example/" }
    }
}

/// A resource of the product was registered by the operator.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct ResourceCreated<'a>(pub ResourceData<'a>);

impl EventData for ResourceCreated<'_> {
    const KIND: EventKind = EventKind::ResourceCreated;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for ResourceCreated<'static> {
    fn example() -> Self {
        Self(ResourceData::example())
    }
}

/// A resource of the product was changed by the operator.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ResourceChanged<'a> {
    /// Id of the resource.
    pub resource: &'a str,
    /// Its URI.
    pub uri: &'a str,
    /// Name that users see.
    pub name: &'a str,
    /// Its scopes.
    pub scopes: Vec<&'a str>,
    /// Ids of roles, one of which a user needs; empty: everybody may have its tokens.
    pub roles: &'a [String],
    /// Number of grants that ended, because a scope was removed.
    pub grants_ended: usize,
}

impl EventData for ResourceChanged<'_> {
    const KIND: EventKind = EventKind::ResourceChanged;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for ResourceChanged<'static> {
    fn example() -> Self {
        Self {
            resource: ID,
            uri: "https://mcp.acme.example/",
            name: "Files",
            scopes: vec!["files:read"],
            roles: &[],
            grants_ended: 0,
        }
    }
}

/// A resource of the product was deleted by the operator.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct ResourceDeleted<'a>(pub ResourceData<'a>);

impl EventData for ResourceDeleted<'_> {
    const KIND: EventKind = EventKind::ResourceDeleted;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for ResourceDeleted<'static> {
    fn example() -> Self {
        Self(ResourceData::example())
    }
}
