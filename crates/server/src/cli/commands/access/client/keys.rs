//! Options for the public keys of a client that authenticates by `private_key_jwt`.

use std::path::PathBuf;

use anyhow::{Context, anyhow};
use clap::Args;
use vestibule_web::config::Config;

#[derive(Debug, Args)]
pub(super) struct Keys {
    /// Its public keys, a JSON Web Key Set
    #[arg(long, value_name = "FILE")]
    jwks_file: Option<PathBuf>,
    /// The URL of its public keys, in place of a file
    #[arg(long, value_name = "URL", conflicts_with = "jwks_file")]
    jwks_uri: Option<String>,
}

impl Keys {
    /// The option that was given.
    pub(super) fn option(&self) -> Option<&'static str> {
        match (&self.jwks_file, &self.jwks_uri) {
            (None, None) => None,
            (Some(_), _) => Some("--jwks-file"),
            (None, Some(_)) => Some("--jwks-uri"),
        }
    }

    /// Reads and checks the key set, or its address; `None` if no option was given.
    pub(super) fn read(&self, config: &Config) -> anyhow::Result<Option<String>> {
        let insecure = config.okta.allow_insecure_issuers;
        match (&self.jwks_file, &self.jwks_uri) {
            (None, None) => Ok(None),
            (None, Some(uri)) => {
                vestibule_oauth::check_keys_uri(uri, insecure).map_err(|why| anyhow!("--jwks-uri {why}"))?;
                Ok(Some(uri.clone()))
            }
            (Some(file), _) => {
                let text = std::fs::read_to_string(file)
                    .with_context(|| format!("--jwks-file {} can't be read", file.display()))?;
                vestibule_oauth::check_keys(&text)
                    .map_err(|why| anyhow!("--jwks-file {} is not valid: {why}", file.display()))?;
                Ok(Some(text))
            }
        }
    }
}
