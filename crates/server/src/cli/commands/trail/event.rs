//! `vestibule event …`: the governance trail, listed, verified and exported.

use std::io::{BufWriter, Write};

use anyhow::{Context, bail};
use clap::Subcommand;
use serde_json::Value;
use vestibule_admin::trail;
use vestibule_store::trail::events;
use vestibule_web::config::Config;

use crate::cli::commands::{self, Sentence, open, read};

#[derive(Debug, Subcommand)]
pub(crate) enum Event {
    /// List a workspace's events in order
    List {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// Only those after this sequence number
        #[arg(long, value_name = "SEQ", default_value_t = 0)]
        after: i64,
        /// At most this many
        #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(i64).range(1..=10_000))]
        limit: i64,
    },
    /// Verify that no line of a workspace's trail was changed, removed, inserted or moved; exit code 1 if one was
    Verify {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// A hash that was saved elsewhere: it must still be in the trail
        #[arg(long, value_name = "HASH", allow_hyphen_values = true)]
        head: Option<String>,
    },
    /// Print a workspace's events as JSON Lines, and on standard error the last hash, to be saved elsewhere
    Export {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// Only those after this sequence number
        #[arg(long, value_name = "SEQ", default_value_t = 0)]
        after: i64,
        /// Only those up to this sequence number
        #[arg(long, value_name = "SEQ", default_value_t = i64::MAX, hide_default_value = true)]
        until: i64,
    },
}

impl Event {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        match self {
            Event::List { workspace, after, limit } => {
                let (database, _) = open(config)?;
                read(&database, |conn| {
                    let workspace_id = commands::workspace(conn, config, workspace)?.workspace_id;
                    let list = events::list(conn, &workspace_id, *after, *limit)?;
                    Ok(list.iter().map(trail::describe).collect())
                })
            }
            Event::Verify { workspace, head } => verify(config, workspace, head.as_deref()),
            Event::Export { workspace, after, until } => export(config, workspace, *after, *until),
        }
    }
}

fn verify(config: &Config, workspace: &str, head: Option<&str>) -> anyhow::Result<Value> {
    let (database, _) = open(config)?;
    let verified = read(&database, |conn| {
        let workspace_id = commands::workspace(conn, config, workspace)?.workspace_id;
        Ok(events::verify(conn, &workspace_id, head)?)
    })?;
    if let Some(fault) = verified.fault {
        bail!("the trail is not intact: {fault}");
    }
    Ok(trail::describe_verified(&verified))
}

fn export(config: &Config, workspace: &str, after: i64, until: i64) -> anyhow::Result<Value> {
    let (database, _) = open(config)?;
    let workspace_id =
        read(&database, |conn| Ok(commands::workspace(conn, config, workspace)?.workspace_id))?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    let exported = trail::export(&database, &workspace_id, after, until, |line| {
        writeln!(out, "{line}").context("cannot write").map_err(Sentence)
    });
    let (count, last) = exported.map_err(|Sentence(error)| error)?;
    out.flush().context("cannot write")?;
    writeln!(std::io::stderr(), "{count} events; the last is {} with the hash {}", last.seq, last.hash)?;
    Ok(Value::Null)
}
