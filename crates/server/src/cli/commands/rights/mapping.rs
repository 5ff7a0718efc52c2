//! `vestibule mapping …`

use anyhow::anyhow;
use clap::Subcommand;
use serde_json::{Value, json};
use vestibule_admin::{self as admin, Actor, Refusal, rights::mappings::MappingChange};
use vestibule_core::ids::{EntitlementId, RoleId, WorkspaceId};
use vestibule_store::{
    Conn,
    rights::{
        mappings::{self, Rule},
        roles::Role,
    },
};
use vestibule_web::config::Config;

use crate::cli::commands::{
    self, Sentence, open, read,
    rights::{entitlement, role},
    write,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Mapping {
    /// List a workspace's rules
    List {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
    },
    /// Assign a role, entitlements, or both to the members of a group
    Set {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// The group's display name, in any letter case; `*` matches any characters. The group may be pushed later
        #[arg(long, value_name = "NAME|PATTERN")]
        group: String,
        /// The role's id or name
        #[arg(long)]
        role: Option<String>,
        /// An entitlement by id or name; may be repeated
        #[arg(long = "entitlement", value_name = "ENTITLEMENT")]
        entitlements: Vec<String>,
    },
    /// Remove the rule of a group, or a part of it
    Delete {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// The group's display name or the pattern, as it was set
        #[arg(long, value_name = "NAME|PATTERN")]
        group: String,
        /// Only this role
        #[arg(long)]
        role: Option<String>,
        /// Only this entitlement; may be repeated
        #[arg(long = "entitlement", value_name = "ENTITLEMENT")]
        entitlements: Vec<String>,
    },
}

impl Mapping {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        let (database, now) = open(config)?;
        match self {
            Mapping::List { workspace } => read(&database, |conn| {
                let workspace_id = commands::workspace(conn, config, workspace)?.workspace_id;
                Ok(mappings::list(conn, &workspace_id)?.iter().flat_map(lines).collect())
            }),
            Mapping::Set { workspace, group, role, entitlements } => write(&database, |conn| {
                let workspace_id = commands::workspace(conn, config, workspace)?.workspace_id;
                let (roles, ids) = named(conn, &workspace_id, role.as_deref(), entitlements)?;
                let change = MappingChange { group, roles: &roles, entitlements: &ids };
                admin::rights::mappings::add(conn, &Actor::cli(now), &workspace_id, change).map_err(
                    |refusal| match refusal {
                        Refusal::Field("roles", _) => anyhow!("give --role, --entitlement, or both").into(),
                        Refusal::Conflict(sentence) => anyhow!("{sentence}: role update --by-okta on").into(),
                        other => Sentence::from(other),
                    },
                )?;
                let role = roles.first().map(|role| &role.role_id);
                Ok(json!({ "group": group.trim(), "role": role, "entitlements": ids }))
            }),
            Mapping::Delete { workspace, group, role, entitlements } => write(&database, |conn| {
                let workspace_id = commands::workspace(conn, config, workspace)?.workspace_id;
                let (roles, ids) = named(conn, &workspace_id, role.as_deref(), entitlements)?;
                let change = MappingChange { group, roles: &roles, entitlements: &ids };
                let removed = admin::rights::mappings::delete(conn, &Actor::cli(now), &workspace_id, change)?;
                Ok(json!({ "group": group.trim(), "removed": removed }))
            }),
        }
    }
}

/// The roles and the ids of the entitlements that arguments name.
fn named(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    role: Option<&str>,
    entitlements: &[String],
) -> Result<(Vec<Role>, Vec<EntitlementId>), Sentence> {
    let mut roles = Vec::new();
    if let Some(text) = role {
        roles.push(role::named(conn, workspace_id, text)?);
    }
    let mut ids = Vec::new();
    for text in entitlements {
        ids.push(entitlement::named(conn, workspace_id, text)?.entitlement_id);
    }
    Ok((roles, ids))
}

/// The entries of a rule in the list: one per role, or one without a role when the rule gives only entitlements.
fn lines(rule: &Rule) -> Vec<Value> {
    let line = |role: Option<&RoleId>| json!({ "group": rule.group, "role": role, "entitlements": rule.entitlements });
    if rule.roles.is_empty() {
        return vec![line(None)];
    }
    rule.roles.iter().map(|role| line(Some(role))).collect()
}
