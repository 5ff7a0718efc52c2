//! `vestibule connection …`: the connections of a workspace to its identity providers. `set` is OpenID Connect unless `--kind saml`.

mod saml;

use std::io::Read;

use anyhow::{Context, anyhow, bail};
use clap::{Args, Subcommand};
use secrecy::SecretString;
use serde_json::{Value, json};
use vestibule_admin::{
    Actor,
    people::end_access::{self, EndAccess},
    provider::connection::{self, Settings, SettingsError, address},
};
use vestibule_core::sets::ProviderAuth;
use vestibule_store::{Database, access::workspace_end, providers::connections};
use vestibule_web::{clock::Clock, config::Config, crypto::seal::Sealer};

use crate::cli::commands::{self, Sentence, Switch, open, read, write};

#[derive(Debug, Subcommand)]
pub(crate) enum Connection {
    /// Set a connection: of OpenID Connect, whose client secret is read from standard input, or of SAML
    Set(Box<Set>),
    /// Show a workspace's OpenID Connect settings, without the secret
    Show {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
    },
    /// List a workspace's connections
    List {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
    },
    /// Delete a SAML connection
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
    /// The Okta domain that Okta shows as the app's Issuer
    #[arg(long, value_name = "DOMAIN", conflicts_with = "issuer")]
    okta_domain: Option<String>,
    /// The full issuer, for a custom authorization server or another OpenID provider
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,
    /// Client ID from Okta
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// Read the client secret from standard input; without it the stored secret stays
    #[arg(long)]
    client_secret_stdin: bool,
    /// Create people when they first sign in
    #[arg(long)]
    jit: Option<Switch>,
    /// How Vestibule authenticates at Okta's token endpoint
    #[arg(long, value_name = "METHOD", value_parser = clap::builder::PossibleValuesParser::new(ProviderAuth::TEXTS))]
    auth_method: Option<String>,
    /// Whether Okta requires DPoP in token requests
    #[arg(long)]
    dpop: Option<Switch>,
    /// The claim that names a person's groups, for workspaces without SCIM groups; empty: none
    #[arg(long, value_name = "CLAIM")]
    groups_claim: Option<String>,
    /// Whether people may sign in through Okta
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
        let (database, now) = open(config)?;
        match self {
            Connection::Set(set) if set.kind == Kind::Saml => saml::set(config, set),
            Connection::List { workspace } => saml::list(config, workspace),
            Connection::Delete { workspace, connection } => saml::delete(config, workspace, connection),
            Connection::Set(set) => {
                set.refuse_saml_options()?;
                let issuer = match (&set.issuer, &set.okta_domain) {
                    (Some(issuer), _) => address::check_issuer(issuer, config.okta.allow_insecure_issuers),
                    (None, Some(domain)) => address::of_okta_domain(domain),
                    (None, None) => return Err(missing("--okta-domain or --issuer")),
                }
                .map_err(|sentence| anyhow!(sentence))?;
                if config.region.is_own(&issuer) {
                    bail!("{issuer} is Vestibule itself: nobody signs in to it through it");
                }
                let sealer = Sealer::new(&config.security.sealing_key, &config.security.retired_sealing_keys)
                    .map_err(anyhow::Error::msg)?;
                let settings = Settings {
                    issuer,
                    client_id: set.client_id.clone().ok_or_else(|| missing("--client-id"))?,
                    client_secret: secret(set.client_secret_stdin)?,
                    enabled: set.enabled.map(Switch::is_on),
                    jit: set.jit.map(Switch::is_on),
                    auth_method: set.auth_method.clone(),
                    dpop: set.dpop.map(Switch::is_on),
                    groups_claim: set.groups_claim.clone(),
                    discovered: None,
                    end_access: if set.end_access { EndAccess::Now } else { EndAccess::No },
                };
                let mut output = write(&database, |conn| {
                    let workspace_id = commands::workspace(conn, config, &set.workspace)?.workspace_id;
                    let saved = connection::save(conn, &Actor::cli(now), &sealer, &workspace_id, settings);
                    let saved = saved.map_err(|error| match error {
                        SettingsError::Field(sentence) => Sentence(anyhow!(sentence)),
                        SettingsError::Store(error) => error.into(),
                    })?;
                    Ok(show(&saved))
                })?;
                if let (true, Some(members)) = (set.end_access, output.as_object_mut()) {
                    members.insert("access_ended".to_owned(), end_everybody(&database, config, set)?.into());
                }
                Ok(output)
            }
            Connection::Show { workspace } => read(&database, |conn| {
                let workspace_id = commands::workspace(conn, config, workspace)?.workspace_id;
                let connection = connections::find(conn, &workspace_id)?;
                let connection =
                    connection.ok_or_else(|| anyhow!("this workspace has no Okta settings yet"))?;
                Ok(show(&connection))
            }),
        }
    }
}

/// Ends everybody's access, a batch a transaction; returns the number of people. A running service may do a part of it.
fn end_everybody(database: &Database, config: &Config, set: &Set) -> anyhow::Result<i64> {
    loop {
        let end = read(database, |conn| {
            let workspace_id = commands::workspace(conn, config, &set.workspace)?.workspace_id;
            Ok(workspace_end::find(conn, &workspace_id)?.ok_or_else(|| anyhow!("nothing was begun"))?)
        })?;
        if end.finished_at.is_some() {
            return Ok(end.done);
        }
        write(database, |conn| Ok(end_access::batch(conn, &end, Clock::default().now())?))?;
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
            ("--end-access", self.end_access),
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

/// The error of an option that this kind of connection needs: exit status 2.
fn missing(option: &str) -> anyhow::Error {
    wrong(format!("{option} is missing"))
}

fn wrong(sentence: String) -> anyhow::Error {
    crate::cli::BadArguments(sentence).into()
}

fn secret(from_stdin: bool) -> anyhow::Result<Option<SecretString>> {
    if !from_stdin {
        return Ok(None);
    }
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .context("cannot read the client secret from standard input")?;
    if text.trim().is_empty() {
        anyhow::bail!("standard input holds no client secret");
    }
    Ok(Some(SecretString::from(text.trim().to_owned())))
}

fn show(connection: &connections::Connection) -> Value {
    json!({
        "issuer": connection.issuer,
        "client_id": connection.client_id,
        "enabled": connection.enabled,
        "jit": connection.jit,
        "auth_method": connection.auth_method,
        "dpop": connection.dpop,
        "groups_claim": connection.groups_claim,
    })
}
