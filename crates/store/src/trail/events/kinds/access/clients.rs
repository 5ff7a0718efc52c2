//! OAuth clients and their grants. Clients of the whole deployment have no events.

use serde::Serialize;
use vestibule_core::sets::{Algorithm, ClientKind, DpopMode, GrantEndReason};

#[cfg(test)]
use crate::trail::events::kinds::example::{Example, ID};
use crate::trail::events::kinds::{EventData, EventKind, Targets, target};

/// An OAuth client.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ClientData<'a> {
    /// Id of the client.
    pub client: &'a str,
    /// `scim`, `app`, `mcp` or `service`.
    #[cfg_attr(test, schemars(with = "String"))]
    pub kind: ClientKind,
}

#[cfg(test)]
impl Example for ClientData<'static> {
    fn example() -> Self {
        Self { client: ID, kind: ClientKind::App }
    }
}

/// An OAuth client was created by the operator.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct ClientCreated<'a>(pub ClientData<'a>);

impl EventData for ClientCreated<'_> {
    const KIND: EventKind = EventKind::ClientCreated;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for ClientCreated<'static> {
    fn example() -> Self {
        Self(ClientData::example())
    }
}

/// An OAuth client was changed by the operator, or a switch of it by an administrator of its workspace.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ClientChanged<'a> {
    /// Id of the client.
    pub client: &'a str,
    /// `scim`, `app`, `mcp` or `service`.
    #[cfg_attr(test, schemars(with = "String"))]
    pub kind: ClientKind,
    /// Name that users see.
    pub name: &'a str,
    /// Where browsers may go with a code.
    pub redirect_uris: &'a [String],
    /// Where browsers may go after signing out.
    pub post_logout_redirect_uris: &'a [String],
    /// Whether its public keys were replaced.
    pub keys_replaced: bool,
    /// Lifetime of JWT access tokens in seconds; null: access tokens are opaque.
    pub jwt_access_tokens: Option<i64>,
    /// Signature algorithm of ID tokens.
    #[cfg_attr(test, schemars(with = "String"))]
    pub id_token_alg: Algorithm,
    /// Where logout tokens are sent; empty: nowhere.
    pub backchannel_logout_uri: &'a str,
    /// Scopes that it may ask for, separated by spaces; empty: the usual ones.
    pub scope: &'a str,
    /// Whether it may act for users by an assertion of their provider.
    pub cross_app: bool,
    /// Whether it must use PKCE although it is confidential.
    pub requires_pkce: bool,
    /// Whether it may exchange access tokens of users (RFC 8693).
    pub token_exchange: bool,
    /// URIs of the resources of which it may exchange tokens.
    pub serves: &'a [String],
    /// Whether its tokens are bound to a key (RFC 9449): `off`, `optional` or `required`.
    #[cfg_attr(test, schemars(with = "String"))]
    pub dpop: DpopMode,
    /// How long ago users may have authenticated, in seconds, if a request of the client says nothing else; null: any time.
    pub default_max_age: Option<i64>,
    /// Whether its ID tokens must have `auth_time`.
    pub requires_auth_time: bool,
}

impl EventData for ClientChanged<'_> {
    const KIND: EventKind = EventKind::ClientChanged;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for ClientChanged<'static> {
    fn example() -> Self {
        Self {
            client: ID,
            kind: ClientKind::App,
            name: "The product",
            redirect_uris: &[],
            post_logout_redirect_uris: &[],
            keys_replaced: false,
            jwt_access_tokens: None,
            id_token_alg: Algorithm::Rs256,
            backchannel_logout_uri: "",
            scope: "",
            cross_app: false,
            requires_pkce: false,
            token_exchange: false,
            serves: &[],
            dpop: DpopMode::Off,
            default_max_age: None,
            requires_auth_time: false,
        }
    }
}

/// An OAuth client was deleted.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct ClientDeleted<'a>(pub ClientData<'a>);

impl EventData for ClientDeleted<'_> {
    const KIND: EventKind = EventKind::ClientDeleted;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for ClientDeleted<'static> {
    fn example() -> Self {
        Self(ClientData::example())
    }
}

/// A secret of an OAuth client was issued.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct ClientSecretIssued<'a>(pub ClientData<'a>);

impl EventData for ClientSecretIssued<'_> {
    const KIND: EventKind = EventKind::ClientSecretIssued;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for ClientSecretIssued<'static> {
    fn example() -> Self {
        Self(ClientData::example())
    }
}

/// A secret of an OAuth client was ended.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct ClientSecretEnded<'a>(pub ClientData<'a>);

impl EventData for ClientSecretEnded<'_> {
    const KIND: EventKind = EventKind::ClientSecretEnded;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for ClientSecretEnded<'static> {
    fn example() -> Self {
        Self(ClientData::example())
    }
}

/// A user approved a client: an MCP client, or as an administrator the SCIM client.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ClientApproved<'a> {
    /// Name of the client.
    pub client: &'a str,
    /// Approved scopes, separated by spaces.
    pub scope: &'a str,
    /// Resource of the tokens (RFC 8707); empty: none named.
    pub resource: &'a str,
}

impl EventData for ClientApproved<'_> {
    const KIND: EventKind = EventKind::ClientApproved;
    const TARGETS: Targets = &[target::CLIENT];
}

#[cfg(test)]
impl Example for ClientApproved<'static> {
    fn example() -> Self {
        Self { client: "Claude", scope: "openid", resource: "https://mcp.acme.example/" }
    }
}

/// A client received its first tokens under a new grant.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct GrantGiven<'a> {
    /// Name of the client.
    pub client: &'a str,
    /// Granted scopes, separated by spaces.
    pub scope: &'a str,
    /// Id of the user who approved it; null: a client that acts for the workspace.
    pub approved_by: Option<&'a str>,
    /// Whether pushes under it may give and take the role `owner`; null: not a SCIM client.
    pub may_give_owner: Option<bool>,
}

impl EventData for GrantGiven<'_> {
    const KIND: EventKind = EventKind::GrantGiven;
    const TARGETS: Targets = &[target::GRANT];
}

#[cfg(test)]
impl Example for GrantGiven<'static> {
    fn example() -> Self {
        Self { client: "Claude", scope: "openid", approved_by: Some(ID), may_give_owner: None }
    }
}

/// A grant was ended, with all its tokens.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct GrantEnded {
    /// Cause: `client`, `person`, `administrator`, `operator`, `code_used_twice` or `refresh_token_used_twice`.
    #[cfg_attr(test, schemars(with = "String"))]
    pub reason: GrantEndReason,
}

impl EventData for GrantEnded {
    const KIND: EventKind = EventKind::GrantEnded;
    const TARGETS: Targets = &[target::GRANT];
}

#[cfg(test)]
impl Example for GrantEnded {
    fn example() -> Self {
        Self { reason: GrantEndReason::User }
    }
}
