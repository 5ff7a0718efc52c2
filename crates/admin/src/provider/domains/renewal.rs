//! Renewal of domains that a DNS record proved: they are checked every day. A missing record causes a warning; after a grace period
//! the domain lapses: nobody new is recognised or created under it, linked people stay, and another workspace may prove it. A DNS
//! failure says nothing about the record, so nothing lapses because of it.

use std::net::SocketAddr;

use futures_util::{StreamExt, stream};
use vestibule_core::{
    ids::WorkspaceId,
    sets::DomainProof,
    time::{Micros, SECOND, rfc3339},
};
use vestibule_store::{
    Error, Tx,
    providers::{
        domain_claims,
        domains::{self, Domain},
    },
    trail::events::{
        self, Cause, Target,
        kinds::{DomainLapsed, DomainLapsing, DomainLost, DomainRenewed, EventData},
    },
};
use vestibule_web::{
    State,
    outbound::dns::{self, DnsError},
};

use super::record;
use crate::actor::Actor;

const DAY: Micros = 86_400 * SECOND;
/// Time until the next check when DNS failed, or when the process that checked has stopped.
const RETRY: Micros = 3_600 * SECOND;
/// Domains per round.
const ROUND: i64 = 100;
/// Concurrent DNS queries.
const AT_ONCE: usize = 4;

/// What DNS answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DnsAnswer {
    /// The TXT records at the name, possibly none.
    Texts(Vec<String>),
    /// No usable answer: why (RFC 1035 §4.1.1: SERVFAIL, REFUSED; or no answer in time).
    Unknown(String),
}

/// Time of the first check of a domain that is proved now.
pub(super) fn first_check(now: Micros) -> Micros {
    now + DAY
}

/// How long a record may be missing before the domain lapses.
pub fn grace(state: &State) -> Micros {
    state.config().sign_in.domain_grace_days * DAY
}

/// Asks DNS about a domain. Nothing is written.
pub async fn ask(server: Option<SocketAddr>, domain: &str) -> DnsAnswer {
    match dns::txt(server, &record::name(domain)).await {
        Ok(texts) => DnsAnswer::Texts(texts),
        Err(DnsError::None) => DnsAnswer::Texts(Vec::new()),
        Err(DnsError::Failed(why)) => DnsAnswer::Unknown(why),
    }
}

/// Applies what DNS answered about a domain. Returns the changed domain; `None` if the workspace no longer has it by a DNS record.
pub fn renew(
    conn: &mut Tx<'_>,
    actor: &Actor,
    (workspace_id, domain): (&WorkspaceId, &str),
    answer: &DnsAnswer,
    grace: Micros,
) -> Result<Option<Domain>, Error> {
    let Some(mut row) =
        domains::find(conn, workspace_id, domain)?.filter(|row| row.verified_by == DomainProof::Dns)
    else {
        return Ok(None);
    };
    let now = actor.now;
    let texts = match answer {
        DnsAnswer::Texts(texts) => texts,
        DnsAnswer::Unknown(why) => {
            tracing::warn!(workspace = workspace_id.as_str(), why, "domain.not_asked");
            row.next_check_at = Some(now + RETRY);
            domains::save(conn, &row)?;
            return Ok(Some(row));
        }
    };
    let challenges: Vec<&str> =
        texts.iter().filter_map(|text| text.trim().strip_prefix(record::PREFIX)).collect();
    if row.challenge.is_empty() {
        // Proved by a version that did not store challenges: any record counts whose challenge belongs to no other workspace.
        let others = domain_claims::challenges_elsewhere(conn, workspace_id, domain)?;
        let ours = challenges.iter().find(|challenge| !others.iter().any(|other| other == *challenge));
        row.challenge = ours.map(|challenge| (*challenge).to_owned()).unwrap_or_default();
    }
    let is_there = !row.challenge.is_empty() && challenges.contains(&row.challenge.as_str());
    row.next_check_at = Some(now + DAY);
    if is_there {
        let was_missing = row.missing_since.take().is_some();
        row.lapsed_at = None;
        domains::save(conn, &row)?;
        if was_missing {
            record(conn, actor, &row, &DomainRenewed { domain: &row.domain })?;
        }
        return Ok(Some(row));
    }
    let since = *row.missing_since.get_or_insert(now);
    let lapses_at = since + grace;
    let lapses = row.lapsed_at.is_none() && lapses_at <= now;
    if lapses {
        row.lapsed_at = Some(now);
    }
    domains::save(conn, &row)?;
    if lapses {
        record(conn, actor, &row, &DomainLapsed { domain: &row.domain, missing_since: rfc3339(since) })?;
    } else if since == now {
        record(conn, actor, &row, &DomainLapsing { domain: &row.domain, lapses_at: rfc3339(lapses_at) })?;
    }
    Ok(Some(row))
}

fn record<D: EventData>(conn: &mut Tx<'_>, actor: &Actor, row: &Domain, data: &D) -> Result<(), Error> {
    tracing::warn!(workspace = row.workspace_id.as_str(), kind = %D::KIND, "domain.record_changed");
    actor.record(conn, &row.workspace_id, Target::Workspace, data)
}

/// Removes a lapsed domain from the workspace that had it, because another workspace has verified it now.
pub(super) fn take_lapsed(
    conn: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    domain: &str,
    cause: &Cause,
    now: Micros,
) -> Result<(), Error> {
    if let Some(former) = domains::release_lapsed(conn, workspace_id, domain)? {
        // The former workspace does not learn who has it now.
        let cause = Cause::new("vestibule", cause.request_id.clone());
        tracing::warn!(workspace = former.as_str(), "domain.lost");
        events::record(conn, &former, &cause, Target::Workspace, &DomainLost { domain }, now)?;
    }
    Ok(())
}

/// Checks the domains that are due, a few at once; returns how many. A node first postpones the next check of a domain, so that no
/// other node checks it too.
pub async fn renew_due(state: &State) -> Result<usize, Error> {
    let (region, now) = (state.config().region.name.clone(), state.now());
    let due = state.read(move |conn| domains::due(conn, &region, now, ROUND)).await?;
    let number = due.len();
    let asked = stream::iter(due).map(|domain| renew_one(state, domain)).buffer_unordered(AT_ONCE);
    let outcomes: Vec<Result<(), Error>> = asked.collect().await;
    outcomes.into_iter().collect::<Result<Vec<()>, Error>>()?;
    Ok(number)
}

async fn renew_one(state: &State, domain: Domain) -> Result<(), Error> {
    let now = state.now();
    let of_job = domain.clone();
    if !state.write(move |conn| domains::claim_check(conn, &of_job, now + RETRY)).await? {
        return Ok(());
    }
    let answer = ask(state.config().sign_in.dns_server, &domain.domain).await;
    let (grace, now) = (grace(state), state.now());
    let renewed = state.write(move |conn| {
        let actor = Actor::operator(Cause::new("vestibule", "domain renewal"), now);
        renew(conn, &actor, (&domain.workspace_id, &domain.domain), &answer, grace)
    });
    renewed.await.map(drop)
}
