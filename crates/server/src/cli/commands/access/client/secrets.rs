//! `vestibule client rotate-secret | end-secret`: two secrets are valid at a time, so that one can be replaced while the
//! other still works.

use anyhow::anyhow;
use clap::Args;
use serde_json::{Value, json};
use vestibule_admin::{self as admin, Actor};
use vestibule_core::sets::ClientAuth;
use vestibule_store::Error;
use vestibule_web::config::Config;

use crate::cli::commands::{Sentence, find_client, open, write};

#[derive(Debug, Args)]
pub(crate) struct Rotate {
    /// The client's id
    #[arg(long, value_name = "ID")]
    client: String,
}

#[derive(Debug, Args)]
pub(crate) struct End {
    /// The client's id
    #[arg(long, value_name = "ID")]
    client: String,
    /// The secret's id, as `client list` shows it
    #[arg(long, value_name = "ID")]
    secret: String,
}

impl Rotate {
    pub(super) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        let (database, now) = open(config)?;
        write(&database, |conn| {
            let client = find_client(conn, &self.client)?;
            if client.auth_method != ClientAuth::Secret {
                return Err(anyhow!("client {} authenticates without a secret", self.client).into());
            }
            let (id, secret) =
                admin::access::clients::add_secret(conn, &Actor::cli(now), &client).map_err(|error| {
                    match error {
                        Error::Conflict(_) => Sentence(anyhow!(
                            "there are two secrets already: end one first (vestibule client end-secret)"
                        )),
                        other => other.into(),
                    }
                })?;
            Ok(json!({ "client_id": self.client, "id": id, "client_secret": secret }))
        })
    }
}

impl End {
    pub(super) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        let (database, now) = open(config)?;
        write(&database, |conn| {
            let client = find_client(conn, &self.client)?;
            if !admin::access::clients::end_secret(conn, &Actor::cli(now), &client, &self.secret)? {
                return Err(anyhow!("client {} has no secret {}", self.client, self.secret).into());
            }
            Ok(json!({ "client_id": self.client, "id": self.secret, "ended": true }))
        })
    }
}
