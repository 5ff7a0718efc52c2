//! Applies the provider's metadata when it is read again: takes over its certificates, and nothing else. For another issuer or other
//! addresses, an administrator must save the metadata again.

use vestibule_saml::metadata::IdpMetadata;
use vestibule_store::{
    Tx,
    providers::{saml_certificates, saml_connections::SamlConnection},
    trail::events::{Target, kinds::SamlCertificatesRead},
};

use super::certificates::CertificateChange;
use crate::{
    actor::Actor,
    refusal::{Refusal, conflict},
};

/// What reading the metadata changed. Texts are fingerprints.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct MetadataRead {
    /// New certificates that are trusted now.
    pub trusted: Vec<String>,
    /// New certificates that wait for an administrator.
    pub waiting: Vec<String>,
    /// Certificates that the metadata no longer lists: they are not trusted any more.
    pub removed: Vec<String>,
}

/// Takes over the certificates of metadata that was just read from the connection's metadata URL. New ones are trusted at once where the
/// connection says so; otherwise they wait, and no certificate is removed before one of the metadata is trusted.
pub fn take_over(
    conn: &mut Tx<'_>,
    actor: &Actor,
    connection: &SamlConnection,
    metadata: &IdpMetadata,
) -> Result<MetadataRead, Refusal> {
    if metadata.entity_id != connection.issuer {
        return conflict(format!(
            "the metadata is of another issuer now: {}; save the connection again if this is intended",
            metadata.entity_id
        ));
    }
    let stored = saml_certificates::list(conn, connection)?;
    let mut change = CertificateChange::of(&metadata.certificates, &stored)?;
    let trusts = connection.trusts_metadata;
    let stays_trusted =
        stored.iter().any(|old| old.trusted_at.is_some() && !change.removed.contains(&old.fingerprint));
    if !trusts && !stays_trusted {
        change.removed.clear();
    }
    if change.is_empty() {
        return Ok(MetadataRead::default());
    }
    change.write(conn, connection, actor.now, trusts.then_some(actor.now))?;
    let mut read = MetadataRead { removed: change.removed.clone(), ..MetadataRead::default() };
    *(if trusts { &mut read.trusted } else { &mut read.waiting }) = change.added.clone();
    let data = SamlCertificatesRead {
        connection: &connection.connection_id,
        name: &connection.name,
        metadata_url: &connection.metadata_url,
        trusted: &read.trusted,
        waiting: &read.waiting,
        removed: &read.removed,
    };
    actor.record(conn, &connection.workspace_id, Target::Connection, &data)?;
    Ok(read)
}
