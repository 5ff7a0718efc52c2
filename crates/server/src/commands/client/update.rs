//! `vestibule client update`: how a client's tokens are made from now on.

use clap::{Args, builder::PossibleValuesParser};
use serde_json::{Value, json};
use vestibule_store::events::Cause;
use vestibule_web::{config::Config, operator, signing::Algorithm};

use super::{find, open, write};

#[derive(Debug, Args)]
pub(crate) struct Update {
    /// The client's id
    #[arg(long, value_name = "ID")]
    client: String,
    /// An app's access tokens are JWTs (RFC 9068) that live so long, 30 to 300 seconds; 0: they are opaque
    #[arg(long, value_name = "SECONDS", required_unless_present = "id_token_alg")]
    jwt_access_tokens: Option<i64>,
    /// By what its ID tokens are signed
    #[arg(long, value_name = "ALGORITHM", value_parser = PossibleValuesParser::new(Algorithm::NAMES))]
    id_token_alg: Option<String>,
}

impl Update {
    pub(super) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        let (database, now) = open(config)?;
        let jwt = self.jwt_access_tokens.map(|seconds| Some(seconds).filter(|seconds| *seconds != 0));
        write(&database, |conn| {
            let client = find(conn, &self.client)?;
            let change = (jwt, self.id_token_alg.as_deref());
            let after = operator::clients::set_tokens(conn, client, change, &Cause::cli(), now)?;
            Ok(json!({
                "client_id": after.client_id,
                "jwt_access_tokens": after.jwt_seconds,
                "id_token_alg": after.id_token_alg,
            }))
        })
    }
}
