//! OpenID Connect connections of workspaces: at most one for each issuer. Callers seal the client secret before they store it.

use diesel::{prelude::*, upsert::excluded};
use serde_json::Value;
use vestibule_core::{
    ids::{ConnectionId, WorkspaceId},
    sets::{ProviderAuth, ProviderKind},
    time::Micros,
};

use crate::{
    Conn, Result,
    db::{
        json::Json,
        schema::{connections, workspaces},
    },
    on_backend,
    providers::{connection_domains, sightings},
};

/// An OpenID Connect connection.
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
    /// When the connection last got another issuer, or was created, while users of the workspace were linked at another issuer. Since
    /// then a user with a role in the console is matched only by a link that an owner or the operator created.
    pub issuer_changed_at: Option<Micros>,
    /// When a code was first exchanged as this client of this issuer. From then on the pair belongs to this workspace.
    pub proven_at: Option<Micros>,
    /// Id of the connection. A connection from before a workspace could have several has the workspace's id.
    pub connection_id: ConnectionId,
    /// Name, for people.
    pub name: String,
    /// Whether a sign-in that names no connection uses it. A workspace has one default among its connections of both protocols.
    pub is_default: bool,
    /// Whether it may let AI clients act for people (Cross App Access).
    pub cross_app: bool,
    /// Kind of the provider, for the text of pages. Checks use [`Connection::rules`].
    pub provider: ProviderKind,
}

impl Connection {
    /// Workspace and id.
    pub fn key(&self) -> (&WorkspaceId, &ConnectionId) {
        (&self.workspace_id, &self.connection_id)
    }

    /// The kind whose rules its tokens must follow: the kind of the issuer, and the chosen kind only if the issuer is of no known kind.
    /// An administrator can't turn off the rules of a provider that serves many organisations by choosing another kind.
    pub fn rules(&self) -> ProviderKind {
        match ProviderKind::recognise(&self.issuer) {
            ProviderKind::Any => self.provider,
            recognised => recognised,
        }
    }

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

/// Creates a connection, or replaces that of the same id.
///
/// # Errors
/// [`crate::Error::Conflict`] (`connections_client_id`) when it is saved as proven and another workspace has proven this issuer
/// and client id; also when the workspace has another connection of the issuer, or another default.
pub fn save(conn: &mut Conn, connection: &Connection) -> Result<()> {
    on_backend!(conn, |inner| {
        diesel::insert_into(connections::table)
            .values(connection)
            .on_conflict((connections::workspace_id, connections::connection_id))
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
                connections::name.eq(excluded(connections::name)),
                connections::is_default.eq(excluded(connections::is_default)),
                connections::cross_app.eq(excluded(connections::cross_app)),
                connections::provider.eq(excluded(connections::provider)),
            ))
            .execute(inner)
    })?;
    Ok(())
}

/// Finds a connection.
pub fn find(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    connection_id: &ConnectionId,
) -> Result<Option<Connection>> {
    let this = connections::table.find((workspace_id, connection_id));
    Ok(this.select(Connection::as_select()).first(conn).optional()?)
}

/// Finds the connection of an issuer.
pub fn find_of_issuer(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    issuer: &str,
) -> Result<Option<Connection>> {
    Ok(connections::table
        .filter(connections::workspace_id.eq(workspace_id))
        .filter(connections::issuer.eq(issuer))
        .select(Connection::as_select())
        .first(conn)
        .optional()?)
}

/// Finds the first connection of a workspace: the only one, the default, or the oldest. It is used where no connection is named.
pub fn find_first(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Option<Connection>> {
    let mut all = list(conn, workspace_id)?;
    all.truncate(1);
    Ok(all.pop())
}

/// Lists the workspace's connections, the default first, then by creation.
pub fn list(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Vec<Connection>> {
    Ok(connections::table
        .filter(connections::workspace_id.eq(workspace_id))
        .order((connections::is_default.desc(), connections::created_at, connections::connection_id))
        .select(Connection::as_select())
        .load(conn)?)
}

/// Deletes a connection, with its domains and sightings. Returns whether there was one.
pub fn delete(conn: &mut Conn, workspace_id: &WorkspaceId, connection_id: &ConnectionId) -> Result<bool> {
    connection_domains::forget(conn, workspace_id, connection_id)?;
    sightings::forget(conn, workspace_id, connection_id)?;
    let this = connections::table.find((workspace_id, connection_id));
    Ok(diesel::delete(this).execute(conn)? == 1)
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
        .find((&connection.workspace_id, &connection.connection_id))
        .filter(connections::issuer.eq(&connection.issuer))
        .filter(connections::client_id.eq(&connection.client_id))
        .filter(connections::proven_at.is_null());
    Ok(diesel::update(this).set(connections::proven_at.eq(now)).execute(conn)? == 1)
}

/// Finds the connection of an issuer if only one workspace uses that issuer, to report a call with another client's id there.
pub fn find_by_issuer(conn: &mut Conn, issuer: &str) -> Result<Option<Connection>> {
    let mut found: Vec<Connection> = connections::table
        .filter(connections::issuer.eq(issuer))
        .select(Connection::as_select())
        .limit(2)
        .load(conn)?;
    Ok(if found.len() == 1 { found.pop() } else { None })
}

/// Finds the connection of an issuer, and locks it until the transaction ends. A change or deletion of the connection waits, and then
/// ends what this transaction issues.
pub fn hold_of_issuer(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    issuer: &str,
) -> Result<Option<Connection>> {
    // SQLite has one writer.
    if let Conn::Postgres(inner) = conn {
        let row = connections::table
            .filter(connections::workspace_id.eq(workspace_id))
            .filter(connections::issuer.eq(issuer))
            .select(connections::issuer)
            .for_share();
        row.first::<String>(inner).optional()?;
    }
    find_of_issuer(conn, workspace_id, issuer)
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
