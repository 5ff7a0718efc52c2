//! What a change does to the certificates of a SAML connection.

use vestibule_core::time::Micros;
use vestibule_saml::certificate::Certificate;
use vestibule_store::{
    Conn, Error,
    providers::{
        saml_certificates::{self, SamlCertificate},
        saml_connections::SamlConnection,
    },
};

use super::MOST_CERTIFICATES;
use crate::refusal::{Refusal, field};

/// Certificates that a change adds, trusts and removes. Texts are fingerprints.
#[derive(Debug, Default)]
pub(super) struct CertificateChange {
    new: Vec<Certificate>,
    /// Fingerprints of `new`.
    pub added: Vec<String>,
    /// Stored certificates that wait for an administrator.
    pub waiting: Vec<String>,
    /// Stored certificates that are no longer listed.
    pub removed: Vec<String>,
}

impl CertificateChange {
    /// Compares the wanted certificates with the stored ones.
    pub(super) fn of(wanted: &[Certificate], stored: &[SamlCertificate]) -> Result<Self, Refusal> {
        let mut all: Vec<(&Certificate, String)> = Vec::new();
        for certificate in wanted {
            let fingerprint = certificate.fingerprint();
            if all.iter().all(|(_, other)| *other != fingerprint) {
                all.push((certificate, fingerprint));
            }
        }
        if all.is_empty() {
            return field("certificate", "is missing: without one no sign-in could be verified");
        }
        if all.len() > MOST_CERTIFICATES {
            return field("certificate", format!("must be at most {MOST_CERTIFICATES}"));
        }
        let mut change = Self::default();
        for old in stored {
            let is_listed = all.iter().any(|(_, fingerprint)| *fingerprint == old.fingerprint);
            if !is_listed {
                change.removed.push(old.fingerprint.clone());
            } else if old.trusted_at.is_none() {
                change.waiting.push(old.fingerprint.clone());
            }
        }
        all.retain(|(_, fingerprint)| stored.iter().all(|old| old.fingerprint != *fingerprint));
        (change.new, change.added) =
            all.into_iter().map(|(new, fingerprint)| (new.clone(), fingerprint)).unzip();
        Ok(change)
    }

    /// Whether keys become trusted that are not trusted yet.
    pub(super) fn adds_trust(&self) -> bool {
        !self.added.is_empty() || !self.waiting.is_empty()
    }

    /// Whether nothing is added or removed.
    pub(super) fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }

    /// Writes the change. `trusted_at`: since when the new ones and the waiting ones are trusted; `None`: they wait.
    pub(super) fn write(
        &self,
        conn: &mut Conn,
        connection: &SamlConnection,
        now: Micros,
        trusted_at: Option<Micros>,
    ) -> Result<(), Error> {
        for (certificate, fingerprint) in self.new.iter().zip(&self.added) {
            let row = SamlCertificate {
                workspace_id: connection.workspace_id.clone(),
                connection_id: connection.connection_id.clone(),
                fingerprint: fingerprint.clone(),
                certificate: certificate.base64(),
                not_after: certificate.not_after(),
                trusted_at,
                warned_days: None,
                created_at: now,
            };
            saml_certificates::add(conn, &row)?;
        }
        if let Some(since) = trusted_at {
            for fingerprint in &self.waiting {
                saml_certificates::trust(conn, connection, fingerprint, since)?;
            }
        }
        for fingerprint in &self.removed {
            saml_certificates::remove(conn, connection, fingerprint)?;
        }
        Ok(())
    }
}
