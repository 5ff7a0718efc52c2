//! Sign-outs here that a SAML provider is asked to follow (SAML Profiles §4.4). The session has ended already. A row has the content of
//! the LogoutRequest, and where the browser goes after the provider's answer.

use diesel::prelude::*;
use vestibule_core::{
    ids::{ConnectionId, WorkspaceId},
    time::{Micros, SECOND},
};

use crate::{
    Conn, Result,
    access::{secrets, sessions::Session},
    db::schema::saml_logouts,
    providers::{identities, saml_connections},
};

/// How long the provider's answer is awaited: ten minutes.
pub const LIFETIME: Micros = 600 * SECOND;

/// A sign-out that waits for the provider's answer.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = saml_logouts)]
pub struct SamlLogout {
    /// Workspace of the session.
    pub workspace_id: WorkspaceId,
    /// Digest of the ID of the LogoutRequest.
    pub request_digest: String,
    /// Connection that the session began with.
    pub connection_id: ConnectionId,
    /// NameID, as the assertion had it.
    pub name_id: String,
    /// Format of the NameID.
    pub name_id_format: String,
    /// SessionIndex; empty: the assertion had none.
    pub session_index: String,
    /// Where the browser goes after the sign-out.
    pub return_to: String,
    /// Expiry.
    pub expires_at: Micros,
}

/// Begins the sign-out at the provider of a session that ends in this transaction. Returns the ID of the LogoutRequest, which is random
/// and known to this browser alone until it is sent. `None`: the session did not begin by SAML, the user's identity at the provider was
/// unlinked, or the connection has no sign-out URL.
pub fn begin(conn: &mut Conn, session: &Session, return_to: &str, now: Micros) -> Result<Option<String>> {
    let Session { workspace_id, issuer, name_id_format, .. } = session;
    if name_id_format.is_empty() {
        return Ok(None);
    }
    let connection = saml_connections::find_by_issuer(conn, workspace_id, issuer)?;
    let Some(connection) = connection.filter(|one| !one.slo_url.is_empty()) else { return Ok(None) };
    let name_id = identities::find_subject(conn, workspace_id, &session.user_id, issuer)?;
    let Some(name_id) = name_id else { return Ok(None) };
    // SAML Core §1.3.4: an ID is random, and an XML name, so it can't begin with a digit.
    let request_id = format!("_{}", secrets::nonce()?);
    let logout = SamlLogout {
        workspace_id: workspace_id.clone(),
        request_digest: digest(&request_id),
        connection_id: connection.connection_id,
        name_id,
        name_id_format: name_id_format.clone(),
        session_index: session.provider_sid.clone(),
        return_to: return_to.to_owned(),
        expires_at: now + LIFETIME,
    };
    diesel::insert_into(saml_logouts::table).values(&logout).execute(conn)?;
    Ok(Some(request_id))
}

/// Finds the sign-out of a LogoutRequest. Does not delete it.
pub fn find(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    request_id: &str,
    now: Micros,
) -> Result<Option<SamlLogout>> {
    Ok(saml_logouts::table
        .find((workspace_id, digest(request_id)))
        .filter(saml_logouts::expires_at.gt(now))
        .select(SamlLogout::as_select())
        .first(conn)
        .optional()?)
}

/// Takes the sign-out that the provider's answer names, if it is of this connection. Later calls return `None`.
pub fn take(
    conn: &mut Conn,
    (workspace_id, connection_id): (&WorkspaceId, &ConnectionId),
    request_id: &str,
    now: Micros,
) -> Result<Option<SamlLogout>> {
    let found = find(conn, workspace_id, request_id, now)?;
    let Some(logout) = found.filter(|logout| logout.connection_id == *connection_id) else {
        return Ok(None);
    };
    let taken =
        diesel::delete(saml_logouts::table.find((workspace_id, &logout.request_digest))).execute(conn)?;
    // On PostgreSQL two concurrent answers can both read the row, but only one deletes it.
    Ok(Some(logout).filter(|_| taken == 1))
}

fn digest(request_id: &str) -> String {
    secrets::digest(&format!("saml logout {request_id}"))
}
