//! The connection that a Universal Logout request comes from: of OpenID Connect, whose keys its issuer publishes, or of SAML, whose app
//! signs with the key of its assertions (saml-facts §1.4).

use std::sync::Arc;

use vestibule_core::ids::{ConnectionId, WorkspaceId};
use vestibule_jose::KeySet;
use vestibule_saml::certificate::Certificate;
use vestibule_store::{
    Conn, Error,
    providers::{
        connections::{self, Connection},
        saml_connections::{self, SamlConnection},
    },
};
use vestibule_web::{
    State,
    crypto::saml_trust,
    outbound::issuer_keys::{IssuerKeys, Unproven},
};

use crate::assertion::Unverified;

/// The connection of a caller.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// Workspace of the connection.
    pub workspace_id: WorkspaceId,
    /// Id of the connection.
    pub connection_id: ConnectionId,
    /// Issuer of the identities of the connection's users.
    pub issuer: String,
    /// `iss` of the caller's tokens; for OpenID Connect equal to `issuer`.
    pub org: String,
    keys: CallerKeys,
}

#[derive(Debug, Clone)]
enum CallerKeys {
    /// Keys that the issuer of the connection publishes.
    Published(Box<Connection>),
    /// Keys of the certificates that the connection trusts.
    Trusted(Arc<KeySet>),
}

impl From<Connection> for Caller {
    fn from(connection: Connection) -> Self {
        Self {
            workspace_id: connection.workspace_id.clone(),
            connection_id: connection.connection_id.clone(),
            issuer: connection.issuer.clone(),
            org: connection.issuer.clone(),
            keys: CallerKeys::Published(Box::new(connection)),
        }
    }
}

impl Caller {
    /// Verifies the signature of a token from this caller.
    pub(crate) async fn verify(
        &self,
        state: &State,
        keys: &IssuerKeys,
        token: &Unverified,
    ) -> Result<(), Unproven> {
        match &self.keys {
            CallerKeys::Published(connection) => keys.verify(state, connection, &token.jws).await,
            CallerKeys::Trusted(keys) => Ok(state.verify(&self.connection_id, &token.jws, keys).await?),
        }
    }

    /// Whether the connection has keys of its own, so that another connection with the same `iss` and `sub` may have different keys.
    pub(crate) fn has_own_keys(&self) -> bool {
        matches!(self.keys, CallerKeys::Trusted(_))
    }
}

/// Connections of this region whose tokens have this `iss` and `sub`: those of OpenID Connect, or if there are none, those of SAML.
pub(crate) fn list(conn: &mut Conn, issuer: &str, subject: &str, region: &str) -> Result<Vec<Caller>, Error> {
    let found = connections::list_by_caller(conn, issuer, subject, region)?;
    if !found.is_empty() {
        return Ok(found.into_iter().map(Caller::from).collect());
    }
    let found = saml_connections::list_by_caller(conn, issuer, subject, region)?;
    found.into_iter().map(|connection| of_saml(conn, connection)).collect()
}

fn of_saml(conn: &mut Conn, connection: SamlConnection) -> Result<Caller, Error> {
    let certificates = saml_trust::trusted(conn, &connection)?;
    let jwks = certificates.iter().filter_map(Certificate::public_jwk);
    let keys = jwks.fold(KeySet::default(), |keys, jwk| keys.and(KeySet::of_key(&jwk.to_string())));
    Ok(Caller {
        workspace_id: connection.workspace_id,
        connection_id: connection.connection_id,
        issuer: connection.issuer,
        org: connection.okta_org,
        keys: CallerKeys::Trusted(Arc::new(keys)),
    })
}
