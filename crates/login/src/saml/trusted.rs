//! The SAML connections of a workspace with the certificates that they trust, and which of them a message is of.

use actix_web::HttpRequest;
use vestibule_core::ids::WorkspaceId;
use vestibule_saml::certificate::Certificate;
use vestibule_store::{
    Conn, Error,
    providers::saml_connections::{self, SamlConnection},
};
use vestibule_web::{State, crypto::saml_trust, http::request};

use super::provider_metadata;
use crate::{person::Protocol, refusal::Refusal};

/// A connection and the certificates that it trusts.
pub(super) struct Trusted {
    pub connection: SamlConnection,
    pub certificates: Vec<Certificate>,
}

/// Reads the connections of a workspace.
pub(super) fn all(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Vec<Trusted>, Error> {
    let mut all = Vec::new();
    for connection in saml_connections::list(conn, workspace_id)? {
        let certificates = saml_trust::trusted(conn, &connection)?;
        all.push(Trusted { connection, certificates });
    }
    Ok(all)
}

/// The connection that a message claims to be of, or the only one. The claim only chooses which certificates must have signed it. `None`:
/// there is no connection, or there are several and none has this issuer.
pub(super) fn pick(mut all: Vec<Trusted>, issuer: Option<&str>) -> Option<Trusted> {
    if all.len() > 1 {
        all.retain(|one| Some(one.connection.issuer.as_str()) == issuer);
    }
    all.pop()
}

/// Reads the metadata again, because no known key has signed a message and the provider may have a new one. Returns the trusted
/// certificates, or `None` if the metadata has no new certificate that is trusted at once.
pub(super) async fn newer(
    req: &HttpRequest,
    state: &State,
    connection: &SamlConnection,
) -> Result<Option<Vec<Certificate>>, Refusal> {
    let cause = request::cause(req, Protocol::Saml.actor());
    match provider_metadata::read(state, connection, cause).await {
        Ok(Some(read)) if !read.trusted.is_empty() => {}
        Ok(_) => return Ok(None),
        Err(sentence) => {
            tracing::warn!(workspace = %connection.workspace_id, sentence, "saml_metadata.not_read");
            return Ok(None);
        }
    }
    let workspace_id = connection.workspace_id.clone();
    let trusted = state.read(move |conn| all(conn, &workspace_id)).await?;
    let same = trusted.into_iter().find(|one| one.connection.connection_id == connection.connection_id);
    Ok(same.map(|same| same.certificates))
}
