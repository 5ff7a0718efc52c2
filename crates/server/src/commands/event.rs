//! `vestibule event …`: the governance trail.

use clap::Subcommand;
use serde_json::{Value, json};
use vestibule_store::events;
use vestibule_web::{config::Config, time::rfc3339};

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
            let list = events::list(conn, &workspace_id, *after, *limit)?.into_iter().map(|event| {
                json!({
                    "seq": event.seq,
                    "id": event.event_id,
                    "at": rfc3339(event.at),
                    "kind": event.kind,
                    "actor": event.actor,
                    "target": event.target,
                    "request_id": event.request_id,
                    "data": serde_json::from_str::<Value>(&event.data).unwrap_or_default(),
                })
            });
            Ok(Value::Array(list.collect()))
        })
    }
}
