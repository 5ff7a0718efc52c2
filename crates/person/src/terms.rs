//! Data about a connection, of either protocol, and about the current login, by which people are matched.

use vestibule_core::{ids::WorkspaceId, time::Micros};
use vestibule_store::{
    access::logins::Login,
    providers::{
        connections::Connection,
        identities::IdentityKey,
        saml_connections::{AttributeNames, SamlConnection},
    },
};

use crate::{claims::Claims, join::Join};

/// Protocol of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// OpenID Connect.
    Oidc,
    /// SAML 2.0.
    Saml,
}

impl Protocol {
    /// Actor in the events of this protocol.
    pub fn actor(self) -> &'static str {
        match self {
            Self::Oidc => "okta:oidc",
            Self::Saml => "okta:saml",
        }
    }
}

/// Settings of a connection by which people are matched.
#[derive(Debug, Clone)]
pub struct Terms {
    /// Protocol.
    pub protocol: Protocol,
    /// The workspace: only its users are considered.
    pub workspace_id: WorkspaceId,
    /// Issuer of the identities.
    pub issuer: String,
    /// Whether an unknown person is created.
    pub jit: bool,
    /// When the issuer changed while users were linked at another one.
    pub issuer_changed_at: Option<Micros>,
    /// Claim or attribute with the names of groups; empty: none.
    pub groups_claim: String,
    /// Users found by a custom attribute that the UID attribute names.
    pub join: Option<Join>,
}

impl Terms {
    /// Key of the identity that these claims name.
    pub(crate) fn identity<'a>(&'a self, claims: &'a Claims) -> IdentityKey<'a> {
        IdentityKey { issuer: &self.issuer, subject: &claims.subject }
    }
}

impl From<&Connection> for Terms {
    fn from(connection: &Connection) -> Self {
        Self {
            protocol: Protocol::Oidc,
            workspace_id: connection.workspace_id.clone(),
            issuer: connection.issuer.clone(),
            jit: connection.jit,
            issuer_changed_at: connection.issuer_changed_at,
            groups_claim: connection.groups_claim.clone(),
            join: None,
        }
    }
}

impl Terms {
    /// Settings of a SAML connection.
    pub fn of_saml(connection: &SamlConnection, names: &AttributeNames) -> Self {
        Self {
            protocol: Protocol::Saml,
            workspace_id: connection.workspace_id.clone(),
            issuer: connection.issuer.clone(),
            jit: connection.jit,
            issuer_changed_at: connection.issuer_changed_at,
            groups_claim: [&names.groups, &names.roles]
                .into_iter()
                .flatten()
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(", "),
            join: None,
        }
    }

    /// Adds the users found by the UID attribute.
    #[must_use]
    pub fn joining(self, join: Option<Join>) -> Self {
        Self { join, ..self }
    }
}

/// The login at the provider that ends now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trip {
    /// Whether the provider was required to authenticate the person again.
    pub fresh: bool,
    /// When the login began.
    pub began_at: Micros,
}

impl From<&Login> for Trip {
    fn from(login: &Login) -> Self {
        Self { fresh: login.fresh, began_at: login.created_at }
    }
}
