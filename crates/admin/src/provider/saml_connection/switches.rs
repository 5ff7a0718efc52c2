//! Small changes of one SAML connection: switching it on and off, making it the default, and trusting a certificate.

use vestibule_core::ids::{ConnectionId, WorkspaceId};
use vestibule_store::{
    Error, Tx,
    providers::{
        saml_certificates,
        saml_connections::{self, SamlConnection},
    },
    trail::events::{Target, kinds::SamlCertificateTrusted},
};

use super::{OWNERS_ONLY, SamlSettings, change};
use crate::{
    actor::Actor,
    refusal::{Refusal, conflict},
};

/// Switches a connection on or off. While it is off, it signs nobody in, whether the sign-in begins here or at the provider.
///
/// # Errors
/// [`Error::NotFound`].
pub fn enable(
    conn: &mut Tx<'_>,
    actor: &Actor,
    connection: &SamlConnection,
    enabled: bool,
    allow_insecure: bool,
) -> Result<(), Refusal> {
    let settings = SamlSettings { enabled: Some(enabled), ..SamlSettings::of(connection) };
    change(conn, actor, (&connection.workspace_id, &connection.connection_id), settings, allow_insecure)
        .map(drop)
}

/// Makes a connection the default, which a sign-in uses that names no connection.
///
/// # Errors
/// [`Error::NotFound`].
pub fn make_default(
    conn: &mut Tx<'_>,
    actor: &Actor,
    connection: &SamlConnection,
    allow_insecure: bool,
) -> Result<(), Refusal> {
    let settings = SamlSettings { make_default: true, ..SamlSettings::of(connection) };
    change(conn, actor, (&connection.workspace_id, &connection.connection_id), settings, allow_insecure)
        .map(drop)
}

/// Trusts a certificate that came from the metadata and waits. Does nothing for one that is trusted already. Whoever has its key can
/// sign in as anybody, so only an owner may do this if the workspace has one.
///
/// # Errors
/// [`Error::NotFound`] when the connection has no such certificate.
pub fn trust(
    conn: &mut Tx<'_>,
    actor: &Actor,
    (workspace_id, connection_id): (&WorkspaceId, &ConnectionId),
    fingerprint: &str,
) -> Result<(), Refusal> {
    let connection = saml_connections::find(conn, workspace_id, connection_id)?.ok_or(Error::NotFound)?;
    let all = saml_certificates::list(conn, &connection)?;
    let certificate = all.iter().find(|one| one.fingerprint == fingerprint).ok_or(Error::NotFound)?;
    if certificate.trusted_at.is_some() {
        return Ok(());
    }
    if actor.lacks_owner(conn, workspace_id)? {
        return conflict(OWNERS_ONLY);
    }
    saml_certificates::trust(conn, &connection, fingerprint, actor.now)?;
    let data = SamlCertificateTrusted {
        connection: &connection.connection_id,
        name: &connection.name,
        fingerprint,
        not_after: certificate.not_after,
    };
    Ok(actor.record(conn, workspace_id, Target::Connection, &data)?)
}
