//! `vestibule grant …`: grants to OAuth clients.

use clap::Subcommand;
use serde_json::{Value, json};
use vestibule_admin::{self as admin, Actor};
use vestibule_core::{ids::GrantId, time::rfc3339};
use vestibule_store::oauth::grants;
use vestibule_web::config::Config;

use crate::cli::commands::{self, open, read, write};

#[derive(Debug, Subcommand)]
pub(crate) enum Grant {
    /// List a workspace's grants: which client may do what, and who approved it
    List {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
    },
    /// End a grant and every token under it at once
    End {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// The grant's id
        #[arg(long, value_name = "ID")]
        id: String,
    },
}

impl Grant {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        let (database, now) = open(config)?;
        match self {
            Grant::List { workspace } => read(&database, |conn| {
                let workspace_id = commands::workspace(conn, config, workspace)?.workspace_id;
                let list = grants::list(conn, &workspace_id)?.into_iter().map(|grant| {
                    json!({
                        "id": grant.grant_id,
                        "client_id": grant.client_id,
                        "scope": grant.scope,
                        "approved_by": grant.approved_by,
                        "created_at": rfc3339(grant.created_at),
                    })
                });
                Ok(Value::Array(list.collect()))
            }),
            Grant::End { workspace, id } => write(&database, |conn| {
                let workspace_id = commands::workspace(conn, config, workspace)?.workspace_id;
                let was_there = match GrantId::parse(id) {
                    Some(id) => admin::access::grants::end(conn, &Actor::cli(now), &workspace_id, &id)?,
                    None => false,
                };
                if !was_there {
                    return Err(
                        anyhow::anyhow!("no grant {id} in this workspace, or it has ended already").into()
                    );
                }
                Ok(json!({ "id": id, "ended": true }))
            }),
        }
    }
}
