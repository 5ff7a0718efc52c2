//! `vestibule client create`

use anyhow::bail;
use clap::{
    Args, ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
};
use serde_json::{Value, json};
use vestibule_admin::{
    self as admin, Actor,
    access::clients::{NewClient, catalog_callbacks},
};
use vestibule_core::{
    ids,
    sets::{ClientAuth, ClientKind},
};
use vestibule_web::{config::Config, crypto::signing::Algorithm};

use super::keys::Keys;
use crate::cli::commands::{self, open, write};

/// What a client is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// Okta's SCIM client
    Scim,
    /// The app behind Vestibule
    App,
    /// An MCP client
    Mcp,
    /// A machine that acts for the workspace, or asks about tokens
    Service,
}

/// How a client authenticates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Method {
    /// By a secret, in Basic or in the body
    ClientSecret,
    /// By a signed assertion; needs --jwks-file or --jwks-uri
    PrivateKeyJwt,
    /// Not at all: a program on people's own machines
    None,
}

#[derive(Debug, Args)]
pub(crate) struct Create {
    /// The kind of client
    #[arg(long)]
    kind: Kind,
    /// What people see on the approval page
    #[arg(long)]
    name: String,
    /// A redirect URI, compared exactly; may be repeated. A service has none
    #[arg(
        long = "redirect-uri",
        value_name = "URI",
        num_args = 1..,
        required_if_eq_any([("kind", "app"), ("kind", "mcp")]),
    )]
    redirect_uris: Vec<String>,
    /// The name of Okta's catalog app, such as acme_vestibule_1: its four callbacks are registered. For kind scim
    #[arg(long, value_name = "NAME")]
    okta_app: Option<String>,
    /// The workspace it belongs to; without it, all workspaces share it (one Okta catalog app)
    #[arg(long, value_name = "ID")]
    workspace: Option<String>,
    /// A scope that it may request; may be repeated. Default: all that its kind may request
    #[arg(long = "scope", value_name = "SCOPE", num_args = 1..)]
    scopes: Vec<String>,
    /// A redirect URI after sign-out, compared exactly; may be repeated
    #[arg(long = "post-logout-redirect-uri", value_name = "URI", num_args = 1..)]
    post_logout_redirect_uris: Vec<String>,
    /// The URL that receives logout tokens when a session ends (OpenID Connect Back-Channel Logout)
    #[arg(long, value_name = "URL")]
    backchannel_logout_uri: Option<String>,
    /// How it authenticates
    #[arg(long, default_value = "client-secret")]
    auth_method: Method,
    #[command(flatten)]
    keys: Keys,
    /// The lifetime of an app's JWT access tokens (RFC 9068), 30 to 300 seconds; without it, access tokens are opaque
    #[arg(long, value_name = "SECONDS")]
    jwt_access_tokens: Option<i64>,
    /// Require PKCE although it has a secret or keys. Without it, a nonce is enough (RFC 9700 §2.1.1)
    #[arg(long)]
    require_pkce: bool,
    /// How long ago people may have authenticated, in seconds, if a request has no max_age (OpenID Connect Registration)
    #[arg(long, value_name = "SECONDS")]
    default_max_age: Option<i64>,
    /// Require auth_time in its ID tokens: people whose provider never said it sign in again
    #[arg(long)]
    require_auth_time: bool,
    /// The signature algorithm of its ID tokens
    #[arg(
        long,
        value_name = "ALGORITHM",
        default_value = "RS256",
        value_parser = PossibleValuesParser::new(Algorithm::TEXTS).try_map(|name| name.parse::<Algorithm>()),
    )]
    id_token_alg: Algorithm,
}

impl Create {
    pub(super) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        let jwks = self.check(config)?;
        let (database, now) = open(config)?;
        let kind = match self.kind {
            Kind::Scim => ClientKind::Scim,
            Kind::App => ClientKind::App,
            Kind::Mcp => ClientKind::Mcp,
            Kind::Service => ClientKind::Service,
        };
        let auth_method = match self.auth_method {
            Method::ClientSecret => ClientAuth::Secret,
            Method::PrivateKeyJwt => ClientAuth::PrivateKeyJwt,
            Method::None => ClientAuth::None,
        };
        let mut redirect_uris = self.redirect_uris.clone();
        if let Some(name) = &self.okta_app {
            redirect_uris.extend(catalog_callbacks(name)?);
        }
        write(&database, |conn| {
            let workspace_id = match &self.workspace {
                Some(text) => commands::workspace(conn, config, text)?.workspace_id,
                None => ids::DEPLOYMENT.clone(),
            };
            let new = NewClient {
                kind,
                name: &self.name,
                redirect_uris: &redirect_uris,
                post_logout_redirect_uris: &self.post_logout_redirect_uris,
                auth_method,
                jwks: &jwks,
                scopes: &self.scopes,
                jwt_seconds: self.jwt_access_tokens,
                id_token_alg: Some(self.id_token_alg.as_str()),
                backchannel_logout_uri: self.backchannel_logout_uri.as_deref(),
                requires_pkce: self.require_pkce,
                default_max_age: self.default_max_age,
                requires_auth_time: self.require_auth_time,
            };
            let insecure = config.okta.allow_insecure_issuers;
            let (client, secret) =
                admin::access::clients::create(conn, &Actor::cli(now), &workspace_id, &new, insecure)?;
            Ok(json!({
                "client_id": client.client_id,
                "client_secret": secret,
                "kind": kind,
                "redirect_uris": redirect_uris,
                "backchannel_logout_uri": client.backchannel_logout_uri,
            }))
        })
    }

    /// Checks options that depend on each other; returns the key set or its address, empty for none.
    fn check(&self, config: &Config) -> anyhow::Result<String> {
        if self.okta_app.is_some() && self.kind != Kind::Scim {
            bail!("--okta-app is for kind scim");
        }
        if self.kind == Kind::Scim && self.redirect_uris.is_empty() && self.okta_app.is_none() {
            bail!("Okta's SCIM client needs --okta-app NAME or --redirect-uri URI");
        }
        match self.keys.option() {
            None if self.auth_method == Method::PrivateKeyJwt => {
                bail!("--auth-method private-key-jwt needs --jwks-file or --jwks-uri")
            }
            Some(option) if self.auth_method != Method::PrivateKeyJwt => {
                bail!("{option} is for --auth-method private-key-jwt")
            }
            _ => Ok(self.keys.read(config)?.unwrap_or_default()),
        }
    }
}
