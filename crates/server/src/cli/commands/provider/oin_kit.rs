//! `vestibule oin-kit`: what Okta's catalog wants of this deployment. The values of the wizard, the configuration guide, and Okta's test
//! suites run against a workspace.

#[cfg(feature = "demo")]
mod run;

use anyhow::anyhow;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use vestibule_console::provider::oin_kit::{self, Kit};
use vestibule_web::config::Config;

/// Arguments of the command.
#[derive(Debug, Args)]
pub(crate) struct OinKit {
    #[command(subcommand)]
    part: Option<Part>,
}

#[derive(Debug, Subcommand)]
enum Part {
    /// Print every value that the OIN Wizard asks for, as Markdown (the default)
    Values,
    /// Print the configuration guide for customers, in Okta's headings, as Markdown
    Guide,
    /// Run Okta's SPEC, CRUD, group push and entitlements tests against a workspace, and print the report
    Run(Run),
}

/// Arguments of a run.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The workspace's id; it should be one for tests
    #[arg(long, value_name = "ID")]
    workspace: String,
    /// Run although there are people in the workspace; they are only read
    #[arg(long)]
    among_people: bool,
    /// Origin of the running service, if this machine reaches it at another one than region.api_url
    #[arg(long, value_name = "ORIGIN")]
    url: Option<String>,
}

impl OinKit {
    pub(crate) fn run(&self, config: &Config, json: bool) -> anyhow::Result<Value> {
        let kit = || Kit::of(config).map_err(|problem| anyhow!(problem));
        match &self.part {
            None | Some(Part::Values) if json => Ok(kit()?.json()),
            None | Some(Part::Values) => Ok(Value::String(oin_kit::markdown(&kit()?))),
            Some(Part::Guide) => {
                let guide = oin_kit::guide(&kit()?)?;
                Ok(if json { json!({ "markdown": guide }) } else { Value::String(guide) })
            }
            #[cfg(feature = "demo")]
            Some(Part::Run(arguments)) => run::run(arguments, config, json),
            #[cfg(not(feature = "demo"))]
            Some(Part::Run(_)) => Err(anyhow!(
                "this build has no simulator of Okta: run it with one that has (the binary of a release, not the Docker image)"
            )),
        }
    }
}
