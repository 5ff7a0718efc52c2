//! `vestibule read-only on|off|show`: makes the whole deployment read-only while it serves.

use clap::Subcommand;
use serde_json::{Value, json};
use vestibule_admin::{self as admin, Actor};
use vestibule_core::time::rfc3339;
use vestibule_store::safeguards::switches;
use vestibule_web::config::Config;

use super::{
    confirm::{Need, confirm},
    open, read, write,
};

#[derive(Debug, Subcommand)]
pub(crate) enum ReadOnly {
    /// Refuse changes by SCIM, pages and the management API on every node; sign-in, checks and ends of access go on
    On {
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Accept changes again
    Off,
    /// Show whether the deployment is read-only
    Show,
}

impl ReadOnly {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        if let ReadOnly::On { yes } = self {
            let question =
                "Every change by SCIM, pages and the management API will be refused on every node.";
            confirm(*yes, Need::OnTerminal, "read-only", question)?;
        }
        let (database, now) = open(config)?;
        let set = |on: bool| {
            write(&database, |conn| {
                Ok(admin::workspaces::emergency::set_read_only(conn, &Actor::cli(now), on)?)
            })
        };
        match self {
            ReadOnly::On { .. } => drop(set(true)?),
            ReadOnly::Off => drop(set(false)?),
            ReadOnly::Show => {}
        }
        let since = read(&database, |conn| Ok(switches::read_only_since(conn)?))?;
        Ok(json!({
            "read_only": since.is_some() || config.server.read_only,
            "since": since.map(rfc3339),
            "by_configuration": config.server.read_only,
        }))
    }
}
