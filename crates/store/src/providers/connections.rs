//! Identity provider settings of workspaces. Callers seal the client secret before they store it.

use diesel::{prelude::*, upsert::excluded};
use serde_json::Value;
use vestibule_core::{ids::WorkspaceId, sets::ProviderAuth, time::Micros};

use crate::{
    Conn, Result,
    db::{
        json::Json,
        schema::{connections, workspaces},
    },
    on_backend,
};

/// Identity provider settings of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = connections)]
pub struct Connection {
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// Issuer of the provider, exactly as in its discovery document.
    pub issuer: String,
    /// Client id of this server at the provider; also `sub` of its Universal Logout tokens.
    pub client_id: String,
    /// The sealed client secret.
    pub client_secret: String,
    /// Whether people may sign in through it. Universal Logout works in both cases.
    pub enabled: bool,
    /// Whether an unknown person is created as a user at the first sign-in.
    pub jit: bool,
    /// Authentication method at its token endpoint.
    pub auth_method: ProviderAuth,
    /// Whether access tokens from the provider are bound to a key (RFC 9449).
    pub dpop: bool,
    /// Claim with the names of a person's groups; empty: not requested.
    pub groups_claim: String,
    /// Discovery document as last fetched; missing: never fetched.
    pub discovered: Json<Value>,
    /// Creation.
    pub created_at: Micros,
    /// Last change.
    pub updated_at: Micros,
    /// When the workspace, with users linked at the previous issuer, last changed its issuer. Since then a user with a role in
    /// the console is matched at a new issuer only by a link that an owner or the operator created.
    pub issuer_changed_at: Option<Micros>,
    /// When a code was first exchanged as this client of this issuer. From then on the pair belongs to this workspace.
    pub proven_at: Option<Micros>,
}

impl Connection {
    /// The discovery document as last fetched; `None`: never fetched.
    ///
    /// # Errors
    /// [`crate::Error::Corrupt`].
    pub fn discovered(&self) -> Result<Option<Value>> {
        if self.discovered.is_missing() {
            return Ok(None);
        }
        self.discovered.read("connections.discovered", &[&self.workspace_id]).map(Some)
    }
}

/// Creates or replaces the workspace's connection.
///
/// # Errors
/// [`crate::Error::Conflict`] (`connections_client_id`) when it is saved as proven and another workspace has proven this issuer
/// and client id.
pub fn save(conn: &mut Conn, connection: &Connection) -> Result<()> {
    on_backend!(conn, |inner| {
        diesel::insert_into(connections::table)
            .values(connection)
            .on_conflict(connections::workspace_id)
            .do_update()
            .set((
                connections::issuer.eq(excluded(connections::issuer)),
                connections::client_id.eq(excluded(connections::client_id)),
                connections::client_secret.eq(excluded(connections::client_secret)),
                connections::enabled.eq(excluded(connections::enabled)),
                connections::jit.eq(excluded(connections::jit)),
                connections::auth_method.eq(excluded(connections::auth_method)),
                connections::dpop.eq(excluded(connections::dpop)),
                connections::groups_claim.eq(excluded(connections::groups_claim)),
                connections::discovered.eq(excluded(connections::discovered)),
                connections::updated_at.eq(excluded(connections::updated_at)),
                connections::issuer_changed_at.eq(excluded(connections::issuer_changed_at)),
                connections::proven_at.eq(excluded(connections::proven_at)),
            ))
            .execute(inner)
    })?;
    Ok(())
}

/// Finds the workspace's connection.
pub fn find(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Option<Connection>> {
    Ok(connections::table.find(workspace_id).select(Connection::as_select()).first(conn).optional()?)
}

/// Lists the connections of this region for an issuer and a client id: the one that has proven the pair, otherwise all that
/// claim it, by workspace.
pub fn list_by_caller(
    conn: &mut Conn,
    issuer: &str,
    client_id: &str,
    region: &str,
) -> Result<Vec<Connection>> {
    let mut found: Vec<Connection> = connections::table
        .filter(connections::issuer.eq(issuer))
        .filter(connections::client_id.eq(client_id))
        .order(connections::workspace_id)
        .select(Connection::as_select())
        .load(conn)?;
    if found.iter().any(|connection| connection.proven_at.is_some()) {
        found.retain(|connection| connection.proven_at.is_some());
    }
    let ids: Vec<&WorkspaceId> = found.iter().map(|connection| &connection.workspace_id).collect();
    let here: Vec<WorkspaceId> = workspaces::table
        .filter(workspaces::region.eq(region))
        .filter(workspaces::workspace_id.eq_any(ids))
        .select(workspaces::workspace_id)
        .load(conn)?;
    found.retain(|connection| here.contains(&connection.workspace_id));
    Ok(found)
}

/// Another workspace that claims the same issuer and client id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rival {
    /// Id of the workspace.
    pub workspace_id: WorkspaceId,
    /// Whether it has proven the pair.
    pub proven: bool,
}

/// Lists the other workspaces that claim this issuer and client id, by id.
pub fn rivals(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    issuer: &str,
    client_id: &str,
) -> Result<Vec<Rival>> {
    let found: Vec<(WorkspaceId, Option<Micros>)> = connections::table
        .filter(connections::issuer.eq(issuer))
        .filter(connections::client_id.eq(client_id))
        .filter(connections::workspace_id.ne(workspace_id))
        .order(connections::workspace_id)
        .select((connections::workspace_id, connections::proven_at))
        .load(conn)?;
    Ok(found.into_iter().map(|(workspace_id, at)| Rival { workspace_id, proven: at.is_some() }).collect())
}

/// Whether another workspace has proven the connection's issuer and client id.
pub fn is_taken(conn: &mut Conn, connection: &Connection) -> Result<bool> {
    let Connection { workspace_id, issuer, client_id, proven_at, .. } = connection;
    Ok(proven_at.is_none() && rivals(conn, workspace_id, issuer, client_id)?.iter().any(|rival| rival.proven))
}

/// Records that the workspace has proven its issuer and client id. Returns false if its settings have changed or were already
/// proven.
///
/// # Errors
/// [`crate::Error::Conflict`] (`connections_client_id`) when another workspace has proven them first.
pub fn prove(conn: &mut Conn, connection: &Connection, now: Micros) -> Result<bool> {
    let this = connections::table
        .find(&connection.workspace_id)
        .filter(connections::issuer.eq(&connection.issuer))
        .filter(connections::client_id.eq(&connection.client_id))
        .filter(connections::proven_at.is_null());
    Ok(diesel::update(this).set(connections::proven_at.eq(now)).execute(conn)? == 1)
}

/// Finds the connection of an issuer that only one workspace uses, to report a call with another client's id to it.
pub fn find_by_issuer(conn: &mut Conn, issuer: &str) -> Result<Option<Connection>> {
    let mut found: Vec<Connection> = connections::table
        .filter(connections::issuer.eq(issuer))
        .select(Connection::as_select())
        .limit(2)
        .load(conn)?;
    Ok(if found.len() == 1 { found.pop() } else { None })
}

/// Lists the connections of this region with this issuer. Several workspaces may use one organisation there, each with a separate
/// client.
pub fn list_by_issuer(conn: &mut Conn, issuer: &str, region: &str) -> Result<Vec<Connection>> {
    let here = workspaces::table.filter(workspaces::region.eq(region)).select(workspaces::workspace_id);
    Ok(connections::table
        .filter(connections::issuer.eq(issuer))
        .filter(connections::workspace_id.eq_any(here))
        .order(connections::workspace_id)
        .select(Connection::as_select())
        .load(conn)?)
}
