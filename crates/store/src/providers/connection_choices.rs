//! The connections that the sign-in page offers to a person whose email domain chooses none: those of several workspaces, whatever their
//! protocol, in a fixed number of statements.

use diesel::prelude::*;
use vestibule_core::ids::{ConnectionId, WorkspaceId};

use crate::{
    Conn, Result,
    db::schema::{connection_domains, connections, saml_connections},
};

/// A connection to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// Id of the connection.
    pub connection_id: ConnectionId,
    /// Name of the connection.
    pub name: String,
    /// Whether it is the workspace's default.
    pub is_default: bool,
}

type Row = (WorkspaceId, ConnectionId, String, bool);

/// Lists the connections of these workspaces that are switched on: the defaults first, then those of OpenID Connect, then those of SAML.
/// Leaves out workspaces where `domain` chooses the connection.
pub fn list(conn: &mut Conn, workspace_ids: &[&WorkspaceId], domain: &str) -> Result<Vec<Choice>> {
    let of_domain = connection_domains::table
        .filter(connection_domains::domain.eq(domain))
        .filter(connection_domains::workspace_id.eq_any(workspace_ids))
        .select(connection_domains::workspace_id);
    let decided: Vec<WorkspaceId> = of_domain.load(conn)?;
    let open: Vec<&WorkspaceId> = workspace_ids.iter().copied().filter(|id| !decided.contains(id)).collect();
    let mut rows: Vec<Row> = connections::table
        .filter(connections::workspace_id.eq_any(&open))
        .filter(connections::enabled.eq(true))
        .order((connections::created_at, connections::connection_id))
        .select((
            connections::workspace_id,
            connections::connection_id,
            connections::name,
            connections::is_default,
        ))
        .load(conn)?;
    let saml: Vec<Row> = saml_connections::table
        .filter(saml_connections::workspace_id.eq_any(&open))
        .filter(saml_connections::enabled.eq(true))
        .order((saml_connections::created_at, saml_connections::connection_id))
        .select((
            saml_connections::workspace_id,
            saml_connections::connection_id,
            saml_connections::name,
            saml_connections::is_default,
        ))
        .load(conn)?;
    rows.extend(saml);
    let choice = |(workspace_id, connection_id, name, is_default)| Choice {
        workspace_id,
        connection_id,
        name,
        is_default,
    };
    let mut choices: Vec<Choice> = rows.into_iter().map(choice).collect();
    choices.sort_by_key(|choice| !choice.is_default);
    Ok(choices)
}
