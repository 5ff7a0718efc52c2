//! Which connection of a workspace a sign-in uses.

use vestibule_core::ids::{ConnectionId, WorkspaceId};
use vestibule_store::{
    Conn, Result,
    providers::{
        connections::{self, Connection},
        saml_connections::{self, SamlConnection},
    },
};

use crate::person::Protocol;

/// The chosen connection.
#[derive(Debug, Clone)]
pub(crate) enum Chosen {
    /// The OpenID Connect connection.
    Oidc(Connection),
    /// A SAML connection.
    Saml(Box<SamlConnection>),
}

impl Chosen {
    /// Whether people may sign in through it.
    pub(crate) fn is_enabled(&self) -> bool {
        match self {
            Self::Oidc(connection) => connection.enabled,
            Self::Saml(connection) => connection.enabled,
        }
    }
}

/// What the request says about the connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    /// The SAML connection.
    pub connection: Option<ConnectionId>,
    /// The protocol.
    pub protocol: Option<Protocol>,
}

/// Chooses a connection; `None` when the workspace has none of the kind. The order: the SAML connection that is named; the default SAML
/// connection; OpenID Connect; another SAML connection. One that is switched off comes after all others.
pub(crate) fn choose(conn: &mut Conn, workspace_id: &WorkspaceId, wanted: &Wanted) -> Result<Option<Chosen>> {
    if let Some(connection_id) = &wanted.connection {
        let named = saml_connections::find(conn, workspace_id, connection_id)?;
        return Ok(named.map(|connection| Chosen::Saml(Box::new(connection))));
    }
    let oidc = match wanted.protocol {
        Some(Protocol::Saml) => None,
        _ => connections::find(conn, workspace_id)?,
    };
    let saml = match wanted.protocol {
        Some(Protocol::Oidc) => Vec::new(),
        _ => saml_connections::list(conn, workspace_id)?,
    };
    Ok(first(oidc, saml))
}

/// The first in order; `saml` begins with the default.
fn first(oidc: Option<Connection>, saml: Vec<SamlConnection>) -> Option<Chosen> {
    let has_default = saml.first().is_some_and(|connection| connection.is_default);
    let mut all: Vec<Chosen> =
        saml.into_iter().map(|connection| Chosen::Saml(Box::new(connection))).collect();
    if let Some(oidc) = oidc {
        all.insert(usize::from(has_default), Chosen::Oidc(oidc));
    }
    let enabled = all.iter().position(Chosen::is_enabled);
    all.into_iter().nth(enabled.unwrap_or(0))
}
