//! Domains that a workspace says are its own, until DNS says so too: each with the text that a TXT record must hold.

use diesel::prelude::*;
use vestibule_core::{fold::fold, time::Micros};

use crate::{Conn, Result, access::secrets, db::schema::domain_claims};

/// One domain to be proved.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = domain_claims)]
pub struct DomainClaim {
    /// Whose it is said to be.
    pub workspace_id: String,
    /// Folded, in ASCII.
    pub domain: String,
    /// What the record must hold: nobody else is given the same.
    pub challenge: String,
    /// When it was claimed.
    pub created_at: Micros,
    /// When DNS was last asked.
    pub checked_at: Option<Micros>,
    /// What was found then, in a sentence.
    pub finding: String,
}

/// Claims a domain; claiming it again gives the same challenge.
///
/// # Errors
/// The database's, or when there is no randomness.
pub fn claim(conn: &mut Conn, workspace_id: &str, domain: &str, now: Micros) -> Result<DomainClaim> {
    if let Some(claim) = find(conn, workspace_id, domain)? {
        return Ok(claim);
    }
    let claim = DomainClaim {
        workspace_id: workspace_id.to_owned(),
        domain: fold(domain),
        challenge: secrets::nonce()?,
        created_at: now,
        checked_at: None,
        finding: String::new(),
    };
    diesel::insert_into(domain_claims::table).values(&claim).execute(conn)?;
    Ok(claim)
}

/// The claim, if it stands.
pub fn find(conn: &mut Conn, workspace_id: &str, domain: &str) -> Result<Option<DomainClaim>> {
    Ok(domain_claims::table
        .find((workspace_id, fold(domain)))
        .select(DomainClaim::as_select())
        .first(conn)
        .optional()?)
}

/// The workspace's claims, in order.
pub fn list(conn: &mut Conn, workspace_id: &str) -> Result<Vec<DomainClaim>> {
    Ok(domain_claims::table
        .filter(domain_claims::workspace_id.eq(workspace_id))
        .order(domain_claims::domain)
        .select(DomainClaim::as_select())
        .load(conn)?)
}

/// The challenges that other workspaces were given for the domain.
pub fn challenges_elsewhere(conn: &mut Conn, workspace_id: &str, domain: &str) -> Result<Vec<String>> {
    Ok(domain_claims::table
        .filter(domain_claims::domain.eq(fold(domain)))
        .filter(domain_claims::workspace_id.ne(workspace_id))
        .select(domain_claims::challenge)
        .load(conn)?)
}

/// Notes what DNS said.
pub fn note(conn: &mut Conn, workspace_id: &str, domain: &str, finding: &str, now: Micros) -> Result<()> {
    diesel::update(domain_claims::table.find((workspace_id, fold(domain))))
        .set((domain_claims::checked_at.eq(now), domain_claims::finding.eq(finding)))
        .execute(conn)?;
    Ok(())
}

/// Takes a claim back; whether there was one.
pub fn withdraw(conn: &mut Conn, workspace_id: &str, domain: &str) -> Result<bool> {
    Ok(diesel::delete(domain_claims::table.find((workspace_id, fold(domain)))).execute(conn)? == 1)
}
