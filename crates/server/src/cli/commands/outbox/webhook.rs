//! `vestibule webhook …`: URLs that receive events. A secret is printed only once, when it is created.

use anyhow::anyhow;
use clap::Subcommand;
use serde_json::{Value, json};
use vestibule_admin::{
    self as admin, Actor,
    outbox::webhooks::{Environment, WebhookChange},
};
use vestibule_core::{
    ids::{self, WorkspaceId},
    time::Micros,
};
use vestibule_store::{
    Conn, Tx,
    outbox::webhooks::{self, Webhook as Row},
};
use vestibule_web::{config::Config, crypto::seal::Sealer};

use crate::cli::commands::{self, Sentence, Switch, open, read, with, write};

#[derive(Debug, Subcommand)]
pub(crate) enum Webhook {
    /// Create a webhook; its signing secret is shown once
    Create {
        /// The URL that receives events
        #[arg(long, value_name = "URL")]
        url: String,
        /// The workspace's id; without it, events of every workspace
        #[arg(long, value_name = "ID")]
        workspace: Option<String>,
        /// A kind of event, such as user_updated, or * for all; may be repeated. Default: all events about users
        #[arg(long = "kind", value_name = "KIND")]
        kinds: Vec<String>,
    },
    /// List the webhooks of a workspace, or those of the deployment
    List {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: Option<String>,
    },
    /// Change a webhook; settings that are not given stay
    Set {
        /// The webhook's id
        #[arg(long, value_name = "ID")]
        id: String,
        /// The URL that receives events
        #[arg(long, value_name = "URL")]
        url: Option<String>,
        /// A kind of event; may be repeated
        #[arg(long = "kind", value_name = "KIND")]
        kinds: Option<Vec<String>>,
        /// Whether it receives events
        #[arg(long)]
        enabled: Option<Switch>,
    },
    /// Create a second secret, shown once; both sign until end-secret
    RotateSecret {
        /// The webhook's id
        #[arg(long, value_name = "ID")]
        id: String,
    },
    /// End the older of two secrets
    EndSecret {
        /// The webhook's id
        #[arg(long, value_name = "ID")]
        id: String,
    },
    /// Send a test; `delivery list` shows its result
    Test {
        /// The webhook's id
        #[arg(long, value_name = "ID")]
        id: String,
    },
    /// Delete a webhook and its waiting deliveries
    Delete {
        /// The webhook's id
        #[arg(long, value_name = "ID")]
        id: String,
    },
}

impl Webhook {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        let (database, now) = open(config)?;
        if let Webhook::List { workspace } = self {
            return read(&database, |conn| {
                let owner = owner(conn, config, workspace.as_deref())?;
                Ok(webhooks::list(conn, &owner)?.iter().map(admin::outbox::webhooks::describe).collect())
            });
        }
        let sealer = Sealer::configured(&config.security).map_err(|error| anyhow!(error))?;
        write(&database, |conn| self.change(conn, config, &sealer, now))
    }

    fn change(
        &self,
        conn: &mut Tx<'_>,
        config: &Config,
        sealer: &Sealer,
        now: Micros,
    ) -> Result<Value, Sentence> {
        let actor = Actor::cli(now);
        let environment = Environment { sealer, allow_insecure: config.okta.allow_insecure_issuers };
        match self {
            Webhook::List { .. } => Ok(Value::Null),
            Webhook::Create { url, workspace, kinds } => {
                let owner = owner(conn, config, workspace.as_deref())?;
                let change =
                    WebhookChange { url: Some(url.clone()), kinds: Some(kinds.clone()), enabled: None };
                let (webhook, secret) =
                    admin::outbox::webhooks::create(conn, &actor, environment, &owner, &change)?;
                Ok(with(admin::outbox::webhooks::describe(&webhook), "secret", secret))
            }
            Webhook::Set { id, url, kinds, enabled } => {
                let webhook = find(conn, id)?;
                let enabled = enabled.map(Switch::is_on);
                let change = WebhookChange { url: url.clone(), kinds: kinds.clone(), enabled };
                let after = admin::outbox::webhooks::change(conn, &actor, environment, webhook, &change)?;
                Ok(admin::outbox::webhooks::describe(&after))
            }
            Webhook::RotateSecret { id } => {
                let webhook = find(conn, id)?;
                let secret = admin::outbox::webhooks::add_secret(conn, &actor, environment, webhook)?;
                Ok(json!({ "id": id, "secret": secret }))
            }
            Webhook::EndSecret { id } => {
                let webhook = find(conn, id)?;
                admin::outbox::webhooks::end_secret(conn, &actor, webhook)?;
                Ok(json!({ "id": id, "ended": true }))
            }
            Webhook::Test { id } => {
                let webhook = find(conn, id)?;
                admin::outbox::webhooks::send_test(conn, &actor, &webhook)?;
                Ok(json!({ "id": id, "sent": true }))
            }
            Webhook::Delete { id } => {
                let webhook = find(conn, id)?;
                let forgotten = admin::outbox::webhooks::delete(conn, &actor, &webhook)?;
                Ok(json!({ "id": id, "deleted": true, "deliveries_forgotten": forgotten }))
            }
        }
    }
}

fn owner(conn: &mut Conn, config: &Config, workspace: Option<&str>) -> Result<WorkspaceId, Sentence> {
    Ok(match workspace {
        Some(text) => commands::workspace(conn, config, text)?.workspace_id,
        None => ids::DEPLOYMENT.clone(),
    })
}

fn find(conn: &mut Conn, id: &str) -> Result<Row, Sentence> {
    Ok(webhooks::find(conn, id)?.ok_or_else(|| anyhow!("there is no webhook {id}"))?)
}
