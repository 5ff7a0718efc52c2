//! `vestibule role …`

use anyhow::anyhow;
use clap::Subcommand;
use serde_json::{Value, json};
use vestibule_admin::workspaces;
use vestibule_store::{Conn, rights::roles, trail::events::Cause};
use vestibule_web::config::Config;

use super::{Sentence, Switch, open, read, write};

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
        /// What people see
        #[arg(long)]
        name: String,
        /// The id Okta and the app see; made from the name when not given
        #[arg(long)]
        id: Option<String>,
        /// One sentence about what it lets people do
        #[arg(long, default_value = "")]
        description: String,
        /// Whether Okta may give it, over SCIM or through a group
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
        /// What people see
        #[arg(long)]
        name: Option<String>,
        /// One sentence about what it lets people do
        #[arg(long)]
        description: Option<String>,
        /// Whether Okta may give it, over SCIM or through a group; off: who has it from Okta no longer holds it
        #[arg(long)]
        by_okta: Option<Switch>,
    },
    /// Delete a role, every assignment of it, and every rule that gives it
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
                let workspace_id = super::workspace(conn, config, workspace)?.workspace_id;
                Ok(roles::list(conn, &workspace_id)?.iter().map(shown).collect())
            }),
            Role::Create { workspace, name, id, description, by_okta } => write(&database, |conn| {
                let workspace_id = super::workspace(conn, config, workspace)?.workspace_id;
                let role_id = workspaces::new_id(id.as_deref(), name)?;
                let mut role = roles::Role::new(
                    &workspace_id,
                    &role_id,
                    name,
                    workspaces::description(description)?,
                    now,
                );
                role.by_okta = by_okta.is_on();
                roles::insert(conn, &role)?;
                workspaces::tell_role(conn, &role, "role_created", &Cause::cli(), now)?;
                Ok(shown(&role))
            }),
            Role::Update { workspace, role, name, description, by_okta } => write(&database, |conn| {
                let workspace = super::workspace(conn, config, workspace)?;
                let before = named(conn, &workspace.workspace_id, role)?;
                let mut role = before.clone();
                if let Some(name) = name {
                    role.display_name = workspaces::title(name)?.to_owned();
                }
                if let Some(description) = description {
                    workspaces::description(description)?.clone_into(&mut role.description);
                }
                role.by_okta = by_okta.map_or(role.by_okta, Switch::is_on);
                workspaces::save_role(conn, &before, &mut role, &Cause::cli(), now)?;
                Ok(shown(&role))
            }),
            Role::Delete { workspace, role } => write(&database, |conn| {
                let workspace = super::workspace(conn, config, workspace)?;
                let role = named(conn, &workspace.workspace_id, role)?;
                workspaces::check_deletable(&workspace, &role)?;
                roles::delete(conn, &workspace.workspace_id, &role.role_id)?;
                workspaces::tell_role(conn, &role, "role_deleted", &Cause::cli(), now)?;
                Ok(json!({ "id": role.role_id, "deleted": true }))
            }),
        }
    }
}

/// The role an argument means, or a sentence.
pub(crate) fn named(conn: &mut Conn, workspace_id: &str, text: &str) -> Result<roles::Role, Sentence> {
    let found = roles::find(conn, workspace_id, text)?;
    Ok(found.ok_or_else(|| anyhow!("no role {text} in this workspace"))?)
}

fn shown(role: &roles::Role) -> Value {
    json!({
        "id": role.role_id,
        "name": role.display_name,
        "description": role.description,
        "by_okta": role.by_okta,
    })
}
