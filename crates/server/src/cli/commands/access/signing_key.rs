//! `vestibule signing-key …`: the signing keys of the deployment and their rotation. It never prints a private key.

use anyhow::bail;
use clap::{
    Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};
use serde_json::{Value, json};
use vestibule_core::time::{Micros, rfc3339};
use vestibule_store::oauth::keys::{self, PUBLISHED_AFTER, SigningKey, standing};
use vestibule_web::{
    config::Config,
    crypto::{
        seal::Sealer,
        signing::{self, Algorithm},
    },
};

use crate::cli::commands::{open, read};

#[derive(Debug, Subcommand)]
pub(crate) enum SigningKeys {
    /// List the keys that are published: next, current and retired
    List,
    /// Publish the next key, which signs after a day; until then the current one does
    Rotate {
        /// Only for this algorithm; default: for each
        #[arg(long, value_name = "ALGORITHM", value_parser = PossibleValuesParser::new(Algorithm::TEXTS).try_map(|name| name.parse::<Algorithm>()))]
        algorithm: Option<Algorithm>,
        /// For a key that leaked: a new key signs at once, and the others are no longer used or published
        #[arg(long)]
        now: bool,
    },
}

impl SigningKeys {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        let (database, now) = open(config)?;
        if let SigningKeys::Rotate { algorithm, now: at_once } = self {
            let sealer = Sealer::configured(&config.security).map_err(anyhow::Error::msg)?;
            let wanted = |one: &Algorithm| algorithm.is_none_or(|wanted| wanted == *one);
            let keys = database.read(|conn| keys::list(conn, now))?;
            let mut made = false;
            for one in Algorithm::ALL.into_iter().filter(wanted) {
                made |= if *at_once {
                    signing::replace(&database, &sealer, one, now).map(|_| true)?
                } else if keys.iter().all(|key| key.algorithm != one) {
                    signing::begin(&database, &sealer, one, now).map(|_| true)?
                } else {
                    signing::rotate(&database, &sealer, one, 0, now)?
                };
            }
            if !made {
                bail!("the next key is published already, and will sign later; to rotate at once, use --now");
            }
        }
        read(&database, |conn| Ok(keys::list(conn, now)?.iter().map(|key| describe(key, now)).collect()))
    }
}

fn describe(key: &SigningKey, now: Micros) -> Value {
    json!({
        "kid": key.key_id,
        "algorithm": key.algorithm,
        "state": standing(key, now).name(),
        "created_at": rfc3339(key.created_at),
        "signs_from": rfc3339(key.signs_from),
        "signs_until": key.signs_until.map(rfc3339),
        "published_until": key.signs_until.map(|until| rfc3339(until + PUBLISHED_AFTER)),
    })
}
