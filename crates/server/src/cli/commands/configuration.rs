//! `vestibule apply` and `vestibule export --settings`: the settings of the deployment and its workspaces as a folder of TOML files.
//! docs/configuration-as-code.md has the format. A secret is never written to a file nor printed.

pub(crate) mod apply;
pub(crate) mod export;
mod folder;
mod names;
mod normal;
mod report;
mod run;
mod secrets;
mod stored;

use vestibule_admin::Actor;
use vestibule_web::{config::Config, crypto::seal::Sealer};

use secrets::Secrets;

/// What a run has in common for all files.
struct Context<'a> {
    config: &'a Config,
    sealer: &'a Sealer,
    actor: Actor,
    /// The secrets that the folder refers to.
    secrets: Secrets,
    /// Whether what the folder does not name is deleted.
    prunes: bool,
}

impl Context<'_> {
    fn allow_insecure(&self) -> bool {
        self.config.okta.allow_insecure_issuers
    }
}
