//! `vestibule operator-key …`: keys of the operator's machines for the management API.

use anyhow::anyhow;
use clap::{
    Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};
use serde_json::{Value, json};
use vestibule_admin::{self as admin, Actor, access::operator_keys::NewOperatorKey};
use vestibule_core::{
    sets::OperatorScope,
    time::{Micros, rfc3339},
};
use vestibule_store::{
    Database,
    access::operator_keys::{self, OperatorKey},
};
use vestibule_web::config::Config;

use crate::cli::commands::{open, read, with, write};

#[derive(Debug, Subcommand)]
pub(crate) enum OperatorKeys {
    /// Create a key for the management API; it is shown once
    Create {
        /// What it is for
        #[arg(long)]
        name: String,
        /// What it may do; may be repeated; default: both
        #[arg(long = "scope", value_name = "SCOPE", value_parser = PossibleValuesParser::new(OperatorScope::TEXTS).try_map(|name| name.parse::<OperatorScope>()))]
        scopes: Vec<OperatorScope>,
        /// Days until it expires; default: never
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(i64).range(1..=3650))]
        expires_in: Option<i64>,
    },
    /// List the keys, without their texts
    List,
    /// End a key at once
    Revoke {
        /// The key's id
        #[arg(long, value_name = "ID")]
        id: String,
    },
}

impl OperatorKeys {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        // Keys belong to the deployment, which has no trail: changes of keys are logged.
        crate::telemetry::init(&config.log)?;
        let (database, now) = open(config)?;
        let done = self.carry_out(&database, now)?;
        let text = |name: &str| done.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        match self {
            OperatorKeys::Create { .. } => tracing::warn!(
                target: "vestibule::operator_key",
                actor = "cli",
                key = %text("id"),
                scope = %text("scope"),
                "operator_key.created"
            ),
            OperatorKeys::Revoke { id } => {
                tracing::warn!(target: "vestibule::operator_key", actor = "cli", key = %id, "operator_key.revoked");
            }
            OperatorKeys::List => {}
        }
        Ok(done)
    }

    fn carry_out(&self, database: &Database, now: Micros) -> anyhow::Result<Value> {
        match self {
            OperatorKeys::Create { name, scopes, expires_in } => write(database, |conn| {
                let new = NewOperatorKey { name, scopes, days: *expires_in };
                let (key, plain) = admin::access::operator_keys::create(conn, &Actor::cli(now), new)?;
                Ok(with(describe(&key), "key", plain))
            }),
            OperatorKeys::List => {
                read(database, |conn| Ok(operator_keys::list(conn)?.iter().map(describe).collect()))
            }
            OperatorKeys::Revoke { id } => write(database, |conn| {
                if admin::access::operator_keys::revoke(conn, id)? {
                    return Ok(json!({ "id": id, "revoked": true }));
                }
                Err(anyhow!("there is no operator key {id}").into())
            }),
        }
    }
}

fn describe(key: &OperatorKey) -> Value {
    json!({
        "id": key.key_id,
        "name": key.name,
        "scope": key.scope,
        "created_at": rfc3339(key.created_at),
        "expires_at": key.expires_at.map(rfc3339),
        "last_used_at": key.last_used_at.map(rfc3339),
    })
}
