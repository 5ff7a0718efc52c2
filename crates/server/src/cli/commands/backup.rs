//! `vestibule backup` and `vestibule restore`: the whole database as one encrypted file.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};
use vestibule_core::time::rfc3339;
use vestibule_web::{clock::Clock, config::Config, crypto::seal::Sealer};

use crate::{backup, cli::commands::open};

/// Arguments of `backup`.
#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// The file to write; an older one of this name is replaced when the new one is complete and verified
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

/// Arguments of `restore`.
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The file that `vestibule backup` wrote
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
}

fn sealer(config: &Config) -> anyhow::Result<Sealer> {
    Sealer::configured(&config.security).map_err(anyhow::Error::msg)
}

impl Backup {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        let sealer = sealer(config)?;
        let (database, now) = open(config)?;
        let made = backup::make(config, &sealer, &database, &self.to, now)?;
        Ok(json!({
            "file": self.to.display().to_string(),
            "bytes": made.bytes,
            "database": made.header.database,
            "schema": made.header.schema,
            "made_at": rfc3339(made.header.made_at),
            "sealing_key": made.header.sealing_key,
            "events": made.events,
            "verified": true,
        }))
    }
}

impl Restore {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        backup::restore(config, &sealer(config)?, &self.from, Clock::default().now())
    }
}
