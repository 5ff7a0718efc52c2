//! `vestibule client …`: OAuth clients. A secret is printed only once, when it is created.

mod create;
mod keys;
mod secrets;
mod update;

use clap::Subcommand;
use serde_json::{Value, json};
use vestibule_admin::{self as admin, Actor};
use vestibule_core::{ids, time::rfc3339};
use vestibule_store::oauth::{client_secrets, clients};
use vestibule_web::config::Config;

use crate::cli::commands::{self, open, read, write};

#[derive(Debug, Subcommand)]
pub(crate) enum Client {
    /// Register an OAuth client; its secret is shown once
    Create(create::Create),
    /// Change the settings of a client
    Update(update::Update),
    /// List the clients of a workspace, or those all workspaces share, with the ages of their secrets
    List {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: Option<String>,
    },
    /// Issue a second secret, shown once; the first still works until end-secret
    RotateSecret(secrets::Rotate),
    /// End a secret
    EndSecret(secrets::End),
    /// Delete a client: its grants and every token under them end at once
    Delete {
        /// The client's id
        #[arg(long, value_name = "ID")]
        client: String,
    },
}

impl Client {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        match self {
            Client::Create(create) => create.run(config),
            Client::Update(update) => update.run(config),
            Client::List { workspace } => list(config, workspace.as_deref()),
            Client::RotateSecret(rotate) => rotate.run(config),
            Client::EndSecret(end) => end.run(config),
            Client::Delete { client } => delete(config, client),
        }
    }
}

fn list(config: &Config, workspace: Option<&str>) -> anyhow::Result<Value> {
    let (database, _) = open(config)?;
    read(&database, |conn| {
        let workspace_id = match workspace {
            Some(text) => commands::workspace(conn, config, text)?.workspace_id,
            None => ids::DEPLOYMENT.clone(),
        };
        let mut list = Vec::new();
        for client in clients::list(conn, &workspace_id)? {
            let secrets = client_secrets::list(conn, &client)?.into_iter().map(|secret| {
                json!({
                    "id": secret.secret_id,
                    "created_at": rfc3339(secret.created_at),
                    "last_used_at": secret.last_used_at.map(rfc3339),
                })
            });
            list.push(json!({
                "client_id": client.client_id,
                "kind": client.kind,
                "name": client.name,
                "redirect_uris": client.redirect_uris(),
                "post_logout_redirect_uris": client.post_logout_redirect_uris(),
                "backchannel_logout_uri": client.backchannel_logout_uri,
                "auth_method": client.auth_method,
                "jwks_uri": client.jwks_uri(),
                "scope": client.scope,
                "jwt_access_tokens": client.jwt_seconds,
                "id_token_alg": client.id_token_alg,
                "cross_app": client.cross_app,
                "requires_pkce": client.requires_pkce,
                "token_exchange": client.token_exchange,
                "serves": client.serves.as_slice(),
                "dpop": client.dpop,
                "default_max_age": client.default_max_age,
                "requires_auth_time": client.requires_auth_time,
                "supports_cross_app": client.supports_cross_app()?,
                "secrets": secrets.collect::<Vec<_>>(),
            }));
        }
        Ok(Value::Array(list))
    })
}

fn delete(config: &Config, client_id: &str) -> anyhow::Result<Value> {
    let (database, now) = open(config)?;
    write(&database, |conn| {
        let client = commands::find_client(conn, client_id)?;
        let ended = admin::access::clients::delete(conn, &Actor::cli(now), &client)?;
        Ok(json!({ "client_id": client_id, "deleted": true, "grants_ended": ended }))
    })
}
