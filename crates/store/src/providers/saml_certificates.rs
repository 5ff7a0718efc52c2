//! Certificates of SAML connections: those whose keys are trusted, and those that wait for an administrator. A connection may have several,
//! so that the provider can rotate its key.

use diesel::prelude::*;
use vestibule_core::{
    ids::{ConnectionId, WorkspaceId},
    time::Micros,
};

use crate::{
    Conn, Result,
    db::schema::{saml_certificates, saml_connections, workspaces},
    on_backend,
    providers::saml_connections::SamlConnection,
};

/// A certificate.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = saml_certificates)]
pub struct SamlCertificate {
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// The connection.
    pub connection_id: ConnectionId,
    /// SHA-256 of the certificate, in hex.
    pub fingerprint: String,
    /// The certificate, DER in base64.
    pub certificate: String,
    /// End of its validity, in seconds since 1970. Reported, not enforced: the certificate only carries a key.
    pub not_after: i64,
    /// Since when it is trusted; `None`: it came from the metadata and waits for an administrator.
    pub trusted_at: Option<Micros>,
    /// Threshold of the last warning event, in days before the end; `None`: no warning yet.
    pub warned_days: Option<i64>,
    /// When it was added.
    pub created_at: Micros,
}

/// Lists the certificates of a connection, the oldest first.
pub fn list(conn: &mut Conn, connection: &SamlConnection) -> Result<Vec<SamlCertificate>> {
    Ok(of(connection)
        .order((saml_certificates::created_at, saml_certificates::fingerprint))
        .select(SamlCertificate::as_select())
        .load(conn)?)
}

/// Lists the certificates of all connections of a workspace, by connection, the oldest first.
pub fn list_of_workspace(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Vec<SamlCertificate>> {
    Ok(saml_certificates::table
        .filter(saml_certificates::workspace_id.eq(workspace_id))
        .order((
            saml_certificates::connection_id,
            saml_certificates::created_at,
            saml_certificates::fingerprint,
        ))
        .select(SamlCertificate::as_select())
        .load(conn)?)
}

/// Whether a connection trusts the certificate of this fingerprint.
pub fn is_trusted(conn: &mut Conn, connection: &SamlConnection, fingerprint: &str) -> Result<bool> {
    let this = saml_certificates::table
        .find((&connection.workspace_id, &connection.connection_id, fingerprint))
        .filter(saml_certificates::trusted_at.is_not_null());
    Ok(diesel::select(diesel::dsl::exists(this)).get_result(conn)?)
}

/// Trusts a certificate that waits for an administrator. Returns whether the connection had it.
pub fn trust(conn: &mut Conn, connection: &SamlConnection, fingerprint: &str, now: Micros) -> Result<bool> {
    let this = saml_certificates::table
        .find((&connection.workspace_id, &connection.connection_id, fingerprint))
        .filter(saml_certificates::trusted_at.is_null());
    Ok(diesel::update(this).set(saml_certificates::trusted_at.eq(now)).execute(conn)? == 1)
}

/// Lists the certificates of this region that end before `second` (seconds since 1970), with their connections, at most 200. Leaves out
/// those with a warning event for this threshold (`days`) or a smaller one.
pub fn list_ending(
    conn: &mut Conn,
    region: &str,
    (second, days): (i64, i64),
) -> Result<Vec<(SamlCertificate, SamlConnection)>> {
    let of_connection = saml_certificates::workspace_id
        .eq(saml_connections::workspace_id)
        .and(saml_certificates::connection_id.eq(saml_connections::connection_id));
    let here = workspaces::table.filter(workspaces::region.eq(region)).select(workspaces::workspace_id);
    Ok(saml_certificates::table
        .inner_join(saml_connections::table.on(of_connection))
        .filter(saml_certificates::not_after.lt(second))
        .filter(saml_certificates::warned_days.is_null().or(saml_certificates::warned_days.gt(days)))
        .filter(saml_certificates::workspace_id.eq_any(here))
        .order((saml_certificates::workspace_id, saml_certificates::fingerprint))
        .limit(200)
        .select((SamlCertificate::as_select(), SamlConnection::as_select()))
        .load(conn)?)
}

/// Records that an event warned of the end of a certificate. Returns false if another node has done so.
pub fn warned(conn: &mut Conn, certificate: &SamlCertificate, days: i64) -> Result<bool> {
    let this = saml_certificates::table
        .find((&certificate.workspace_id, &certificate.connection_id, &certificate.fingerprint))
        .filter(
            saml_certificates::warned_days
                .is_null()
                .or(saml_certificates::warned_days.eq(certificate.warned_days.unwrap_or_default())),
        );
    Ok(diesel::update(this).set(saml_certificates::warned_days.eq(days)).execute(conn)? == 1)
}

/// Adds a certificate. Returns false if the connection has it already.
pub fn add(conn: &mut Conn, certificate: &SamlCertificate) -> Result<bool> {
    let added = on_backend!(conn, |inner| {
        diesel::insert_into(saml_certificates::table)
            .values(certificate)
            .on_conflict_do_nothing()
            .execute(inner)
    })?;
    Ok(added == 1)
}

/// Removes a certificate. Returns whether the connection had it.
pub fn remove(conn: &mut Conn, connection: &SamlConnection, fingerprint: &str) -> Result<bool> {
    let this =
        saml_certificates::table.find((&connection.workspace_id, &connection.connection_id, fingerprint));
    Ok(diesel::delete(this).execute(conn)? == 1)
}

type OfConnection<'a> = diesel::dsl::Filter<
    saml_certificates::table,
    diesel::dsl::And<
        diesel::dsl::Eq<saml_certificates::workspace_id, &'a WorkspaceId>,
        diesel::dsl::Eq<saml_certificates::connection_id, &'a ConnectionId>,
    >,
>;

fn of(connection: &SamlConnection) -> OfConnection<'_> {
    let of_workspace = saml_certificates::workspace_id.eq(&connection.workspace_id);
    saml_certificates::table
        .filter(of_workspace.and(saml_certificates::connection_id.eq(&connection.connection_id)))
}
