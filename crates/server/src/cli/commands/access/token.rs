//! `vestibule token …`: provisioning tokens.

use clap::Subcommand;
use serde_json::{Value, json};
use vestibule_admin::{
    self as admin, Actor,
    access::provisioning_tokens::{NewProvisioningToken, SCOPES},
};
use vestibule_core::{sets::TokenKind, time::rfc3339};
use vestibule_store::access::tokens;
use vestibule_web::config::Config;

use crate::cli::commands::{self, open, read, write};

#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    /// Create a provisioning token; it is shown once
    Create {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// What it is for
        #[arg(long)]
        name: String,
        /// What it may do; may be repeated; default: all three
        #[arg(long = "scope", value_name = "SCOPE", value_parser = SCOPES)]
        scopes: Vec<String>,
        /// Days until it expires; default: never
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(i64).range(1..=3650))]
        expires_in: Option<i64>,
    },
    /// List a workspace's provisioning tokens
    List {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
    },
    /// End a token at once
    Revoke {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// The token's id
        #[arg(long, value_name = "ID")]
        id: String,
    },
}

impl Token {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        let (database, now) = open(config)?;
        match self {
            Token::Create { workspace, name, scopes, expires_in } => write(&database, |conn| {
                let workspace_id = commands::workspace(conn, config, workspace)?.workspace_id;
                let new = NewProvisioningToken { name, scopes, days: *expires_in };
                let (token, plain) =
                    admin::access::provisioning_tokens::create(conn, &Actor::cli(now), &workspace_id, new)?;
                Ok(json!({
                    "id": token.token_id,
                    "token": plain,
                    "scope": token.scope,
                    "expires_at": token.expires_at.map(rfc3339),
                }))
            }),
            Token::List { workspace } => read(&database, |conn| {
                let workspace_id = commands::workspace(conn, config, workspace)?.workspace_id;
                let list = tokens::list_of_workspace(conn, &workspace_id, TokenKind::Provisioning)?;
                let list = list.into_iter().map(|token| {
                    json!({
                        "id": token.token_id,
                        "name": token.name,
                        "scope": token.scope,
                        "created_at": rfc3339(token.created_at),
                        "expires_at": token.expires_at.map(rfc3339),
                        "last_used_at": token.last_used_at.map(rfc3339),
                    })
                });
                Ok(Value::Array(list.collect()))
            }),
            Token::Revoke { workspace, id } => write(&database, |conn| {
                let workspace_id = commands::workspace(conn, config, workspace)?.workspace_id;
                if !admin::access::provisioning_tokens::revoke(conn, &Actor::cli(now), &workspace_id, id)? {
                    return Err(anyhow::anyhow!("no token {id} in this workspace").into());
                }
                Ok(json!({ "id": id, "revoked": true }))
            }),
        }
    }
}
