//! Domains that a workspace claims but has not proved by DNS yet, each with the text that a TXT record must contain.

use diesel::prelude::*;
use vestibule_core::{fold::fold, ids::WorkspaceId, time::Micros};

use crate::{Conn, Result, access::secrets, db::schema::domain_claims};

/// A claimed domain.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = domain_claims)]
pub struct DomainClaim {
    /// Workspace that claims it.
    pub workspace_id: WorkspaceId,
    /// Domain, case-folded, in ASCII.
    pub domain: String,
    /// Text that the record must contain, unique to this claim.
    pub challenge: String,
    /// Time of the claim.
    pub created_at: Micros,
    /// Time of the last DNS query.
    pub checked_at: Option<Micros>,
    /// Result of that query, in a sentence.
    pub finding: String,
}

/// Claims a domain. A repeated claim returns the same challenge.
pub fn claim(conn: &mut Conn, workspace_id: &WorkspaceId, domain: &str, now: Micros) -> Result<DomainClaim> {
    if let Some(claim) = find(conn, workspace_id, domain)? {
        return Ok(claim);
    }
    let claim = DomainClaim {
        workspace_id: workspace_id.clone(),
        domain: fold(domain),
        challenge: secrets::nonce()?,
        created_at: now,
        checked_at: None,
        finding: String::new(),
    };
    diesel::insert_into(domain_claims::table).values(&claim).execute(conn)?;
    Ok(claim)
}

/// Finds a claim.
pub fn find(conn: &mut Conn, workspace_id: &WorkspaceId, domain: &str) -> Result<Option<DomainClaim>> {
    Ok(domain_claims::table
        .find((workspace_id, fold(domain)))
        .select(DomainClaim::as_select())
        .first(conn)
        .optional()?)
}

/// Lists the workspace's claims by domain.
pub fn list(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Vec<DomainClaim>> {
    Ok(domain_claims::table
        .filter(domain_claims::workspace_id.eq(workspace_id))
        .order(domain_claims::domain)
        .select(DomainClaim::as_select())
        .load(conn)?)
}

/// Lists the challenges of other workspaces for the domain.
pub fn challenges_elsewhere(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    domain: &str,
) -> Result<Vec<String>> {
    Ok(domain_claims::table
        .filter(domain_claims::domain.eq(fold(domain)))
        .filter(domain_claims::workspace_id.ne(workspace_id))
        .select(domain_claims::challenge)
        .load(conn)?)
}

/// Records the result of a DNS query.
pub fn note(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    domain: &str,
    finding: &str,
    now: Micros,
) -> Result<()> {
    diesel::update(domain_claims::table.find((workspace_id, fold(domain))))
        .set((domain_claims::checked_at.eq(now), domain_claims::finding.eq(finding)))
        .execute(conn)?;
    Ok(())
}

/// Deletes a claim. Returns whether it existed.
pub fn withdraw(conn: &mut Conn, workspace_id: &WorkspaceId, domain: &str) -> Result<bool> {
    Ok(diesel::delete(domain_claims::table.find((workspace_id, fold(domain)))).execute(conn)? == 1)
}
