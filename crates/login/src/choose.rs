//! Which connection of a workspace a sign-in uses.

use vestibule_core::{
    ids::{ConnectionId, WorkspaceId},
    sets::ProviderKind,
};
use vestibule_store::{
    Conn, Result,
    providers::{
        connection_domains,
        connections::{self, Connection},
        saml_connections::{self, SamlConnection},
    },
};

use crate::person::Protocol;

/// The chosen connection.
#[derive(Debug, Clone)]
pub(crate) enum Chosen {
    /// A connection of OpenID Connect.
    Oidc(Box<Connection>),
    /// A SAML connection.
    Saml(Box<SamlConnection>),
}

impl Chosen {
    /// Whether people may sign in through the connection.
    pub(crate) fn is_enabled(&self) -> bool {
        match self {
            Self::Oidc(connection) => connection.enabled,
            Self::Saml(connection) => connection.enabled,
        }
    }

    /// Id of the connection.
    pub(crate) fn id(&self) -> &ConnectionId {
        match self {
            Self::Oidc(connection) => &connection.connection_id,
            Self::Saml(connection) => &connection.connection_id,
        }
    }

    /// Name of the connection, for people.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Oidc(connection) => &connection.name,
            Self::Saml(connection) => &connection.name,
        }
    }

    /// Kind of the provider.
    pub(crate) fn provider(&self) -> ProviderKind {
        match self {
            Self::Oidc(connection) => connection.provider,
            Self::Saml(connection) => connection.kind(),
        }
    }

    fn is_default(&self) -> bool {
        match self {
            Self::Oidc(connection) => connection.is_default,
            Self::Saml(connection) => connection.is_default,
        }
    }

    /// Whether it is the OpenID Connect connection of this issuer.
    fn is_of_issuer(&self, issuer: &str) -> bool {
        match self {
            Self::Oidc(connection) => connection.issuer.trim_end_matches('/') == issuer.trim_end_matches('/'),
            Self::Saml(_) => false,
        }
    }
}

/// What the request says about the connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Criteria {
    /// Id of the connection.
    pub connection: Option<ConnectionId>,
    /// Protocol of the connection; `None`: any.
    pub protocol: Option<Protocol>,
    /// Issuer of the provider that sends the person (third-party initiated login, OpenID Connect Core §4).
    pub issuer: Option<String>,
    /// Domain of the person's email address, as it is stored.
    pub domain: Option<String>,
}

/// Chooses a connection; `None` when the workspace has none of the kind.
///
/// The order: the connection that is named; that of the issuer; that of the email domain, if it is switched on; the default; another of
/// OpenID Connect; another of SAML. A connection that is switched off is chosen only if it is named, has the issuer, or no other is
/// switched on.
pub(crate) fn choose(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    wanted: &Criteria,
) -> Result<Option<Chosen>> {
    if let Some(connection_id) = &wanted.connection {
        let named = find(conn, workspace_id, connection_id)?;
        let is_of_the_kind =
            |chosen: &Chosen| wanted.protocol != Some(Protocol::Saml) || matches!(chosen, Chosen::Saml(_));
        return Ok(named.filter(is_of_the_kind));
    }
    let oidc = match wanted.protocol {
        Some(Protocol::Saml) => Vec::new(),
        _ => connections::list(conn, workspace_id)?,
    };
    let saml = match wanted.protocol {
        Some(Protocol::Oidc) => Vec::new(),
        _ => saml_connections::list(conn, workspace_id)?,
    };
    let mut all = in_order(oidc, saml);
    let of_issuer =
        wanted.issuer.as_ref().and_then(|issuer| all.iter().position(|one| one.is_of_issuer(issuer)));
    let of_domain = match (&wanted.domain, all.len() > 1) {
        (Some(domain), true) => connection_domains::find(conn, workspace_id, domain)?,
        _ => None,
    };
    let of_domain = of_domain.and_then(|id| all.iter().position(|one| *one.id() == id && one.is_enabled()));
    let enabled = || all.iter().position(Chosen::is_enabled);
    let position = of_issuer.or(of_domain).or_else(enabled).unwrap_or(0);
    Ok((position < all.len()).then(|| all.swap_remove(position)))
}

/// Finds a connection by its id, whatever its protocol.
pub(crate) fn find(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    connection_id: &ConnectionId,
) -> Result<Option<Chosen>> {
    if let Some(saml) = saml_connections::find(conn, workspace_id, connection_id)? {
        return Ok(Some(Chosen::Saml(Box::new(saml))));
    }
    let oidc = connections::find(conn, workspace_id, connection_id)?;
    Ok(oidc.map(|connection| Chosen::Oidc(Box::new(connection))))
}

/// All connections in order: the default, then those of OpenID Connect, then those of SAML.
fn in_order(oidc: Vec<Connection>, saml: Vec<SamlConnection>) -> Vec<Chosen> {
    let oidc = oidc.into_iter().map(|connection| Chosen::Oidc(Box::new(connection)));
    let saml = saml.into_iter().map(|connection| Chosen::Saml(Box::new(connection)));
    let mut all: Vec<Chosen> = oidc.chain(saml).collect();
    all.sort_by_key(|chosen| !chosen.is_default());
    all
}
