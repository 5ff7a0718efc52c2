//! `vestibule saml-key …`: the keys of the deployment that sign SAML requests and decrypt SAML assertions. It never prints a private key.

use anyhow::bail;
use clap::Subcommand;
use serde_json::{Value, json};
use vestibule_core::time::{Micros, rfc3339};
use vestibule_store::providers::saml_keys::{self, PUBLISHED_AFTER, SamlKey};
use vestibule_web::{
    config::Config,
    crypto::{saml_keys as own_keys, seal::Sealer},
};

use crate::cli::commands::{open, read};

#[derive(Debug, Subcommand)]
pub(crate) enum SamlKeys {
    /// List the keys that our SAML metadata has, with their certificates
    List,
    /// Publish the next key, which signs after 30 days; until then administrators enter its certificate at their provider
    Rotate {
        /// For a key that leaked: a new key signs at once, and the others are no longer used or published
        #[arg(long)]
        now: bool,
    },
}

impl SamlKeys {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        let (database, now) = open(config)?;
        if let SamlKeys::Rotate { now: at_once } = self {
            let sealer = Sealer::configured(&config.security).map_err(anyhow::Error::msg)?;
            let rotated = own_keys::rotate(&database, &sealer, (&config.region.api_url, *at_once), now)?;
            if !rotated {
                bail!("the next key is published already, and will sign later; to rotate at once, use --now");
            }
        }
        read(&database, |conn| Ok(saml_keys::list(conn, now)?.iter().map(|key| describe(key, now)).collect()))
    }
}

fn describe(key: &SamlKey, now: Micros) -> Value {
    let state = if key.is_current(now) {
        "current"
    } else if key.signs_from > now {
        "next"
    } else {
        "retired"
    };
    json!({
        "key_id": key.key_id,
        "state": state,
        "certificate": key.certificate,
        "created_at": rfc3339(key.created_at),
        "signs_from": rfc3339(key.signs_from),
        "signs_until": key.signs_until.map(rfc3339),
        "published_until": key.signs_until.map(|until| rfc3339(until + PUBLISHED_AFTER)),
    })
}
