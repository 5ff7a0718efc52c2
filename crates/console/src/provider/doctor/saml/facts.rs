//! Facts about SAML connections: settings, certificates, and their use.

use vestibule_admin::provider::saml_connection::addresses;
use vestibule_core::{ids::WorkspaceId, providers::Provider};
use vestibule_store::{
    Conn, Error,
    providers::{
        saml_certificates::{self, SamlCertificate},
        saml_connections::{self, SamlConnection},
    },
};

use super::super::history::History;

/// A SAML connection, with its certificates, refusals and our addresses.
#[derive(Debug, Clone)]
pub(crate) struct Saml {
    pub connection: SamlConnection,
    pub certificates: Vec<SamlCertificate>,
    pub history: History,
    /// Where responses are posted.
    pub acs_url: String,
    /// Where logout messages go.
    pub slo_url: String,
    /// The audience of assertions.
    pub entity_id: String,
}

impl Saml {
    /// The provider, for words.
    pub fn at(&self) -> &'static Provider {
        self.connection.kind().facts()
    }

    /// The trusted certificates.
    pub fn trusted(&self) -> impl Iterator<Item = &SamlCertificate> {
        self.certificates.iter().filter(|certificate| certificate.trusted_at.is_some())
    }
}

/// Reads the connections; `api_url` is the origin of the API host.
pub(crate) fn read(conn: &mut Conn, workspace_id: &WorkspaceId, api_url: &str) -> Result<Vec<Saml>, Error> {
    let mut found = Vec::new();
    for connection in saml_connections::list(conn, workspace_id)? {
        let ours = addresses::of(api_url, &connection);
        found.push(Saml {
            certificates: saml_certificates::list(conn, &connection)?,
            history: History::default(),
            acs_url: ours.acs_url,
            slo_url: ours.slo_url,
            entity_id: ours.entity_id,
            connection,
        });
    }
    Ok(found)
}
