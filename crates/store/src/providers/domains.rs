//! Domains that a workspace has proved to control: users are matched or created by name only under these (design rule 9).
//! A domain belongs to at most one workspace. A domain proved by DNS is checked again regularly, and lapses when its record has
//! been missing for a long time.

use diesel::prelude::*;
use vestibule_core::{fold::fold, ids::WorkspaceId, sets::DomainProof, time::Micros};

use crate::{
    Conn, Result,
    db::schema::{domains, workspaces},
};

/// A domain of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = domains, treat_none_as_null = true)]
pub struct Domain {
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// Domain, case-folded, in ASCII.
    pub domain: String,
    /// How the domain was verified.
    pub verified_by: DomainProof,
    /// Time of the first proof.
    pub verified_at: Micros,
    /// Text that the DNS record must contain; empty: unknown, or there is no record.
    pub challenge: String,
    /// Time of the next DNS check; `None`: never.
    pub next_check_at: Option<Micros>,
    /// Since when DNS has reported the record as missing; `None`: it was present at the last check.
    pub missing_since: Option<Micros>,
    /// When the domain lapsed; `None`: not lapsed.
    pub lapsed_at: Option<Micros>,
}

/// Records that the domain belongs to the workspace without a DNS check. A repeated call changes nothing.
///
/// # Errors
/// [`crate::Error::Conflict`] (`domains_domain`) when another workspace has it.
pub fn verify(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    domain: &str,
    by: DomainProof,
    now: Micros,
) -> Result<()> {
    if is_verified(conn, workspace_id, domain)? {
        return Ok(());
    }
    insert(conn, workspace_id, domain, (by, "", None), now)
}

/// Records that a DNS record with this challenge proved the domain; DNS is checked again at `next_check_at`.
///
/// # Errors
/// [`crate::Error::Conflict`] (`domains_domain`) when another workspace has it.
pub fn verify_by_record(
    conn: &mut Conn,
    (workspace_id, domain): (&WorkspaceId, &str),
    challenge: &str,
    next_check_at: Micros,
    now: Micros,
) -> Result<()> {
    insert(conn, workspace_id, domain, (DomainProof::Dns, challenge, Some(next_check_at)), now)
}

/// Inserts the domain in place of the workspace's previous row for it.
fn insert(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    domain: &str,
    (by, challenge, next_check_at): (DomainProof, &str, Option<Micros>),
    now: Micros,
) -> Result<()> {
    remove(conn, workspace_id, domain)?;
    let row = Domain {
        workspace_id: workspace_id.clone(),
        domain: fold(domain),
        verified_by: by,
        verified_at: now,
        challenge: challenge.to_owned(),
        next_check_at,
        missing_since: None,
        lapsed_at: None,
    };
    diesel::insert_into(domains::table).values(&row).execute(conn)?;
    Ok(())
}

/// Whether this workspace has verified this domain, and it has not lapsed.
pub fn is_verified(conn: &mut Conn, workspace_id: &WorkspaceId, domain: &str) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(
        domains::table
            .filter(domains::workspace_id.eq(workspace_id))
            .filter(domains::domain.eq(fold(domain)))
            .filter(domains::lapsed_at.is_null()),
    ))
    .get_result(conn)?)
}

/// Whether the workspace has verified the domain of this email address: then the address counts as verified (OpenID Connect Core
/// §5.1, `email_verified`). The claim of the identity provider is ignored, and so is a parent domain.
pub fn is_email_verified(conn: &mut Conn, workspace_id: &WorkspaceId, email: Option<&str>) -> Result<bool> {
    match email.and_then(|email| email.rsplit_once('@')) {
        Some((_, domain)) => is_verified(conn, workspace_id, domain),
        None => Ok(false),
    }
}

/// Lists the workspace's verified domains that have not lapsed, in order.
pub fn list(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Vec<String>> {
    Ok(domains::table
        .filter(domains::workspace_id.eq(workspace_id))
        .filter(domains::lapsed_at.is_null())
        .order(domains::domain)
        .select(domains::domain)
        .load(conn)?)
}

/// Lists the workspace's domains, including lapsed ones, in order.
pub fn list_all(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Vec<Domain>> {
    Ok(domains::table
        .filter(domains::workspace_id.eq(workspace_id))
        .order(domains::domain)
        .select(Domain::as_select())
        .load(conn)?)
}

/// Finds the workspace's domain of this name, lapsed or not.
pub fn find(conn: &mut Conn, workspace_id: &WorkspaceId, domain: &str) -> Result<Option<Domain>> {
    Ok(domains::table
        .find((workspace_id, fold(domain)))
        .select(Domain::as_select())
        .first(conn)
        .optional()?)
}

/// Deletes a domain. Returns whether it existed. Users are no longer matched by name under it; existing links stay.
pub fn remove(conn: &mut Conn, workspace_id: &WorkspaceId, domain: &str) -> Result<bool> {
    Ok(diesel::delete(domains::table.find((workspace_id, fold(domain)))).execute(conn)? == 1)
}

/// Deletes a lapsed domain of another workspace. Returns the id of that workspace.
pub fn release_lapsed(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    domain: &str,
) -> Result<Option<WorkspaceId>> {
    let lapsed = domains::table
        .filter(domains::domain.eq(fold(domain)))
        .filter(domains::workspace_id.ne(workspace_id))
        .filter(domains::lapsed_at.is_not_null());
    Ok(diesel::delete(lapsed).returning(domains::workspace_id).get_result(conn).optional()?)
}

/// Lists domains of this region that are due for a DNS check, longest due first, at most `limit`.
pub fn due(conn: &mut Conn, region: &str, now: Micros, limit: i64) -> Result<Vec<Domain>> {
    let here = workspaces::table.filter(workspaces::region.eq(region)).select(workspaces::workspace_id);
    Ok(domains::table
        .filter(domains::next_check_at.assume_not_null().le(now))
        .filter(domains::next_check_at.is_not_null())
        .filter(domains::workspace_id.eq_any(here))
        .order(domains::next_check_at)
        .limit(limit)
        .select(Domain::as_select())
        .load(conn)?)
}

/// Postpones the next check, so no other node runs it meanwhile. Returns false if another node has postponed it already.
pub fn claim_check(conn: &mut Conn, domain: &Domain, next_check_at: Micros) -> Result<bool> {
    let this = domains::table
        .find((&domain.workspace_id, &domain.domain))
        .filter(domains::next_check_at.eq(domain.next_check_at));
    Ok(diesel::update(this).set(domains::next_check_at.eq(Some(next_check_at))).execute(conn)? == 1)
}

/// Stores the result of a check.
pub fn save(conn: &mut Conn, domain: &Domain) -> Result<()> {
    diesel::update(domains::table.find((&domain.workspace_id, &domain.domain))).set(domain).execute(conn)?;
    Ok(())
}
