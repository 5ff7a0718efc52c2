//! Domains that a DNS record proved are proved again each day. A record that is gone is warned about; after a time of grace the domain
//! lapses: nobody new is recognised or made under it, who is linked stays, and another workspace may prove it. That DNS
//! can't be asked says nothing of the record, so nothing lapses by it.

use std::net::SocketAddr;

use futures_util::{StreamExt, stream};
use serde_json::json;
use vestibule_core::time::{Micros, SECOND, rfc3339};
use vestibule_store::{
    Conn, Error,
    providers::{
        domain_claims,
        domains::{self, Domain},
    },
    trail::events::{self, Cause},
};
use vestibule_web::{
    State,
    outbound::dns::{self, DnsError},
};

use crate::domains::{PREFIX, record_name};

/// A day.
const DAY: Micros = 86_400 * SECOND;
/// After so long DNS is asked again when it could not be asked, or when whoever asked has stopped.
const RETRY: Micros = 3_600 * SECOND;
/// How many domains one round asks about.
const ROUND: i64 = 100;
/// How many questions wait for DNS at once.
const AT_ONCE: usize = 4;

/// What DNS said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// The TXT records at the name; none: it said that there are none.
    Texts(Vec<String>),
    /// It could not be asked, or failed (RFC 1035 §4.1.1: SERVFAIL, REFUSED; or no answer in time).
    Unknown(String),
}

/// When a domain proved now is asked about next.
pub fn first_check(now: Micros) -> Micros {
    now + DAY
}

/// For how long a record may be gone before the domain lapses.
pub fn grace(state: &State) -> Micros {
    state.config().sign_in.domain_grace_days * DAY
}

/// Asks DNS about a domain. Nothing is written.
pub async fn ask(server: Option<SocketAddr>, domain: &str) -> Seen {
    match dns::txt(server, &record_name(domain)).await {
        Ok(texts) => Seen::Texts(texts),
        Err(DnsError::None) => Seen::Texts(Vec::new()),
        Err(DnsError::Failed(why)) => Seen::Unknown(why),
    }
}

/// Carries out what DNS said of a domain, with its events; the domain as it is then, if the workspace still has it.
pub fn renew(
    conn: &mut Conn,
    (workspace_id, domain): (&str, &str),
    seen: &Seen,
    grace: Micros,
    cause: &Cause,
    now: Micros,
) -> Result<Option<Domain>, Error> {
    let Some(mut row) =
        domains::find(conn, workspace_id, domain)?.filter(|row| row.verified_by == domains::DNS)
    else {
        return Ok(None);
    };
    let texts = match seen {
        Seen::Texts(texts) => texts,
        Seen::Unknown(why) => {
            tracing::warn!(workspace = workspace_id, why, "domain.not_asked");
            row.next_check_at = Some(now + RETRY);
            domains::save(conn, &row)?;
            return Ok(Some(row));
        }
    };
    let challenges: Vec<&str> = texts.iter().filter_map(|text| text.trim().strip_prefix(PREFIX)).collect();
    if row.challenge.is_empty() {
        // Proved before challenges were kept: the record that is there is the one, unless another workspace was given it.
        let others = domain_claims::challenges_elsewhere(conn, workspace_id, domain)?;
        let own = challenges.iter().find(|challenge| !others.iter().any(|other| other == *challenge));
        row.challenge = own.map(|challenge| (*challenge).to_owned()).unwrap_or_default();
    }
    let is_there = !row.challenge.is_empty() && challenges.contains(&row.challenge.as_str());
    row.next_check_at = Some(now + DAY);
    let mut told = None;
    if is_there {
        if row.missing_since.is_some() {
            told = Some(("domain_renewed", json!({ "domain": row.domain })));
        }
        (row.missing_since, row.lapsed_at) = (None, None);
    } else {
        let since = *row.missing_since.get_or_insert(now);
        let lapses_at = since + grace;
        if row.lapsed_at.is_none() && lapses_at <= now {
            row.lapsed_at = Some(now);
            told = Some(("domain_lapsed", json!({ "domain": row.domain, "missing_since": rfc3339(since) })));
        } else if since == now {
            told = Some(("domain_lapsing", json!({ "domain": row.domain, "lapses_at": rfc3339(lapses_at) })));
        }
    }
    domains::save(conn, &row)?;
    if let Some((kind, data)) = told {
        tracing::warn!(workspace = workspace_id, kind, "domain.record_changed");
        events::record_json(conn, workspace_id, kind, cause, "workspace", &data, now)?;
    }
    Ok(Some(row))
}

/// Takes a lapsed domain from the workspace that had it, for the one that has proved it now.
pub fn take_lapsed(
    conn: &mut Conn,
    workspace_id: &str,
    domain: &str,
    cause: &Cause,
    now: Micros,
) -> Result<(), Error> {
    if let Some(former) = domains::release_lapsed(conn, workspace_id, domain)? {
        // Who took it is nothing that the former workspace is told.
        let cause = Cause::new("vestibule", cause.request_id.clone());
        tracing::warn!(workspace = former, "domain.lost");
        events::record_json(
            conn,
            &former,
            "domain_lost",
            &cause,
            "workspace",
            &json!({ "domain": domain }),
            now,
        )?;
    }
    Ok(())
}

/// Asks about the domains that are due, a few at once; how many were. Nodes share them out: each moves the next question off first.
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
    let mine = domain.clone();
    if !state.write(move |conn| domains::claim_check(conn, &mine, now + RETRY)).await? {
        return Ok(());
    }
    let seen = ask(state.config().sign_in.dns_server, &domain.domain).await;
    let (grace, now) = (grace(state), state.now());
    let renewed = state.write(move |conn| {
        let cause = Cause::new("vestibule", "domain renewal");
        renew(conn, (&domain.workspace_id, &domain.domain), &seen, grace, &cause, now)
    });
    renewed.await.map(drop)
}
