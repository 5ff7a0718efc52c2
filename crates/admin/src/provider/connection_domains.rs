//! Which connection gets the people of an email domain, for connections of either protocol.

use vestibule_core::ids::{ConnectionId, WorkspaceId};
use vestibule_store::{
    Error, Tx,
    providers::{connection_domains, connections, saml_connections},
    trail::events::{Target, kinds::ConnectionDomainsSet},
};

use super::domains::name;
use crate::{
    actor::Actor,
    refusal::{Refusal, field},
};

/// Most domains of one connection.
const MOST_DOMAINS: usize = 100;

/// Replaces the domains of a connection; returns them as stored. A domain that another connection of the workspace had is moved. They
/// only choose the connection, so none has to be verified.
///
/// # Errors
/// [`Error::NotFound`] when the workspace has no such connection.
pub fn set(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    connection_id: &ConnectionId,
    domains: &[String],
) -> Result<Vec<String>, Refusal> {
    let is_here = connections::find(conn, workspace_id, connection_id)?.is_some()
        || saml_connections::find(conn, workspace_id, connection_id)?.is_some();
    if !is_here {
        return Err(Error::NotFound.into());
    }
    if domains.len() > MOST_DOMAINS {
        return field("domains", format!("must be at most {MOST_DOMAINS}"));
    }
    let mut after = Vec::with_capacity(domains.len());
    for (position, typed) in domains.iter().enumerate() {
        let domain = name::normalise(typed).map_err(|sentence| {
            Refusal::Element("domains", position, format!("must be email domains: {sentence}"))
        })?;
        after.push(domain);
    }
    after.sort();
    after.dedup();
    if after == connection_domains::list_of(conn, workspace_id, connection_id)? {
        return Ok(after);
    }
    connection_domains::set(conn, workspace_id, connection_id, &after)?;
    let data = ConnectionDomainsSet { connection: connection_id, domains: &after };
    actor.record(conn, workspace_id, Target::Connection, &data)?;
    Ok(after)
}
