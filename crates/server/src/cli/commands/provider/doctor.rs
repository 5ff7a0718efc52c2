//! `vestibule doctor`: what is wrong with a workspace's sign-in and provisioning, and which field of its provider to change, as on its page.
//! With `--ipsie`: how far it meets the levels of IPSIE.

use anyhow::anyhow;
use clap::Args;
use serde_json::Value;
use vestibule_admin::ipsie;
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
    /// Check the requirements of IPSIE (SL1 to SL3, AL1 to AL3) against what was seen in the workspace
    #[arg(long, conflicts_with = "offline")]
    ipsie: bool,
}

impl Doctor {
    pub(crate) fn run(&self, config: Config) -> anyhow::Result<Value> {
        let database = crate::serve::app::open(&config)?;
        if self.ipsie {
            let now = Clock::default().now();
            return commands::read(&database, |conn| {
                let workspace =
                    commands::workspace(conn, &config, &self.workspace).map_err(commands::Sentence)?;
                Ok(ipsie::json(&ipsie::facts::read(conn, &config, &workspace, now)?))
            });
        }
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
