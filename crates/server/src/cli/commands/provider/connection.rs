//! `vestibule connection …`: the connections of a workspace to its identity providers. `set` sets an OpenID Connect connection unless
//! `--kind saml` is given.

mod every;
mod oidc;
mod saml;

use clap::{Args, Subcommand};
use serde_json::Value;
use vestibule_core::{
    ids::ConnectionId,
    sets::{ProviderAuth, ProviderKind},
};
use vestibule_web::config::Config;

use crate::cli::commands::Switch;

#[derive(Debug, Subcommand)]
pub(crate) enum Connection {
    /// Set a connection: of OpenID Connect, whose client secret is read from standard input, or of SAML
    Set(Box<Set>),
    /// Show the settings of an OpenID Connect connection, without the secret
    Show {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// The connection's id, as `list` shows it; without it: the default, or the oldest
        #[arg(long, value_name = "ID")]
        connection: Option<String>,
    },
    /// List a workspace's connections
    List {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
    },
    /// Delete a connection
    Delete {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// The connection's id, as `list` shows it
        #[arg(long, value_name = "ID")]
        connection: String,
    },
}

/// Protocol of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    Oidc,
    Saml,
}

#[derive(Debug, Args)]
pub(crate) struct Set {
    /// The workspace's id
    #[arg(long, value_name = "ID")]
    workspace: String,
    /// The protocol
    #[arg(long, value_enum, default_value = "oidc")]
    kind: Kind,
    /// The connection's name: a connection of this name is changed, otherwise one is created. Without it, the only OpenID Connect
    /// connection is meant
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// OpenID Connect: the id of the connection to change, as `list` shows it; with --name it gets another name
    #[arg(long, value_name = "ID")]
    connection: Option<String>,
    /// OpenID Connect: the kind of the provider; without it, it is recognized by the issuer's host
    #[arg(long, value_name = "KIND", value_parser = clap::builder::PossibleValuesParser::new(ProviderKind::TEXTS))]
    provider: Option<String>,
    /// Use this connection for sign-ins that name none
    #[arg(long)]
    default: bool,
    /// Use this connection for people of this email domain (may be repeated; all of them; an empty text: none)
    #[arg(long, value_name = "DOMAIN")]
    for_domain: Vec<String>,
    /// The Okta domain that Okta shows as the app's Issuer
    #[arg(long, value_name = "DOMAIN", conflicts_with = "issuer")]
    okta_domain: Option<String>,
    /// The full issuer, for a custom authorization server or another OpenID provider
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,
    /// Client ID of the app at the provider
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// Read the client secret from standard input; without it the stored secret stays
    #[arg(long)]
    client_secret_stdin: bool,
    /// Create people when they first sign in
    #[arg(long)]
    jit: Option<Switch>,
    /// How Vestibule authenticates at the provider's token endpoint
    #[arg(long, value_name = "METHOD", value_parser = clap::builder::PossibleValuesParser::new(ProviderAuth::TEXTS))]
    auth_method: Option<String>,
    /// Whether the provider requires DPoP in token requests
    #[arg(long)]
    dpop: Option<Switch>,
    /// The claim that names a person's groups, for workspaces without SCIM groups; empty: none
    #[arg(long, value_name = "CLAIM")]
    groups_claim: Option<String>,
    /// Whether it may let AI clients act for people (Cross App Access). Alone, it changes nothing else
    #[arg(long)]
    cross_app: Option<Switch>,
    /// Whether people may sign in through it
    #[arg(long)]
    enabled: Option<Switch>,
    /// End all sessions and tokens of everybody in the workspace, now
    #[arg(long)]
    end_access: bool,
    #[command(flatten)]
    saml: saml::Options,
}

impl Connection {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        match self {
            Connection::Set(set) if set.kind == Kind::Saml => saml::set(config, set),
            Connection::Set(set) => oidc::set(config, set),
            Connection::Show { workspace, connection } => {
                oidc::show(config, workspace, connection.as_deref())
            }
            Connection::List { workspace } => every::list(config, workspace),
            Connection::Delete { workspace, connection } => every::delete(config, workspace, connection),
        }
    }
}

impl Set {
    fn refuse_oidc_options(&self) -> anyhow::Result<()> {
        let given = [
            ("--okta-domain", self.okta_domain.is_some()),
            ("--issuer", self.issuer.is_some()),
            ("--client-id", self.client_id.is_some()),
            ("--client-secret-stdin", self.client_secret_stdin),
            ("--auth-method", self.auth_method.is_some()),
            ("--dpop", self.dpop.is_some()),
            ("--groups-claim", self.groups_claim.is_some()),
            ("--cross-app", self.cross_app.is_some()),
            ("--end-access", self.end_access),
            ("--connection", self.connection.is_some()),
            ("--provider", self.provider.is_some()),
        ];
        match given.into_iter().find(|(_, given)| *given) {
            Some((option, _)) => Err(wrong(format!("{option} belongs to --kind oidc"))),
            None => Ok(()),
        }
    }

    fn refuse_saml_options(&self) -> anyhow::Result<()> {
        match self.saml.first_given() {
            Some(option) => Err(wrong(format!("{option} belongs to --kind saml"))),
            None => Ok(()),
        }
    }
}

/// The error of a missing option that this kind of connection needs: exit status 2.
fn missing(option: &str) -> anyhow::Error {
    wrong(format!("{option} is missing"))
}

fn wrong(sentence: String) -> anyhow::Error {
    crate::cli::BadArguments(sentence).into()
}

fn parse_id(connection: &str) -> anyhow::Result<ConnectionId> {
    ConnectionId::parse(connection)
        .ok_or_else(|| wrong(format!("{connection} is no id of a connection: it must be a UUID")))
}
