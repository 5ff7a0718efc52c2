//! `vestibule role …`

use anyhow::{anyhow, bail};
use clap::Subcommand;
use serde_json::{Value, json};
use vestibule_store::{
    Conn, Micros,
    events::{self, Cause},
    roles,
    workspaces::Workspace,
};
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
                let role_id = new_id(id.as_deref(), name)?;
                let mut role = roles::Role::new(&workspace_id, &role_id, name, described(description)?, now);
                role.by_okta = by_okta.is_on();
                roles::insert(conn, &role)?;
                tell(conn, &role, "role_created", now)?;
                Ok(shown(&role))
            }),
            Role::Update { workspace, role, name, description, by_okta } => write(&database, |conn| {
                let workspace = super::workspace(conn, config, workspace)?;
                let mut role = named(conn, &workspace.workspace_id, role)?;
                if let Some(name) = name {
                    role.display_name = titled(name)?.to_owned();
                }
                if let Some(description) = description {
                    described(description)?.clone_into(&mut role.description);
                }
                role.by_okta = by_okta.map_or(role.by_okta, Switch::is_on);
                roles::save(conn, &mut role)?;
                tell(conn, &role, "role_changed", now)?;
                Ok(shown(&role))
            }),
            Role::Delete { workspace, role } => write(&database, |conn| {
                let workspace = super::workspace(conn, config, workspace)?;
                let role = named(conn, &workspace.workspace_id, role)?;
                check_free(&workspace, &role)?;
                roles::delete(conn, &workspace.workspace_id, &role.role_id)?;
                tell(conn, &role, "role_deleted", now)?;
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

/// What the program itself counts on can't go.
fn check_free(workspace: &Workspace, role: &roles::Role) -> anyhow::Result<()> {
    if roles::ADMINISTRATORS.contains(&role.role_id.as_str()) {
        bail!("{} is built in: Vestibule itself depends on it", role.role_id);
    }
    if workspace.default_role == role.role_id {
        bail!("{} is the workspace's default role: who holds no other holds it", role.role_id);
    }
    Ok(())
}

fn shown(role: &roles::Role) -> Value {
    json!({
        "id": role.role_id,
        "name": role.display_name,
        "description": role.description,
        "by_okta": role.by_okta,
    })
}

fn tell(conn: &mut Conn, role: &roles::Role, kind: &str, now: Micros) -> Result<(), Sentence> {
    let data = json!({ "role": role.role_id, "name": role.display_name, "by_okta": role.by_okta });
    events::record(conn, &role.workspace_id, kind, &Cause::cli(), "workspace", &data, now)?;
    Ok(())
}

/// The id of a new role or entitlement: as given, or made from the name.
pub(crate) fn new_id(id: Option<&str>, name: &str) -> anyhow::Result<String> {
    titled(name)?;
    let new = id.map_or_else(|| slug(name), str::to_owned);
    if new.is_empty() || new != slug(&new) || new.len() > 64 {
        bail!("--id must be 1 to 64 small letters, digits, dashes and underscores");
    }
    Ok(new)
}

/// A name for people.
fn titled(name: &str) -> anyhow::Result<&str> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 256 || name.contains('\0') {
        bail!("--name must have 1 to 256 characters");
    }
    Ok(name)
}

/// Okta takes descriptions of at most 1000 characters.
pub(crate) fn described(description: &str) -> anyhow::Result<&str> {
    if description.chars().count() > 1000 || description.contains('\0') {
        bail!("--description must have at most 1000 characters");
    }
    Ok(description)
}

/// `Billing Admin` → `billing-admin`, `tenant_admin` → `tenant_admin`
fn slug(name: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let dashed: String = name
        .trim()
        .chars()
        .map(|letter| if plain(letter) { letter.to_ascii_lowercase() } else { '-' })
        .collect();
    dashed.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}
