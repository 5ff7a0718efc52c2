//! `vestibule role …` and `vestibule mapping …`

use anyhow::anyhow;
use clap::Subcommand;
use serde_json::{Value, json};
use vestibule_store::{
    events::{self, Cause},
    fold::fold,
    mappings, roles,
};
use vestibule_web::config::Config;

use super::{open, read, write};

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
    },
    /// Delete a role and every assignment of it
    Delete {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// The role's id or name
        #[arg(long)]
        role: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Mapping {
    /// List a workspace's rules
    List {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
    },
    /// Members of a group hold a role
    Set {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// The group's display name; it may be pushed later
        #[arg(long)]
        group: String,
        /// The role's id or name
        #[arg(long)]
        role: String,
    },
    /// Remove the rules of a group
    Delete {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// The group's display name
        #[arg(long)]
        group: String,
        /// Only the rule for this role
        #[arg(long)]
        role: Option<String>,
    },
}

impl Role {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        let (database, now) = open(config)?;
        match self {
            Role::List { workspace } => read(&database, |conn| {
                let workspace_id = super::workspace(conn, config, workspace)?.workspace_id;
                let list = roles::list(conn, &workspace_id)?.into_iter().map(|role| {
                    json!({ "id": role.role_id, "name": role.display_name, "description": role.description })
                });
                Ok(Value::Array(list.collect()))
            }),
            Role::Create { workspace, name, id, description } => write(&database, |conn| {
                let workspace_id = super::workspace(conn, config, workspace)?.workspace_id;
                let role_id = id.clone().unwrap_or_else(|| slug(name));
                if role_id.is_empty() || role_id != slug(&role_id) || role_id.len() > 64 {
                    return Err(anyhow!("--id must be 1 to 64 small letters, digits and dashes").into());
                }
                let role = roles::Role {
                    workspace_id: workspace_id.clone(),
                    role_id,
                    display_name: name.trim().to_owned(),
                    display_name_key: fold(name),
                    description: description.clone(),
                    created_at: now,
                };
                roles::insert(conn, &role)?;
                let data = json!({ "role": role.role_id });
                events::record(conn, &workspace_id, "role_created", &Cause::cli(), "workspace", &data, now)?;
                Ok(json!({ "id": role.role_id, "name": role.display_name, "description": role.description }))
            }),
            Role::Delete { workspace, role } => write(&database, |conn| {
                let workspace = super::workspace(conn, config, workspace)?;
                let found = roles::find(conn, &workspace.workspace_id, role)?;
                let role = found.ok_or_else(|| anyhow!("no role {role} in this workspace"))?;
                if roles::BUILT_IN.iter().any(|(id, ..)| *id == role.role_id) {
                    return Err(
                        anyhow!("{} is built in: Vestibule itself depends on it", role.role_id).into()
                    );
                }
                roles::delete(conn, &workspace.workspace_id, &role.role_id)?;
                let data = json!({ "role": role.role_id });
                events::record(
                    conn,
                    &workspace.workspace_id,
                    "role_deleted",
                    &Cause::cli(),
                    "workspace",
                    &data,
                    now,
                )?;
                Ok(json!({ "id": role.role_id, "deleted": true }))
            }),
        }
    }
}

impl Mapping {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        let (database, now) = open(config)?;
        match self {
            Mapping::List { workspace } => read(&database, |conn| {
                let workspace_id = super::workspace(conn, config, workspace)?.workspace_id;
                let list = mappings::list(conn, &workspace_id)?
                    .into_iter()
                    .map(|mapping| json!({ "group": mapping.group_name, "role": mapping.role_id }));
                Ok(Value::Array(list.collect()))
            }),
            Mapping::Set { workspace, group, role } => write(&database, |conn| {
                let workspace_id = super::workspace(conn, config, workspace)?.workspace_id;
                let found = roles::find(conn, &workspace_id, role)?;
                let role = found.ok_or_else(|| anyhow!("no role {role} in this workspace"))?;
                mappings::set(conn, &workspace_id, group, &role.role_id, now)?;
                let data = json!({ "group": group, "role": role.role_id });
                events::record(conn, &workspace_id, "mapping_set", &Cause::cli(), "workspace", &data, now)?;
                Ok(data)
            }),
            Mapping::Delete { workspace, group, role } => write(&database, |conn| {
                let workspace_id = super::workspace(conn, config, workspace)?.workspace_id;
                let role_id = match role {
                    Some(role) => roles::find(conn, &workspace_id, role)?.map(|role| role.role_id),
                    None => None,
                };
                let removed = mappings::delete(conn, &workspace_id, group, role_id.as_deref())?;
                let data = json!({ "group": group, "removed": removed });
                events::record(
                    conn,
                    &workspace_id,
                    "mapping_deleted",
                    &Cause::cli(),
                    "workspace",
                    &data,
                    now,
                )?;
                Ok(data)
            }),
        }
    }
}

/// `Billing Admin` → `billing-admin`
fn slug(name: &str) -> String {
    let dashed: String = name
        .trim()
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' })
        .collect();
    dashed.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}
