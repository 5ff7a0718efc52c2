//! Certificates that a SAML connection trusts, read for verifying. Those that wait for an administrator verify nothing.

use vestibule_saml::certificate::{Certificate, parse_pasted};
use vestibule_store::{
    Conn, Error,
    providers::{saml_certificates, saml_connections::SamlConnection},
};

/// The trusted certificates of a connection, the oldest first.
///
/// # Errors
/// [`Error::Corrupt`] when a stored certificate can't be read.
pub fn trusted(conn: &mut Conn, connection: &SamlConnection) -> Result<Vec<Certificate>, Error> {
    let mut certificates = Vec::new();
    for row in saml_certificates::list(conn, connection)?.into_iter().filter(|row| row.trusted_at.is_some()) {
        certificates.extend(parse_pasted(&row.certificate).map_err(|error| {
            let key = [connection.connection_id.as_str(), &row.fingerprint];
            Error::corrupt("saml_certificates.certificate", &key, error)
        })?);
    }
    Ok(certificates)
}
