//! `vestibule client update`: changes the settings of a client that may change after its registration.

use clap::{Args, builder::PossibleValuesParser};
use serde_json::{Value, json};
use vestibule_admin::{self as admin, Actor, access::clients::ClientChange};
use vestibule_core::sets::DpopMode;
use vestibule_store::oauth::clients::Client;
use vestibule_web::{config::Config, crypto::signing::Algorithm};

use super::keys::Keys;
use crate::cli::commands::{Switch, find_client, open, write};

#[derive(Debug, Args)]
pub(crate) struct Update {
    /// The client's id
    #[arg(long, value_name = "ID")]
    client: String,
    /// What people see on the approval page
    #[arg(long)]
    name: Option<String>,
    /// A redirect URI, compared exactly; may be repeated. These replace all; a code that was sent to a removed one is refused
    #[arg(long = "redirect-uri", value_name = "URI", num_args = 1..)]
    redirect_uris: Option<Vec<String>>,
    /// A redirect URI after sign-out, compared exactly; may be repeated; empty: none. These replace all
    #[arg(long = "post-logout-redirect-uri", value_name = "URI", num_args = 1..)]
    post_logout_redirect_uris: Option<Vec<String>>,
    #[command(flatten)]
    keys: Keys,
    /// The lifetime of an app's JWT access tokens (RFC 9068), 30 to 300 seconds; 0: access tokens are opaque
    #[arg(long, value_name = "SECONDS", required_unless_present_any = ["name", "redirect_uris", "post_logout_redirect_uris", "jwks_file", "jwks_uri", "id_token_alg", "backchannel_logout_uri", "scopes", "cross_app", "require_pkce", "token_exchange", "serves", "dpop", "default_max_age", "require_auth_time"])]
    jwt_access_tokens: Option<i64>,
    /// The signature algorithm of its ID tokens
    #[arg(long, value_name = "ALGORITHM", value_parser = PossibleValuesParser::new(Algorithm::TEXTS))]
    id_token_alg: Option<String>,
    /// The URL that receives logout tokens when a session ends (OpenID Connect Back-Channel Logout); empty: none
    #[arg(long, value_name = "URL")]
    backchannel_logout_uri: Option<String>,
    /// A scope that it may request from now on; may be repeated; empty: all that its kind may request. Tokens under earlier
    /// grants are narrowed, too
    #[arg(long = "scope", value_name = "SCOPE", num_args = 1..)]
    scopes: Option<Vec<String>>,
    /// Whether it may act for people by an assertion of their provider (Cross App Access); off: its access for them ends
    #[arg(long)]
    cross_app: Option<Switch>,
    /// Whether it must use PKCE although it has a secret or keys
    #[arg(long)]
    require_pkce: Option<Switch>,
    /// Whether it may exchange access tokens of people for the resources that it serves (RFC 8693); off: what it got ends
    #[arg(long)]
    token_exchange: Option<Switch>,
    /// A registered resource that it serves, whose tokens it may exchange; may be repeated; empty: none
    #[arg(long, value_name = "URI", num_args = 1..)]
    serves: Option<Vec<String>>,
    /// Whether its tokens are bound to a key of the client (DPoP, RFC 9449)
    #[arg(long, value_name = "MODE", value_parser = PossibleValuesParser::new(DpopMode::TEXTS))]
    dpop: Option<String>,
    /// How long ago people may have authenticated, in seconds, if a request has no max_age; `none`: any time
    #[arg(long, value_name = "SECONDS", value_parser = seconds_or_none)]
    default_max_age: Option<Age>,
    /// Whether its ID tokens must have auth_time: people whose provider never said it sign in again
    #[arg(long)]
    require_auth_time: Option<Switch>,
}

/// An age in seconds, or none.
#[derive(Debug, Clone, Copy)]
struct Age(Option<i64>);

fn seconds_or_none(text: &str) -> Result<Age, String> {
    match text {
        "none" => Ok(Age(None)),
        text => text
            .parse()
            .map(|seconds| Age(Some(seconds)))
            .map_err(|_| "must be a whole number of seconds, or none".to_owned()),
    }
}

impl Update {
    pub(super) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        let (database, now) = open(config)?;
        let jwt_seconds = self.jwt_access_tokens.map(|seconds| Some(seconds).filter(|seconds| *seconds != 0));
        let dpop = self.dpop.as_deref().map(str::parse).transpose()?;
        let (scopes, serves) = (without_empty(&self.scopes), without_empty(&self.serves));
        let redirect_uris = without_empty(&self.redirect_uris);
        let after_logout = without_empty(&self.post_logout_redirect_uris);
        let jwks = self.keys.read(config)?;
        write(&database, |conn| {
            let client = find_client(conn, &self.client)?;
            let change = ClientChange {
                name: self.name.as_deref(),
                redirect_uris: redirect_uris.as_deref(),
                post_logout_redirect_uris: after_logout.as_deref(),
                jwks: jwks.as_deref(),
                jwt_seconds,
                id_token_alg: self.id_token_alg.as_deref(),
                backchannel_logout_uri: self.backchannel_logout_uri.as_deref(),
                scopes: scopes.as_deref(),
                cross_app: self.cross_app.map(Switch::is_on),
                requires_pkce: self.require_pkce.map(Switch::is_on),
                token_exchange: self.token_exchange.map(Switch::is_on),
                serves: serves.as_deref(),
                dpop,
                default_max_age: self.default_max_age.map(|Age(seconds)| seconds),
                requires_auth_time: self.require_auth_time.map(Switch::is_on),
            };
            let insecure = config.okta.allow_insecure_issuers;
            let after = admin::access::clients::change(conn, &Actor::cli(now), client, change, insecure)?;
            Ok(json!({
                "client_id": after.client_id,
                "name": after.name,
                "redirect_uris": after.redirect_uris.as_slice(),
                "post_logout_redirect_uris": after.post_logout_redirect_uris.as_slice(),
                "jwt_access_tokens": after.jwt_seconds,
                "id_token_alg": after.id_token_alg,
                "backchannel_logout_uri": after.backchannel_logout_uri,
                "scope": after.scope,
                "cross_app": after.cross_app,
                "requires_pkce": after.requires_pkce,
                "token_exchange": after.token_exchange,
                "serves": after.serves.as_slice(),
                "dpop": after.dpop,
                "default_max_age": after.default_max_age,
                "requires_auth_time": after.requires_auth_time,
                "warning": warning(&after),
            }))
        })
    }
}

/// What an operator must know of a client that acts for people and whose access tokens are JWTs.
fn warning(client: &Client) -> Option<String> {
    let seconds = client.jwt_seconds().filter(|_| client.cross_app || client.token_exchange)?;
    Some(format!(
        "its access tokens are JWTs: a server that does not ask Vestibule accepts them for up to {seconds} seconds after access has ended"
    ))
}

/// A repeatable option without its empty values: one empty value alone means none.
fn without_empty(values: &Option<Vec<String>>) -> Option<Vec<String>> {
    values.as_ref().map(|values| values.iter().filter(|value| !value.is_empty()).cloned().collect())
}
