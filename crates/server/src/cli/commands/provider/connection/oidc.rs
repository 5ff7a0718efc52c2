//! `vestibule connection set` and `show` for OpenID Connect.

use std::io::Read;

use anyhow::{Context, anyhow, bail};
use secrecy::SecretString;
use serde_json::{Value, json};
use vestibule_admin::{
    Actor,
    people::end_access::EndAccess,
    provider::connection::{self, Settings, SettingsError, Which, address},
};
use vestibule_core::sets::ProviderKind;
use vestibule_store::{
    Conn, Error,
    providers::{
        connection_domains,
        connections::{self, Connection},
    },
};
use vestibule_web::{config::Config, crypto::seal::Sealer};

use super::{Set, every, missing, parse_id};
use crate::cli::commands::{self, Sentence, Switch, everybody, open, read, write};

/// Creates or changes a connection.
pub(super) fn set(config: &Config, set: &Set) -> anyhow::Result<Value> {
    set.refuse_saml_options()?;
    let issuer = issuer(config, set)?;
    let which = match (&set.connection, &set.name) {
        (Some(connection), _) => Which::Id(parse_id(connection)?),
        (None, Some(name)) => Which::Named(name.clone()),
        (None, None) => Which::Only,
    };
    let sealer = Sealer::configured(&config.security).map_err(anyhow::Error::msg)?;
    let client_secret = secret(set.client_secret_stdin)?;
    let (database, now) = open(config)?;
    let mut output = write(&database, |conn| {
        let workspace_id = commands::workspace(conn, config, &set.workspace)?.workspace_id;
        let all = connections::list(conn, &workspace_id)?;
        let before = match all.as_slice() {
            [only] if which == Which::Only && set.cross_app.is_some() => Some(only.clone()),
            all => named(all, &which),
        };
        let kept = |what: fn(&Connection) -> String| before.as_ref().map(what);
        let issuer = issuer.or_else(|| kept(|before| before.issuer.clone()));
        let client_id = set.client_id.clone().or_else(|| kept(|before| before.client_id.clone()));
        let settings = Settings {
            which,
            name: set.name.clone(),
            issuer: issuer.ok_or_else(|| missing("--okta-domain or --issuer"))?,
            client_id: client_id.ok_or_else(|| missing("--client-id"))?,
            client_secret,
            enabled: set.enabled.map(Switch::is_on),
            jit: set.jit.map(Switch::is_on),
            auth_method: set.auth_method.clone(),
            dpop: set.dpop.map(Switch::is_on),
            groups_claim: set.groups_claim.clone(),
            cross_app: set.cross_app.map(Switch::is_on),
            make_default: set.default,
            stays_ordinary: false,
            provider: set.provider.as_deref().map(str::parse).transpose().map_err(anyhow::Error::from)?,
            assumed: if set.okta_domain.is_some() { ProviderKind::Okta } else { ProviderKind::Any },
            discovered: None,
            end_access: if set.end_access { EndAccess::Now } else { EndAccess::No },
        };
        let saved = connection::save(conn, &Actor::cli(now), &sealer, &workspace_id, settings);
        let saved = saved.map_err(|error| match error {
            SettingsError::Field(sentence) => Sentence(anyhow!(sentence)),
            SettingsError::Store(Error::NotFound) => {
                Sentence(anyhow!("no such connection in this workspace"))
            }
            SettingsError::Store(error) => error.into(),
        })?;
        every::set_domains(conn, &Actor::cli(now), &workspace_id, &saved.connection_id, &set.for_domain)?;
        described(conn, &saved)
    })?;
    if let (true, Some(members)) = (set.end_access, output.as_object_mut()) {
        members.insert("access_ended".to_owned(), everybody::end(&database, config, &set.workspace)?.into());
    }
    Ok(output)
}

/// Shows the connection with this id; without an id, the default or else the oldest one.
pub(super) fn show(config: &Config, workspace: &str, connection: Option<&str>) -> anyhow::Result<Value> {
    let id = connection.map(parse_id).transpose()?;
    let (database, _) = open(config)?;
    read(&database, |conn| {
        let workspace_id = commands::workspace(conn, config, workspace)?.workspace_id;
        let (found, none) = match &id {
            Some(id) => (
                connections::find(conn, &workspace_id, id)?,
                "no OpenID Connect connection of this id in this workspace",
            ),
            None => (
                connections::find_first(conn, &workspace_id)?,
                "this workspace has no OpenID Connect connection yet",
            ),
        };
        described(conn, &found.ok_or_else(|| anyhow!(none))?)
    })
}

/// The JSON that the commands print for a connection.
pub(super) fn described(conn: &mut Conn, connection: &Connection) -> Result<Value, Sentence> {
    let domains = connection_domains::list_of(conn, &connection.workspace_id, &connection.connection_id)?;
    Ok(json!({
        "connection_id": connection.connection_id,
        "name": connection.name,
        "is_default": connection.is_default,
        "provider": connection.provider,
        "issuer": connection.issuer,
        "client_id": connection.client_id,
        "enabled": connection.enabled,
        "jit": connection.jit,
        "auth_method": connection.auth_method,
        "dpop": connection.dpop,
        "groups_claim": connection.groups_claim,
        "domains": domains,
        "cross_app": connection.cross_app,
    }))
}

/// The connection that an option names. None without such an option: then the issuer and the client id must be given.
fn named(all: &[Connection], which: &Which) -> Option<Connection> {
    let is_it = |connection: &&Connection| match which {
        Which::Id(id) => connection.connection_id == *id,
        Which::Named(name) => connection.name == name.trim(),
        Which::Only | Which::New | Which::Declared(_) => false,
    };
    all.iter().find(is_it).cloned()
}

/// The issuer that the options give.
fn issuer(config: &Config, set: &Set) -> anyhow::Result<Option<String>> {
    let issuer = match (&set.issuer, &set.okta_domain) {
        (Some(issuer), _) => address::check_issuer(issuer, config.okta.allow_insecure_issuers),
        (None, Some(domain)) => address::of_okta_domain(domain),
        (None, None) if set.connection.is_none() && set.name.is_none() && set.cross_app.is_none() => {
            return Err(missing("--okta-domain or --issuer"));
        }
        (None, None) => return Ok(None),
    }
    .map_err(|sentence| anyhow!(sentence))?;
    if config.region.is_own(&issuer) {
        bail!("{issuer} is Vestibule itself, which can't be its own identity provider");
    }
    Ok(Some(issuer))
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
        anyhow::bail!("standard input contains no client secret");
    }
    Ok(Some(SecretString::from(text.trim().to_owned())))
}
