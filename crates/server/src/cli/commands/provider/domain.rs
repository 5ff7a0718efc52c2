//! `vestibule domain …`: email domains of a workspace, verified by DNS or by the operator.

use anyhow::{Context, anyhow};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use vestibule_admin::{
    self as admin, Actor,
    provider::domains::{
        Finding,
        name::normalise,
        record,
        renewal::{self, DnsAnswer},
    },
};
use vestibule_core::{
    sets::DomainProof,
    time::{Micros, SECOND, rfc3339},
};
use vestibule_store::{
    Database,
    providers::{
        domain_claims::{self, DomainClaim},
        domains,
    },
};
use vestibule_web::config::Config;

use crate::cli::commands::{self, open, read, with, write};

#[derive(Debug, Subcommand)]
pub(crate) enum Domain {
    /// List a workspace's email domains: those verified, and those that wait for their TXT record
    List {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
    },
    /// Claim a domain; prints the TXT record that proves it
    Claim(DomainArgs),
    /// Check the DNS record of a claimed domain
    Check(DomainArgs),
    /// Verify a domain at once, without DNS
    Vouch(DomainArgs),
    /// Remove a domain: people are no longer recognized by name under it; existing links stay
    Remove(DomainArgs),
}

#[derive(Debug, Args)]
pub(crate) struct DomainArgs {
    /// The workspace's id
    #[arg(long, value_name = "ID")]
    workspace: String,
    /// The email domain, such as acme.example
    #[arg(long, value_name = "DOMAIN", value_parser = normalise)]
    domain: String,
}

impl Domain {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        let (database, now) = open(config)?;
        match self {
            Domain::List { workspace } => read(&database, |conn| {
                let workspace_id = commands::workspace(conn, config, workspace)?.workspace_id;
                let mut list: Vec<Value> =
                    domains::list_all(conn, &workspace_id)?.iter().map(describe_domain).collect();
                list.extend(domain_claims::list(conn, &workspace_id)?.iter().map(describe_claim));
                Ok(list.into())
            }),
            Domain::Claim(which) => write(&database, |conn| {
                let workspace_id = commands::workspace(conn, config, &which.workspace)?.workspace_id;
                Ok(describe_claim(&admin::provider::domains::claim(
                    conn,
                    &Actor::cli(now),
                    &workspace_id,
                    &which.domain,
                )?))
            }),
            Domain::Check(which) => check(config, &database, which, now),
            Domain::Vouch(which) => write(&database, |conn| {
                let workspace_id = commands::workspace(conn, config, &which.workspace)?.workspace_id;
                admin::provider::domains::vouch(conn, &Actor::cli(now), &workspace_id, &which.domain)?;
                Ok(verified(&which.domain))
            }),
            Domain::Remove(which) => write(&database, |conn| {
                let workspace_id = commands::workspace(conn, config, &which.workspace)?.workspace_id;
                if admin::provider::domains::remove(conn, &Actor::cli(now), &workspace_id, &which.domain)? {
                    return Ok(json!({ "domain": which.domain, "removed": true }));
                }
                Err(anyhow!("{} is not a domain of this workspace", which.domain).into())
            }),
        }
    }
}

fn check(config: &Config, database: &Database, which: &DomainArgs, now: Micros) -> anyhow::Result<Value> {
    let (workspace_id, claim, proved) = read(database, |conn| {
        let workspace_id = commands::workspace(conn, config, &which.workspace)?.workspace_id;
        let claim = domain_claims::find(conn, &workspace_id, &which.domain)?;
        let proved = domains::find(conn, &workspace_id, &which.domain)?
            .filter(|one| one.verified_by == DomainProof::Dns);
        Ok((workspace_id, claim, proved))
    })?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the DNS resolver")?;
    let Some(claim) = claim else {
        if proved.is_none() {
            return Err(anyhow!("{} is not claimed; run: vestibule domain claim", which.domain));
        }
        let answer = runtime.block_on(renewal::ask(config.sign_in.dns_server, &which.domain));
        let grace = config.sign_in.domain_grace_days * 86_400 * SECOND;
        let name = (&workspace_id, which.domain.as_str());
        let renewed =
            write(database, |conn| Ok(renewal::renew(conn, &Actor::cli(now), name, &answer, grace)?))?;
        return match (answer, renewed) {
            (DnsAnswer::Unknown(why), _) => Err(anyhow!("the DNS lookup of {} failed: {why}", which.domain)),
            (_, Some(row)) if row.missing_since.is_none() => Ok(verified(&which.domain)),
            _ => Err(anyhow!("the TXT record of {} is gone", which.domain)),
        };
    };
    let finding = runtime.block_on(admin::provider::domains::ask(config.sign_in.dns_server, &claim));
    write(database, |conn| Ok(admin::provider::domains::apply(conn, &Actor::cli(now), &claim, &finding)?))?;
    match finding {
        Finding::Proved => Ok(verified(&which.domain)),
        Finding::Missing(sentence) => Err(anyhow!(sentence)),
    }
}

fn verified(domain: &str) -> Value {
    json!({ "domain": domain, "verified": true })
}

fn describe_domain(domain: &domains::Domain) -> Value {
    let output = json!({
        "domain": domain.domain, "verified": domain.lapsed_at.is_none(), "by": domain.verified_by,
    });
    match domain.missing_since {
        Some(since) => with(output, "missing_since", rfc3339(since)),
        None => output,
    }
}

fn describe_claim(claim: &DomainClaim) -> Value {
    json!({
        "domain": claim.domain,
        "verified": false,
        "record": { "type": "TXT", "name": record::name(&claim.domain), "value": record::value(claim) },
        "checked_at": claim.checked_at.map(rfc3339),
        "finding": claim.finding,
    })
}
