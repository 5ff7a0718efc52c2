//! `vestibule connection list` and `delete`, and the email domains of connections, for all protocols.

use anyhow::anyhow;
use serde_json::{Value, json};
use vestibule_admin::{
    Actor, Refusal,
    provider::{connection, connection_domains, saml_connection},
};
use vestibule_core::ids::{ConnectionId, WorkspaceId};
use vestibule_store::{
    Error, Tx,
    providers::{connections, saml_connections},
};
use vestibule_web::config::Config;

use super::{oidc, parse_id, saml};
use crate::cli::commands::{self, Sentence, open, read, with, write};

/// Lists all connections of a workspace.
pub(super) fn list(config: &Config, workspace: &str) -> anyhow::Result<Value> {
    let (database, _) = open(config)?;
    read(&database, |conn| {
        let workspace_id = commands::workspace(conn, config, workspace)?.workspace_id;
        let mut all = Vec::new();
        for connection in connections::list(conn, &workspace_id)? {
            all.push(with(oidc::described(conn, &connection)?, "kind", "oidc".to_owned()));
        }
        for connection in saml_connections::list(conn, &workspace_id)? {
            all.push(saml::described(conn, config, &connection)?);
        }
        Ok(Value::Array(all))
    })
}

/// Deletes a connection.
pub(super) fn delete(config: &Config, workspace: &str, connection: &str) -> anyhow::Result<Value> {
    let connection_id = parse_id(connection)?;
    let (database, now) = open(config)?;
    write(&database, |conn| {
        let (workspace_id, actor) =
            (commands::workspace(conn, config, workspace)?.workspace_id, Actor::cli(now));
        let deleted = match connections::find(conn, &workspace_id, &connection_id)? {
            Some(_) => connection::delete(conn, &actor, &workspace_id, &connection_id),
            None => saml_connection::delete(conn, &actor, &workspace_id, &connection_id),
        };
        match deleted {
            Err(Refusal::Store(Error::NotFound)) => {
                Err(Sentence(anyhow!("no connection {connection_id} in this workspace")))
            }
            deleted => {
                deleted?;
                Ok(json!({ "connection_id": connection_id, "deleted": true }))
            }
        }
    })
}

/// Sets the domains of `--for-domain`; changes nothing without that option.
pub(super) fn set_domains(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    connection_id: &ConnectionId,
    given: &[String],
) -> Result<(), Sentence> {
    if given.is_empty() {
        return Ok(());
    }
    let domains: Vec<String> = given.iter().filter(|domain| !domain.trim().is_empty()).cloned().collect();
    match connection_domains::set(conn, actor, workspace_id, connection_id, &domains) {
        Err(Refusal::Field(_, predicate) | Refusal::Element(_, _, predicate)) => {
            Err(Sentence(anyhow!("--for-domain {predicate}")))
        }
        set => Ok(set.map(drop)?),
    }
}
