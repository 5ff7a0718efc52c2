//! The commands. Each opens the database itself, so it works while the service runs. Commands translate arguments into calls of
//! `vestibule_admin`, and results into JSON; checks and writes belong there.

pub(crate) mod access;
pub(crate) mod backup;
pub(crate) mod configuration;
pub(crate) mod confirm;
pub(crate) mod everybody;
pub(crate) mod moving;
pub(crate) mod outbox;
pub(crate) mod provider;
pub(crate) mod read_only;
pub(crate) mod rights;
pub(crate) mod serve;
pub(crate) mod text;
pub(crate) mod trail;
pub(crate) mod user;
pub(crate) mod workspace;

use anyhow::{anyhow, bail};
use serde_json::Value;
use vestibule_admin::{Refusal, refusal::violated};
use vestibule_core::{
    ids::{ClientId, WorkspaceId},
    time::Micros,
};
use vestibule_store::{
    Conn, Database, Error, Tx,
    oauth::clients::{self, Client},
    people::users::{self, User},
    workspaces::{self, Workspace},
};
use vestibule_web::{
    clock::Clock,
    config::{Config, region},
};

/// Opens the configured database, and migrates it if `database.migrate_on_start` is set.
fn open(config: &Config) -> anyhow::Result<(Database, Micros)> {
    Ok((crate::serve::app::open(config)?, Clock::default().now()))
}

/// The workspace with this id in this region.
fn workspace(conn: &mut Conn, config: &Config, text: &str) -> anyhow::Result<Workspace> {
    let Some(workspace_id) = WorkspaceId::parse(text) else {
        bail!("{text} is no workspace id: it must be a UUID")
    };
    let found = workspaces::find(conn, &workspace_id, &config.region.name).map_err(explain)?;
    found.ok_or_else(|| anyhow!(region::not_here(&config.region, &workspace_id)))
}

/// The user with this name.
fn user(conn: &mut Conn, workspace_id: &WorkspaceId, user_name: &str) -> anyhow::Result<User> {
    let found = users::find_by_user_name(conn, workspace_id, user_name).map_err(explain)?;
    found.ok_or_else(|| anyhow!("no user {user_name} in this workspace"))
}

/// The client with this id.
fn find_client(conn: &mut Conn, client_id: &str) -> anyhow::Result<Client> {
    let found = clients::find(conn, &ClientId::sent(client_id)).map_err(explain)?;
    found.ok_or_else(|| anyhow!("no client {client_id} in this region"))
}

/// A store error as a sentence for the operator.
fn explain(error: Error) -> anyhow::Error {
    match error {
        Error::Conflict(rule) => anyhow!(violated(&rule)),
        other => anyhow!(other),
    }
}

/// The error of a transaction: a sentence for the operator.
pub(crate) struct Sentence(pub(crate) anyhow::Error);

impl From<Error> for Sentence {
    fn from(error: Error) -> Self {
        Sentence(explain(error))
    }
}

impl From<Refusal> for Sentence {
    fn from(refusal: Refusal) -> Self {
        Sentence(match refusal {
            Refusal::Field(name, sentence) | Refusal::Element(name, _, sentence) => {
                anyhow!("--{} {sentence}", option(name))
            }
            Refusal::Conflict(sentence) => anyhow!(sentence),
            Refusal::Store(error) => explain(error),
        })
    }
}

/// The name of the option that sets a field. A repeatable option has the singular as its name.
fn option(field: &str) -> String {
    let name = match field {
        "allowed_origins" => "allow_origin",
        "expires_in_days" => "expires_in",
        "domains"
        | "emails"
        | "entitlements"
        | "kinds"
        | "post_logout_redirect_uris"
        | "redirect_uris"
        | "roles"
        | "scopes" => field.trim_end_matches('s'),
        other => other,
    };
    name.replace('_', "-")
}

impl From<anyhow::Error> for Sentence {
    fn from(error: anyhow::Error) -> Self {
        Sentence(error)
    }
}

fn write<T>(database: &Database, job: impl FnOnce(&mut Tx<'_>) -> Result<T, Sentence>) -> anyhow::Result<T> {
    database.write(job).map_err(|Sentence(error)| error)
}

fn read<T>(database: &Database, job: impl FnOnce(&mut Conn) -> Result<T, Sentence>) -> anyhow::Result<T> {
    database.read(job).map_err(|Sentence(error)| error)
}

/// Adds a member, such as a secret, to an object.
fn with(mut object: Value, name: &str, value: String) -> Value {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value.into());
    }
    object
}

/// `on` or `off`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Switch {
    On,
    Off,
}

impl Switch {
    fn is_on(self) -> bool {
        self == Switch::On
    }
}
