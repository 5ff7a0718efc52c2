//! Settings of an OpenID Connect connection as a caller gives them, and which connection they are for.

use secrecy::SecretString;
use vestibule_core::{ids::ConnectionId, sets::ProviderKind};
use vestibule_store::{Error, providers::connections::Connection};
use vestibule_web::outbound::discovery::Discovered;

use crate::{people::end_access::EndAccess, refusal::Refusal};

/// Most OpenID Connect connections of a workspace.
pub(super) const MOST_CONNECTIONS: usize = 20;

/// The connection that is saved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Which {
    /// The only connection; created if there is none. Refused if the workspace has several.
    #[default]
    Only,
    /// The connection with this id.
    Id(ConnectionId),
    /// The connection with this name; created if there is none.
    Named(String),
    /// A new connection.
    New,
    /// A new connection with this id.
    Declared(ConnectionId),
}

impl Which {
    /// The stored connection; `None`: a new one is created.
    pub(super) fn find<'a>(&self, all: &'a [Connection]) -> Result<Option<&'a Connection>, SettingsError> {
        match self {
            Self::Only if all.len() > 1 => Err(SettingsError::Field(several(all))),
            Self::Only => Ok(all.first()),
            Self::Id(id) => {
                let found = all.iter().find(|connection| connection.connection_id == *id);
                found.map(Some).ok_or(SettingsError::Store(Error::NotFound))
            }
            Self::Named(name) => Ok(all.iter().find(|connection| connection.name == name.trim())),
            Self::New | Self::Declared(_) => Ok(None),
        }
    }

    /// The name that a new connection gets.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Named(name) => Some(name),
            Self::Only | Self::Id(_) | Self::New | Self::Declared(_) => None,
        }
    }
}

/// Says that a connection has to be named.
fn several(all: &[Connection]) -> String {
    let names: Vec<&str> = all.iter().map(|connection| connection.name.as_str()).collect();
    format!("this workspace has several OpenID Connect connections ({}); say which one", names.join(", "))
}

/// Settings to be saved. `None` changes nothing.
#[derive(Default)]
pub struct Settings {
    /// Which connection.
    pub which: Which,
    /// Name of the connection, for people.
    pub name: Option<String>,
    /// Kind of the provider.
    pub provider: Option<ProviderKind>,
    /// Kind of a new provider if its issuer does not reveal one.
    pub assumed: ProviderKind,
    /// The issuer, normalised.
    pub issuer: String,
    /// Client id at the provider.
    pub client_id: String,
    /// Client secret at the provider.
    pub client_secret: Option<SecretString>,
    /// Whether people may sign in through it.
    pub enabled: Option<bool>,
    /// Whether unknown people are created.
    pub jit: Option<bool>,
    /// Text of a [`vestibule_core::sets::ProviderAuth`].
    pub auth_method: Option<String>,
    /// Whether access tokens are bound to a key (RFC 9449).
    pub dpop: Option<bool>,
    /// The claim with a person's groups; empty: none.
    pub groups_claim: Option<String>,
    /// Whether it may let AI clients act for people. Switching it off stops every AI client of the workspace.
    pub cross_app: Option<bool>,
    /// Whether to make it the default, which a sign-in uses that names no connection. The workspace's first connection becomes it anyway.
    pub make_default: bool,
    /// Whether the first connection of the workspace does not become the default.
    pub stays_ordinary: bool,
    /// The provider's metadata as just fetched.
    pub discovered: Option<Discovered>,
    /// Users whose access ends.
    pub end_access: EndAccess,
}

impl Settings {
    /// The kind of the provider: the given one, else that of a new issuer, else the previous one, else the assumed one.
    pub(super) fn kind(&self, before: Option<&Connection>) -> ProviderKind {
        let recognised = match before {
            Some(before) if before.issuer == self.issuer => ProviderKind::Any,
            _ => ProviderKind::recognise(&self.issuer),
        };
        match (self.provider, recognised, before) {
            (Some(given), ..) => given,
            (None, ProviderKind::Any, Some(before)) => before.provider,
            (None, ProviderKind::Any, None) => self.assumed,
            (None, recognised, _) => recognised,
        }
    }

    /// Settings that change nothing of a connection.
    pub fn of(connection: &Connection) -> Self {
        Self {
            which: Which::Id(connection.connection_id.clone()),
            issuer: connection.issuer.clone(),
            client_id: connection.client_id.clone(),
            ..Self::default()
        }
    }
}

/// Why settings are not saved.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A field is wrong: a sentence for the person who typed it.
    #[error("{0}")]
    Field(String),
    /// The store failed, or has no connection of the id.
    #[error(transparent)]
    Store(#[from] Error),
}

impl From<Refusal> for SettingsError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Store(error) => Self::Store(error),
            other => Self::Field(other.to_string()),
        }
    }
}

impl From<SettingsError> for Refusal {
    fn from(error: SettingsError) -> Self {
        match error {
            SettingsError::Field(sentence) => Self::Conflict(sentence),
            SettingsError::Store(error) => Self::Store(error),
        }
    }
}
