//! Domains a workspace has proved to be its own: only under these are people matched or made by name (design rule 9).
//! One domain belongs to one workspace at most.

use diesel::prelude::*;

use crate::{Conn, Micros, Result, fold::fold, schema::domains};

/// Records that the domain is the workspace's. Vouching twice is fine.
///
/// # Errors
/// [`crate::Error::Conflict`] (`domains_domain`) when another workspace has it.
pub fn verify(conn: &mut Conn, workspace_id: &str, domain: &str, by: &str, now: Micros) -> Result<()> {
    let domain = fold(domain);
    if is_verified(conn, workspace_id, &domain)? {
        return Ok(());
    }
    diesel::insert_into(domains::table)
        .values((
            domains::workspace_id.eq(workspace_id),
            domains::domain.eq(&domain),
            domains::verified_by.eq(by),
            domains::verified_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Whether this workspace has verified this domain.
///
/// # Errors
/// The database's.
pub fn is_verified(conn: &mut Conn, workspace_id: &str, domain: &str) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(
        domains::table
            .filter(domains::workspace_id.eq(workspace_id))
            .filter(domains::domain.eq(fold(domain))),
    ))
    .get_result(conn)?)
}

/// Whether the workspace has verified the domain of this e-mail address: then the address counts as verified (OpenID Connect Core
/// §5.1, `email_verified`). The word of the identity provider is not asked, nor is a domain above.
///
/// # Errors
/// The database's.
pub fn is_email_verified(conn: &mut Conn, workspace_id: &str, email: Option<&str>) -> Result<bool> {
    match email.and_then(|email| email.rsplit_once('@')) {
        Some((_, domain)) => is_verified(conn, workspace_id, domain),
        None => Ok(false),
    }
}

/// The workspace's verified domains, in order.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut Conn, workspace_id: &str) -> Result<Vec<String>> {
    Ok(domains::table
        .filter(domains::workspace_id.eq(workspace_id))
        .order(domains::domain)
        .select(domains::domain)
        .load(conn)?)
}

/// Lets a domain go; whether it was the workspace's. Nobody is recognised by name under it any more; who is linked stays.
///
/// # Errors
/// The database's.
pub fn remove(conn: &mut Conn, workspace_id: &str, domain: &str) -> Result<bool> {
    Ok(diesel::delete(domains::table.find((workspace_id, fold(domain)))).execute(conn)? == 1)
}

/// The workspace's verified domains and how each was proved (`dns`, `operator`), in order.
///
/// # Errors
/// The database's.
pub fn list_with_proof(conn: &mut Conn, workspace_id: &str) -> Result<Vec<(String, String)>> {
    Ok(domains::table
        .filter(domains::workspace_id.eq(workspace_id))
        .order(domains::domain)
        .select((domains::domain, domains::verified_by))
        .load(conn)?)
}
