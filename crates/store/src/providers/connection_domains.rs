//! Email domains whose people a workspace sends to one of its connections, of either protocol. They choose a connection, and nothing
//! else: nobody is recognised by them, so they need no proof ([`crate::providers::domains`], design rule 9).

use std::collections::BTreeMap;

use diesel::prelude::*;
use vestibule_core::{
    fold::fold,
    ids::{ConnectionId, WorkspaceId},
};

use crate::{Conn, Result, db::schema::connection_domains};

/// Finds the connection for people of a domain.
pub fn find(conn: &mut Conn, workspace_id: &WorkspaceId, domain: &str) -> Result<Option<ConnectionId>> {
    let row = connection_domains::table.find((workspace_id, fold(domain)));
    Ok(row.select(connection_domains::connection_id).first(conn).optional()?)
}

/// Lists the domains of each connection of a workspace, in order.
pub fn list(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<BTreeMap<ConnectionId, Vec<String>>> {
    let rows: Vec<(ConnectionId, String)> = connection_domains::table
        .filter(connection_domains::workspace_id.eq(workspace_id))
        .order(connection_domains::domain)
        .select((connection_domains::connection_id, connection_domains::domain))
        .load(conn)?;
    let mut by_connection: BTreeMap<ConnectionId, Vec<String>> = BTreeMap::new();
    for (connection_id, domain) in rows {
        by_connection.entry(connection_id).or_default().push(domain);
    }
    Ok(by_connection)
}

/// Lists the domains of a connection, in order.
pub fn list_of(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    connection_id: &ConnectionId,
) -> Result<Vec<String>> {
    Ok(connection_domains::table
        .filter(connection_domains::workspace_id.eq(workspace_id))
        .filter(connection_domains::connection_id.eq(connection_id))
        .order(connection_domains::domain)
        .select(connection_domains::domain)
        .load(conn)?)
}

/// Replaces the domains of a connection. A domain that another connection of the workspace had is moved.
pub fn set(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    connection_id: &ConnectionId,
    domains: &[String],
) -> Result<()> {
    forget(conn, workspace_id, connection_id)?;
    for domain in domains {
        let domain = fold(domain);
        diesel::delete(connection_domains::table.find((workspace_id, &domain))).execute(conn)?;
        diesel::insert_into(connection_domains::table)
            .values((
                connection_domains::workspace_id.eq(workspace_id),
                connection_domains::domain.eq(&domain),
                connection_domains::connection_id.eq(connection_id),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Removes all domains of a connection.
pub fn forget(conn: &mut Conn, workspace_id: &WorkspaceId, connection_id: &ConnectionId) -> Result<()> {
    let own = connection_domains::table
        .filter(connection_domains::workspace_id.eq(workspace_id))
        .filter(connection_domains::connection_id.eq(connection_id));
    diesel::delete(own).execute(conn)?;
    Ok(())
}
