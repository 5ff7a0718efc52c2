//! Email domains of a workspace: claims, their proof by a TXT record, and domains that the operator verifies without one. People are
//! recognised and created by name only under a verified domain, and a domain belongs to at most one workspace (design rule 9).

pub mod name;
pub mod record;
pub mod renewal;

use std::net::SocketAddr;

use vestibule_core::{ids::WorkspaceId, sets::DomainProof};
use vestibule_store::{
    Error, Tx,
    providers::{
        domain_claims::{self, DomainClaim},
        domains,
    },
    trail::events::{
        Target,
        kinds::{DomainClaimed, DomainRemoved, DomainVerified},
    },
};
use vestibule_web::outbound::dns::{self, DnsError};

use crate::{
    actor::Actor,
    refusal::{Refusal, conflict},
};

/// What DNS says about a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The record exists.
    Proved,
    /// The record does not exist; one sentence for the administrator.
    Missing(String),
}

/// Asks DNS about a claim. Nothing is written.
pub async fn ask(server: Option<SocketAddr>, claim: &DomainClaim) -> Finding {
    let (name, wanted) = (record::name(&claim.domain), record::value(claim));
    let missing = |found: String| {
        Finding::Missing(format!(
            "{found} After you add the record it can take an hour to be seen everywhere."
        ))
    };
    match dns::txt(server, &name).await {
        Ok(texts) if texts.iter().any(|text| text.trim() == wanted) => Finding::Proved,
        Ok(texts) => {
            let one = texts.iter().find(|text| text.starts_with(record::PREFIX));
            missing(match one {
                Some(_) => {
                    format!("The TXT record at {name} contains another workspace's or an older value.")
                }
                None => format!("There are TXT records at {name}, but not this one."),
            })
        }
        Err(DnsError::None) => missing(format!("There is no TXT record at {name} yet.")),
        Err(DnsError::Failed(why)) => {
            Finding::Missing(format!("The DNS lookup of {name} failed: {why}. Try again."))
        }
    }
}

/// Claims a domain, to be proved by DNS. A repeated call returns the same claim.
///
/// # Errors
/// [`Refusal::Conflict`] when the workspace has verified it already.
pub fn claim(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    domain: &str,
) -> Result<DomainClaim, Refusal> {
    if domains::is_verified(conn, workspace_id, domain)? {
        return conflict(format!("{domain} is verified already"));
    }
    let is_new = domain_claims::find(conn, workspace_id, domain)?.is_none();
    let claim = domain_claims::claim(conn, workspace_id, domain, actor.now)?;
    if is_new {
        let data = DomainClaimed { domain: &claim.domain };
        actor.record(conn, workspace_id, Target::Workspace, &data)?;
    }
    Ok(claim)
}

/// Applies a finding: the domain becomes the workspace's, or the claim says what is missing. Returns whether it is proved.
///
/// # Errors
/// [`Error::Conflict`] (`domains_domain`) when another workspace has it; [`Error::NotFound`] when the claim was withdrawn
/// meanwhile.
pub fn apply(
    conn: &mut Tx<'_>,
    actor: &Actor,
    claim: &DomainClaim,
    finding: &Finding,
) -> Result<bool, Error> {
    let DomainClaim { workspace_id, domain, .. } = claim;
    if domain_claims::find(conn, workspace_id, domain)?.is_none_or(|row| row.challenge != claim.challenge) {
        return Err(Error::NotFound);
    }
    match finding {
        Finding::Proved => {
            renewal::take_lapsed(conn, workspace_id, domain, &actor.cause, actor.now)?;
            let check_at = renewal::first_check(actor.now);
            let key = (workspace_id, domain.as_str());
            domains::verify_by_record(conn, key, &claim.challenge, check_at, actor.now)?;
            domain_claims::withdraw(conn, workspace_id, domain)?;
            record_verified(conn, actor, workspace_id, domain, DomainProof::Dns)?;
            Ok(true)
        }
        Finding::Missing(sentence) => {
            domain_claims::note(conn, workspace_id, domain, sentence, actor.now)?;
            Ok(false)
        }
    }
}

/// Verifies a domain by decision of the operator, without a DNS record. Does nothing when it is verified already.
///
/// # Errors
/// [`Error::Conflict`] (`domains_domain`) when another workspace has it.
pub fn vouch(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    domain: &str,
) -> Result<(), Error> {
    if domains::is_verified(conn, workspace_id, domain)? {
        return Ok(());
    }
    verify(conn, actor, workspace_id, domain)?;
    record_verified(conn, actor, workspace_id, domain, DomainProof::Operator)
}

/// Verifies a domain by decision of the operator, without an event.
pub(crate) fn verify(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    domain: &str,
) -> Result<(), Error> {
    renewal::take_lapsed(conn, workspace_id, domain, &actor.cause, actor.now)?;
    domains::verify(conn, workspace_id, domain, DomainProof::Operator, actor.now)?;
    domain_claims::withdraw(conn, workspace_id, domain)?;
    Ok(())
}

fn record_verified(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    domain: &str,
    by: DomainProof,
) -> Result<(), Error> {
    actor.record(conn, workspace_id, Target::Workspace, &DomainVerified { domain, by })
}

/// Removes a domain, claimed or verified; false when there is none.
pub fn remove(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    domain: &str,
) -> Result<bool, Error> {
    let withdrawn = domain_claims::withdraw(conn, workspace_id, domain)?;
    let removed = domains::remove(conn, workspace_id, domain)?;
    if removed {
        actor.record(conn, workspace_id, Target::Workspace, &DomainRemoved { domain })?;
    }
    Ok(withdrawn || removed)
}
