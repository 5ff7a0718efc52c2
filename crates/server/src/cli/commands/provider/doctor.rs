//! `vestibule doctor`: what is wrong with a workspace's sign-in and provisioning, and which field of its provider to change, as on its page.

use anyhow::anyhow;
use clap::Args;
use serde_json::Value;
use vestibule_console::provider::doctor;
use vestibule_web::{State, clock::Clock, config::Config, crypto::seal::Sealer};

use crate::cli::commands::{self, explain};

/// Arguments of the command.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// The workspace's id
    #[arg(long, value_name = "ID")]
    workspace: String,
    /// Don't query the provider; use only what was seen
    #[arg(long)]
    offline: bool,
}

impl Doctor {
    pub(crate) fn run(&self, config: Config) -> anyhow::Result<Value> {
        let database = crate::serve::app::open(&config)?;
        let workspace = commands::read(&database, |conn| {
            commands::workspace(conn, &config, &self.workspace).map_err(commands::Sentence)
        })?;
        let sealer = Sealer::configured(&config.security).map_err(|problem| anyhow!(problem))?;
        let state =
            State::new(config, sealer, database, Clock::default()).map_err(|problem| anyhow!(problem))?;
        actix_web::rt::System::new()
            .block_on(async { doctor::report(&state, &workspace, !self.offline).await.map_err(explain) })
    }
}
