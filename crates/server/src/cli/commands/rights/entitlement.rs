//! `vestibule entitlement …`

use anyhow::anyhow;
use clap::Subcommand;
use serde_json::{Value, json};
use vestibule_admin::{self as admin, Actor, rights::entitlements::NewEntitlement};
use vestibule_core::ids::WorkspaceId;
use vestibule_store::{Conn, rights::entitlements};
use vestibule_web::config::Config;

use crate::cli::commands::{self, Sentence, open, read, write};

#[derive(Debug, Subcommand)]
pub(crate) enum Entitlement {
    /// List a workspace's entitlements
    List {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
    },
    /// Create an entitlement
    Create {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// The name that people see
        #[arg(long)]
        name: String,
        /// The id that the provider and the app see; default: made from the name
        #[arg(long)]
        id: Option<String>,
        /// One sentence about what it lets people do
        #[arg(long, default_value = "")]
        description: String,
    },
    /// Change the name or the description of an entitlement; its id stays
    Update {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// The entitlement's id or name
        #[arg(long)]
        entitlement: String,
        /// The name that people see
        #[arg(long, required_unless_present = "description")]
        name: Option<String>,
        /// One sentence about what it lets people do
        #[arg(long)]
        description: Option<String>,
    },
    /// Delete an entitlement and all its assignments, and remove it from every rule
    Delete {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// The entitlement's id or name
        #[arg(long)]
        entitlement: String,
    },
}

impl Entitlement {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        let (database, now) = open(config)?;
        match self {
            Entitlement::List { workspace } => read(&database, |conn| {
                let workspace_id = commands::workspace(conn, config, workspace)?.workspace_id;
                Ok(entitlements::list(conn, &workspace_id)?.iter().map(describe).collect())
            }),
            Entitlement::Create { workspace, name, id, description } => write(&database, |conn| {
                let workspace_id = commands::workspace(conn, config, workspace)?.workspace_id;
                let new = NewEntitlement { id: id.as_deref(), name, description };
                Ok(describe(&admin::rights::entitlements::create(
                    conn,
                    &Actor::cli(now),
                    &workspace_id,
                    new,
                )?))
            }),
            Entitlement::Update { workspace, entitlement, name, description } => write(&database, |conn| {
                let workspace_id = commands::workspace(conn, config, workspace)?.workspace_id;
                let before = named(conn, &workspace_id, entitlement)?;
                let (name, description) = (name.as_deref(), description.as_deref());
                Ok(describe(&admin::rights::entitlements::change(
                    conn,
                    &Actor::cli(now),
                    &before,
                    name,
                    description,
                )?))
            }),
            Entitlement::Delete { workspace, entitlement } => write(&database, |conn| {
                let workspace_id = commands::workspace(conn, config, workspace)?.workspace_id;
                let gone = named(conn, &workspace_id, entitlement)?.entitlement_id;
                admin::rights::entitlements::delete(conn, &Actor::cli(now), &workspace_id, &gone)?;
                Ok(json!({ "id": gone, "deleted": true }))
            }),
        }
    }
}

/// The entitlement with this id or name.
pub(crate) fn named(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    text: &str,
) -> Result<entitlements::Entitlement, Sentence> {
    let found = entitlements::find(conn, workspace_id, text)?;
    Ok(found.ok_or_else(|| anyhow!("no entitlement {text} in this workspace"))?)
}

fn describe(entitlement: &entitlements::Entitlement) -> Value {
    json!({
        "id": entitlement.entitlement_id,
        "name": entitlement.display_name,
        "description": entitlement.description,
    })
}
