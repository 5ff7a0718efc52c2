//! `vestibule client …`

use clap::{Subcommand, ValueEnum};
use serde_json::{Value, json};
use vestibule_store::{
    clients,
    events::{self, Cause},
    id,
};
use vestibule_web::{config::Config, operator};

use super::{Sentence, open, read, write};

/// What a client is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// Okta's SCIM client
    Scim,
    /// The app behind Vestibule
    App,
    /// An MCP client
    Mcp,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Client {
    /// Register an OAuth client; its secret is shown once
    Create {
        /// What it is
        #[arg(long)]
        kind: Kind,
        /// What people see on the approval page
        #[arg(long)]
        name: String,
        /// Where it may be answered, exactly; may be repeated
        #[arg(long = "redirect-uri", value_name = "URI", required = true, num_args = 1..)]
        redirect_uris: Vec<String>,
        /// The workspace it belongs to; without it, all workspaces share it (one Okta catalog app)
        #[arg(long, value_name = "ID")]
        workspace: Option<String>,
    },
    /// List the clients of a workspace, or those all workspaces share
    List {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: Option<String>,
    },
}

impl Client {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        let (database, now) = open(config)?;
        match self {
            Client::Create { kind, name, redirect_uris, workspace } => {
                for uri in redirect_uris {
                    operator::redirect_uri(uri, config.okta.allow_insecure_issuers)
                        .map_err(|error| Sentence::from(error).0)?;
                }
                let kind = match kind {
                    Kind::Scim => "scim",
                    Kind::App => "app",
                    Kind::Mcp => "mcp",
                };
                write(&database, |conn| {
                    let workspace_id = match workspace {
                        Some(text) => super::workspace(conn, config, text)?.workspace_id,
                        None => id::DEPLOYMENT.to_owned(),
                    };
                    let (client, secret) =
                        clients::create(conn, &workspace_id, kind, name, redirect_uris, now)?;
                    // The trail is a workspace's; a client that all share belongs to none.
                    if workspace.is_some() {
                        let data = json!({ "client": client.client_id, "kind": kind });
                        events::record(
                            conn,
                            &workspace_id,
                            "client_created",
                            &Cause::cli(),
                            "workspace",
                            &data,
                            now,
                        )?;
                    }
                    Ok(json!({
                        "client_id": client.client_id,
                        "client_secret": secret,
                        "kind": kind,
                        "redirect_uris": redirect_uris,
                    }))
                })
            }
            Client::List { workspace } => read(&database, |conn| {
                let workspace_id = match workspace {
                    Some(text) => super::workspace(conn, config, text)?.workspace_id,
                    None => id::DEPLOYMENT.to_owned(),
                };
                let list = clients::list(conn, &workspace_id)?.into_iter().map(|client| {
                    let uris = client.redirect_uris();
                    json!({ "client_id": client.client_id, "kind": client.kind, "name": client.name, "redirect_uris": uris })
                });
                Ok(Value::Array(list.collect()))
            }),
        }
    }
}
