//! `vestibule key …`: the keys that seal stored secrets. It prints a key only when there is no key ring file to write the new one to.

use std::path::Path;

use anyhow::bail;
use clap::Subcommand;
use serde_json::{Value, json};
use vestibule_web::{
    config::Config,
    crypto::seal::{self, Key, Sealer},
};

use super::signing_key::SigningKeys;
use crate::cli::{BadArguments, commands::open};

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// List the sealing keys, and how many stored values each of them sealed
    List,
    /// Make a new sealing key the current one in the key ring file; without such a file, print a new key and what to configure
    Rotate {
        /// Only add the next key, which opens and does not seal yet, so that every node can get the file first
        #[arg(long, conflicts_with = "signing")]
        next: bool,
        /// Rotate the signing keys instead, as `vestibule signing-key rotate`
        #[arg(long)]
        signing: bool,
        /// With --signing, for a key that leaked: a new key signs at once
        #[arg(long, requires = "signing")]
        now: bool,
    },
    /// Seal all stored values with the current key; may be stopped and run again, while the service runs
    Reseal,
}

impl Keys {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        match self {
            Keys::List => list(config),
            Keys::Rotate { signing: true, now, .. } => {
                SigningKeys::Rotate { algorithm: None, now: *now }.run(config)
            }
            Keys::Rotate { next, .. } => rotate(config, *next),
            Keys::Reseal => reseal(config),
        }
    }
}

fn sealer(config: &Config) -> anyhow::Result<Sealer> {
    Sealer::configured(&config.security).map_err(anyhow::Error::msg)
}

fn list(config: &Config) -> anyhow::Result<Value> {
    let sealer = sealer(config)?;
    let (database, _) = open(config)?;
    let counts = seal::count(&database)?;
    let values = |key_id: &str| -> u64 {
        counts.iter().filter(|count| count.key_id == key_id).map(|count| count.values).sum()
    };
    let keys = sealer.keys();
    let line = |key: &Key| json!({ "key_id": key.id, "state": key.standing.as_str(), "from": key.from, "values": values(&key.id) });
    let mut lines: Vec<Value> = keys.iter().map(line).collect();
    let mut unknown: Vec<&str> = counts.iter().map(|count| count.key_id.as_str()).collect();
    unknown.sort_unstable();
    unknown.dedup();
    unknown.retain(|key_id| keys.iter().all(|key| key.id != *key_id));
    lines.extend(unknown.into_iter().map(
        |key_id| json!({ "key_id": key_id, "state": "missing", "from": null, "values": values(key_id) }),
    ));
    Ok(lines.into())
}

fn rotate(config: &Config, next: bool) -> anyhow::Result<Value> {
    let sealer = sealer(config)?;
    let path = &config.security.sealing_keys_file;
    if path.is_empty() {
        if next {
            return Err(BadArguments(
                "--next needs a key ring file: set security.sealing_keys_file to its path".to_owned(),
            )
            .into());
        }
        return Ok(json!({
            "changed": false,
            "sealing_key": seal::generate_key()?,
            "next_steps": [
                "append the present key to security.retired_sealing_keys",
                "set security.sealing_key to the key printed here, or what security.sealing_key_command prints",
                "restart every node, then run: vestibule key reseal",
                "or set security.sealing_keys_file to the path of a key ring file and run this command again: it writes the file",
            ],
        }));
    }
    let rotated =
        seal::rotate(Path::new(path), sealer.keys_of_configuration(), next).map_err(anyhow::Error::msg)?;
    let steps: &[&str] = if next {
        &[
            "copy the file to every node, unless they share it; running nodes read it by themselves",
            "run: vestibule key rotate",
        ]
    } else {
        &[
            "copy the file to every node, unless they share it; running nodes read it by themselves",
            "run: vestibule key reseal",
        ]
    };
    Ok(json!({
        "changed": true,
        "key_id": rotated.key_id,
        "state": rotated.standing.as_str(),
        "former": rotated.former,
        "file": path,
        "next_steps": steps,
    }))
}

fn reseal(config: &Config) -> anyhow::Result<Value> {
    let sealer = sealer(config)?;
    let (database, _) = open(config)?;
    let done = seal::reseal(&database, &sealer)?;
    if !done.failures.is_empty() {
        bail!(
            "{} values were sealed again, and {} are not sealed with the current key: {}",
            done.resealed,
            done.remaining,
            done.failures.join("; ")
        );
    }
    Ok(json!({ "resealed": done.resealed, "remaining": done.remaining }))
}
