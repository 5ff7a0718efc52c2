//! `vestibule event …`: the governance trail.

use clap::Subcommand;
use serde_json::Value;
use vestibule_store::events;
use vestibule_web::{config::Config, operator};

use super::{open, read};

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
}

impl Event {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        let (database, _) = open(config)?;
        let Event::List { workspace, after, limit } = self;
        read(&database, |conn| {
            let workspace_id = super::workspace(conn, config, workspace)?.workspace_id;
            let list = events::list(conn, &workspace_id, *after, *limit)?;
            Ok(list.iter().map(operator::event).collect())
        })
    }
}
