//! `vestibule request …`: the request inspector: recent requests of a workspace, and why they were refused.

use anyhow::anyhow;
use clap::{
    Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};
use serde_json::Value;
use vestibule_core::{ids, sets::Door};
use vestibule_store::trail::requests::{self, RequestFilter};
use vestibule_web::{config::Config, observe::inspect::to_json};

use crate::cli::commands::{self, open, read};

#[derive(Debug, Subcommand)]
pub(crate) enum Request {
    /// List a workspace's last requests, the newest first
    List {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// Only those of this interface
        #[arg(long, value_parser = PossibleValuesParser::new(Door::TEXTS).try_map(|name| name.parse::<Door>()))]
        door: Option<Door>,
        /// Only those that were refused
        #[arg(long)]
        refused: bool,
        /// Only those with this text in the path or the reason
        #[arg(long, value_name = "TEXT", default_value = "")]
        text: String,
        /// At most this many
        #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
    },
    /// Show one request
    Show {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// The request's id, as in its X-Request-Id
        #[arg(long, value_name = "ID")]
        id: String,
    },
}

impl Request {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        let (database, _) = open(config)?;
        read(&database, |conn| match self {
            Request::List { workspace, door, refused, text, limit } => {
                let workspace_id = commands::workspace(conn, config, workspace)?.workspace_id;
                let wanted = RequestFilter {
                    door: *door,
                    refused: refused.then_some(true),
                    text: text.clone(),
                    before: None,
                };
                let limit = usize::try_from(*limit).unwrap_or(usize::MAX);
                let list = requests::list(conn, &workspace_id, &wanted, limit)?;
                Ok(list.iter().map(to_json).collect::<Result<_, _>>()?)
            }
            Request::Show { workspace, id: text } => {
                let workspace_id = commands::workspace(conn, config, workspace)?.workspace_id;
                let found = match ids::parse(text) {
                    Some(request_id) => requests::find(conn, &workspace_id, &request_id)?,
                    None => None,
                };
                Ok(to_json(&found.ok_or_else(|| anyhow!("no request {text} is stored for this workspace"))?)?)
            }
        })
    }
}
