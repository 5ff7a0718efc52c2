//! `vestibule client update`: what may change after a client was registered.

use anyhow::anyhow;
use clap::Args;
use serde_json::{Value, json};
use vestibule_store::clients;
use vestibule_web::{config::Config, operator};

use super::{find, open, tell, write};

#[derive(Debug, Args)]
pub(crate) struct Update {
    /// The client's id
    #[arg(long, value_name = "ID")]
    client: String,
    /// Where the app is told that a session ended (OpenID Connect Back-Channel Logout); empty: nowhere
    #[arg(long, value_name = "URL")]
    backchannel_logout_uri: String,
}

impl Update {
    pub(super) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        let (database, now) = open(config)?;
        let uri = self.backchannel_logout_uri.as_str();
        write(&database, |conn| {
            let client = find(conn, &self.client)?;
            if client.kind != "app" {
                return Err(anyhow!("{} is no app: nobody signs in to it", self.client).into());
            }
            if !uri.is_empty() {
                operator::told_at("backchannel_logout_uri", uri, config.okta.allow_insecure_issuers)?;
            }
            clients::set_backchannel_logout_uri(conn, &client, uri)?;
            tell(conn, &client, "client_changed", now)?;
            Ok(json!({ "client_id": client.client_id, "backchannel_logout_uri": uri }))
        })
    }
}
