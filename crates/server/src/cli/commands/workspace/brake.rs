//! `vestibule brake …`: the safety brake, which blocks pushes that would take access from too many people at once.

use clap::Subcommand;
use serde_json::Value;
use vestibule_admin::{self as admin, Actor, workspaces::brake::MOST_PEOPLE};
use vestibule_web::config::Config;

use crate::cli::commands::{self, open, read, write};

#[derive(Debug, Subcommand)]
pub(crate) enum Brake {
    /// Show its state, and what it blocked
    Show {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
    },
    /// Allow the blocked pushes for one hour
    Release {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// Allow them for this many people, within a day, instead
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..=MOST_PEOPLE))]
        people: Option<i64>,
    },
    /// Keep pushes blocked; ends a release
    Keep {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
    },
}

impl Brake {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        let (database, now) = open(config)?;
        match self {
            Brake::Show { workspace } => read(&database, |conn| {
                let id = commands::workspace(conn, config, workspace)?.workspace_id;
                Ok(admin::workspaces::brake::describe(conn, &id, now)?)
            }),
            Brake::Release { workspace, people } => write(&database, |conn| {
                let id = commands::workspace(conn, config, workspace)?.workspace_id;
                admin::workspaces::brake::release(conn, &Actor::cli(now), &id, *people)?;
                Ok(admin::workspaces::brake::describe(conn, &id, now)?)
            }),
            Brake::Keep { workspace } => write(&database, |conn| {
                let id = commands::workspace(conn, config, workspace)?.workspace_id;
                admin::workspaces::brake::keep(conn, &Actor::cli(now), &id)?;
                Ok(admin::workspaces::brake::describe(conn, &id, now)?)
            }),
        }
    }
}
