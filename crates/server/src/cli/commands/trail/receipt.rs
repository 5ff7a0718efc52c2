//! `vestibule receipt …`: receipts of ended access.

use anyhow::anyhow;
use clap::Subcommand;
use serde_json::Value;
use vestibule_core::ids;
use vestibule_store::trail::receipts;
use vestibule_web::{config::Config, receipts::to_json};

use crate::cli::commands::{self, open, read};

#[derive(Debug, Subcommand)]
pub(crate) enum Receipt {
    /// List a workspace's receipts, the newest first
    List {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// Only those of this user
        #[arg(long, value_name = "NAME")]
        user_name: Option<String>,
        /// Only those before this one
        #[arg(long, value_name = "ID")]
        before: Option<String>,
        /// At most this many
        #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(i64).range(1..=10_000))]
        limit: i64,
    },
    /// Show a receipt with its signed form, which the keys at /.well-known/jwks.json verify
    Show {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// The receipt's id
        #[arg(long, value_name = "ID")]
        id: String,
    },
}

impl Receipt {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        let (database, _) = open(config)?;
        read(&database, |conn| match self {
            Receipt::List { workspace, user_name, before, limit } => {
                let workspace_id = commands::workspace(conn, config, workspace)?.workspace_id;
                let user = match user_name {
                    Some(user_name) => Some(commands::user(conn, &workspace_id, user_name)?.user_id),
                    None => None,
                };
                let list = receipts::list(conn, &workspace_id, user.as_ref(), before.as_deref(), *limit)?;
                Ok(list.iter().map(to_json).collect::<Result<_, _>>()?)
            }
            Receipt::Show { workspace, id: text } => {
                let workspace_id = commands::workspace(conn, config, workspace)?.workspace_id;
                let found = match ids::parse(text) {
                    Some(receipt_id) => receipts::find(conn, &workspace_id, &receipt_id)?,
                    None => None,
                };
                Ok(to_json(&found.ok_or_else(|| anyhow!("no receipt {text} in this workspace"))?)?)
            }
        })
    }
}
