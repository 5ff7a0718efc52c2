//! Workspaces that the sign-in page offers for an email domain: the one that verified it, and those for which the operator added
//! it. Users are never matched by an added domain, only by a verified one ([`crate::providers::domains`], design rule 9).

use diesel::prelude::*;
use vestibule_core::{fold::fold, ids::WorkspaceId, time::Micros};

use crate::{
    Conn, Result,
    db::schema::{domains, sign_in_domains, workspaces},
    workspaces::Workspace,
};

/// Offers a workspace for a domain. A repeated call changes nothing.
pub fn add(conn: &mut Conn, workspace_id: &WorkspaceId, domain: &str, now: Micros) -> Result<()> {
    let domain = fold(domain);
    if list(conn, workspace_id)?.contains(&domain) {
        return Ok(());
    }
    diesel::insert_into(sign_in_domains::table)
        .values((
            sign_in_domains::workspace_id.eq(workspace_id),
            sign_in_domains::domain.eq(&domain),
            sign_in_domains::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Stops offering a workspace for a domain. Returns false if it was not offered.
pub fn remove(conn: &mut Conn, workspace_id: &WorkspaceId, domain: &str) -> Result<bool> {
    let row = sign_in_domains::table.find((workspace_id, fold(domain)));
    Ok(diesel::delete(row).execute(conn)? == 1)
}

/// Lists the domains added to a workspace, in order.
pub fn list(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Vec<String>> {
    Ok(sign_in_domains::table
        .filter(sign_in_domains::workspace_id.eq(workspace_id))
        .order(sign_in_domains::domain)
        .select(sign_in_domains::domain)
        .load(conn)?)
}

/// Lists the workspaces of this region to choose from for a domain, by name.
pub fn workspaces(conn: &mut Conn, domain: &str, region: &str) -> Result<Vec<Workspace>> {
    let domain = fold(domain);
    let verified = domains::table.filter(domains::domain.eq(&domain)).select(domains::workspace_id);
    let added = sign_in_domains::table
        .filter(sign_in_domains::domain.eq(&domain))
        .select(sign_in_domains::workspace_id);
    Ok(workspaces::table
        .filter(workspaces::region.eq(region))
        .filter(workspaces::workspace_id.eq_any(verified).or(workspaces::workspace_id.eq_any(added)))
        .order((workspaces::name, workspaces::workspace_id))
        .select(Workspace::as_select())
        .load(conn)?)
}
