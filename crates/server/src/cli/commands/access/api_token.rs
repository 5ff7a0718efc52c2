//! `vestibule api-token …`: API tokens, which act for a user at the product's API.

use clap::Subcommand;
use serde_json::{Value, json};
use vestibule_admin::{self as admin, Actor, access::api_tokens::NewApiToken};
use vestibule_core::time::rfc3339;
use vestibule_store::access::tokens;
use vestibule_web::config::Config;

use crate::cli::commands::{self, open, read, write};

#[derive(Debug, Subcommand)]
pub(crate) enum ApiToken {
    /// Create an API token that acts for a user; it is shown once
    Create {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// The user name
        #[arg(long, value_name = "NAME")]
        user_name: String,
        /// What it is for
        #[arg(long)]
        name: String,
        /// A scope of the app; may be repeated; default: tokens.api_scopes
        #[arg(long = "scope", value_name = "SCOPE")]
        scopes: Vec<String>,
        /// Days until it expires
        #[arg(long, value_name = "DAYS", default_value_t = 90, value_parser = clap::value_parser!(i64).range(1..=3650))]
        expires_in: i64,
    },
    /// List a user's live API tokens
    List {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// The user name
        #[arg(long, value_name = "NAME")]
        user_name: String,
    },
    /// End an API token at once
    Revoke {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// The user name
        #[arg(long, value_name = "NAME")]
        user_name: String,
        /// The token's id
        #[arg(long, value_name = "ID")]
        id: String,
    },
}

impl ApiToken {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        let (database, now) = open(config)?;
        match self {
            ApiToken::Create { workspace, user_name, name, scopes, expires_in } => write(&database, |conn| {
                let workspace_id = commands::workspace(conn, config, workspace)?.workspace_id;
                let user = commands::user(conn, &workspace_id, user_name)?;
                let default_scope = &config.tokens.api_scopes;
                let new = NewApiToken { name, scopes, default_scope, days: *expires_in };
                let (token, plain) =
                    admin::access::api_tokens::create(conn, &Actor::cli(now), (&user, user.epoch), new)?;
                Ok(json!({
                    "id": token.token_id,
                    "token": plain,
                    "scope": token.scope,
                    "expires_at": token.expires_at.map(rfc3339),
                }))
            }),
            ApiToken::List { workspace, user_name } => read(&database, |conn| {
                let workspace_id = commands::workspace(conn, config, workspace)?.workspace_id;
                let user = commands::user(conn, &workspace_id, user_name)?;
                let list = tokens::list_api(conn, &user, now)?.into_iter().map(|token| {
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
            ApiToken::Revoke { workspace, user_name, id } => write(&database, |conn| {
                let workspace_id = commands::workspace(conn, config, workspace)?.workspace_id;
                let user = commands::user(conn, &workspace_id, user_name)?;
                if !admin::access::api_tokens::revoke(conn, &Actor::cli(now), &user, id)? {
                    return Err(anyhow::anyhow!("no live API token {id} of {user_name}").into());
                }
                Ok(json!({ "id": id, "revoked": true }))
            }),
        }
    }
}
