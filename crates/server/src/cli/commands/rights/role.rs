//! `vestibule role …`

use anyhow::anyhow;
use clap::Subcommand;
use serde_json::{Value, json};
use vestibule_admin::{
    self as admin, Actor,
    rights::roles::{NewRole, RoleChange},
};
use vestibule_core::ids::WorkspaceId;
use vestibule_store::{Conn, rights::roles};
use vestibule_web::config::Config;

use crate::cli::commands::{self, Sentence, Switch, open, read, write};

#[derive(Debug, Subcommand)]
pub(crate) enum Role {
    /// List a workspace's roles
    List {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
    },
    /// Create a role
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
        /// Whether the provider may assign it, over SCIM or through a group
        #[arg(long, default_value = "on")]
        by_okta: Switch,
    },
    /// Change a role; its id stays
    Update {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// The role's id or name
        #[arg(long)]
        role: String,
        /// The name that people see
        #[arg(long)]
        name: Option<String>,
        /// One sentence about what it lets people do
        #[arg(long)]
        description: Option<String>,
        /// Whether the provider may assign it, over SCIM or through a group; off: people no longer have it from there
        #[arg(long)]
        by_okta: Option<Switch>,
    },
    /// Delete a role, all its assignments, and every rule that assigns it
    Delete {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// The role's id or name
        #[arg(long)]
        role: String,
    },
}

impl Role {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        let (database, now) = open(config)?;
        match self {
            Role::List { workspace } => read(&database, |conn| {
                let workspace_id = commands::workspace(conn, config, workspace)?.workspace_id;
                Ok(roles::list(conn, &workspace_id)?.iter().map(describe).collect())
            }),
            Role::Create { workspace, name, id, description, by_okta } => write(&database, |conn| {
                let workspace_id = commands::workspace(conn, config, workspace)?.workspace_id;
                let by_okta = by_okta.is_on();
                let new = NewRole { id: id.as_deref(), name, description, by_okta };
                Ok(describe(&admin::rights::roles::create(conn, &Actor::cli(now), &workspace_id, new)?))
            }),
            Role::Update { workspace, role, name, description, by_okta } => write(&database, |conn| {
                let workspace = commands::workspace(conn, config, workspace)?;
                let before = named(conn, &workspace.workspace_id, role)?;
                let change = RoleChange {
                    name: name.as_deref(),
                    description: description.as_deref(),
                    by_okta: by_okta.map(Switch::is_on),
                };
                Ok(describe(&admin::rights::roles::change(conn, &Actor::cli(now), &before, change)?))
            }),
            Role::Delete { workspace, role } => write(&database, |conn| {
                let workspace = commands::workspace(conn, config, workspace)?;
                let role = named(conn, &workspace.workspace_id, role)?;
                admin::rights::roles::delete(conn, &Actor::cli(now), &workspace, &role)?;
                Ok(json!({ "id": role.role_id, "deleted": true }))
            }),
        }
    }
}

/// The role with this id or name.
pub(crate) fn named(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    text: &str,
) -> Result<roles::Role, Sentence> {
    let found = roles::find(conn, workspace_id, text)?;
    Ok(found.ok_or_else(|| anyhow!("no role {text} in this workspace"))?)
}

fn describe(role: &roles::Role) -> Value {
    json!({
        "id": role.role_id,
        "name": role.display_name,
        "description": role.description,
        "by_okta": role.by_okta,
    })
}
