//! `vestibule resource …`: resources of the product that tokens may be for (RFC 8707).

use anyhow::anyhow;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use vestibule_admin::{
    self as admin, Actor,
    access::resources::{NewResource, ResourceChange},
};
use vestibule_core::{
    ids,
    ids::WorkspaceId,
    time::{Micros, rfc3339},
};
use vestibule_store::{
    Conn, Database,
    oauth::resources::{self, Resource as Row, ResourceScope},
};
use vestibule_web::config::Config;

use crate::cli::commands::{self, Sentence, open, read, write};

#[derive(Debug, Subcommand)]
pub(crate) enum Resource {
    /// Register a resource: an MCP server or an API of the product
    Create(Create),
    /// List the resources of a workspace, those of all workspaces included
    List {
        #[command(flatten)]
        of: Of,
    },
    /// Change a resource; its URI stays
    Update(Update),
    /// Delete a resource: every token for it ends
    Delete {
        #[command(flatten)]
        of: Of,
        /// The resource's id, as `list` shows it
        #[arg(long, value_name = "ID")]
        resource: String,
    },
}

/// Whose resource it is.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Of {
    /// The workspace's id
    #[arg(long, value_name = "ID")]
    workspace: Option<String>,
    /// All workspaces
    #[arg(long)]
    all_workspaces: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Create {
    #[command(flatten)]
    of: Of,
    /// Its URI, exactly as clients name it: a slash at the end makes another resource
    #[arg(long)]
    uri: String,
    /// The name that people see
    #[arg(long)]
    name: String,
    /// A scope of its tokens; may be repeated
    #[arg(long = "scope", value_name = "SCOPE", required = true, num_args = 1..)]
    scopes: Vec<String>,
    /// What a scope allows, for people, such as "files:read=Read your files"; may be repeated
    #[arg(long = "scope-text", value_name = "SCOPE=TEXT", num_args = 1..)]
    texts: Vec<String>,
    /// A role that gives access to it; may be repeated. Without it, everybody has access
    #[arg(long = "role", value_name = "ROLE", num_args = 1..)]
    roles: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Update {
    #[command(flatten)]
    of: Of,
    /// The resource's id, as `list` shows it
    #[arg(long, value_name = "ID")]
    resource: String,
    /// The name that people see
    #[arg(long, required_unless_present_any = ["scopes", "roles"])]
    name: Option<String>,
    /// A scope of its tokens; may be repeated. A scope that is missing here is removed, and then every token for the resource ends
    #[arg(long = "scope", value_name = "SCOPE", num_args = 1..)]
    scopes: Option<Vec<String>>,
    /// What a scope allows, for people, such as "files:read=Read your files"; may be repeated
    #[arg(long = "scope-text", value_name = "SCOPE=TEXT", num_args = 1.., requires = "scopes")]
    texts: Vec<String>,
    /// A role that gives access to it; may be repeated; empty: everybody has access
    #[arg(long = "role", value_name = "ROLE", num_args = 1..)]
    roles: Option<Vec<String>>,
}

impl Resource {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        let (database, now) = open(config)?;
        match self {
            Resource::Create(create) => {
                let scopes = described(&create.scopes, &create.texts)?;
                write(&database, |conn| {
                    let workspace_id = create.of.workspace_id(conn, config)?;
                    let new =
                        NewResource { uri: &create.uri, name: &create.name, scopes, roles: &create.roles };
                    let made = admin::access::resources::create(
                        conn,
                        &Actor::cli(now),
                        &workspace_id,
                        new,
                        &config.region.api_url,
                    )?;
                    Ok(show(&made)?)
                })
            }
            Resource::List { of } => read(&database, |conn| {
                let workspace_id = of.workspace_id(conn, config)?;
                let shown: Result<Vec<Value>, _> =
                    resources::list(conn, &workspace_id)?.iter().map(show).collect();
                Ok(Value::Array(shown?))
            }),
            Resource::Update(update) => update.run(&database, config, now),
            Resource::Delete { of, resource } => write(&database, |conn| {
                let workspace_id = of.workspace_id(conn, config)?;
                let ended =
                    admin::access::resources::delete(conn, &Actor::cli(now), &workspace_id, resource)?;
                let ended = ended.ok_or_else(|| anyhow!("there is no resource {resource}"))?;
                Ok(json!({ "id": resource, "deleted": true, "grants_ended": ended }))
            }),
        }
    }
}

impl Of {
    fn workspace_id(&self, conn: &mut Conn, config: &Config) -> Result<WorkspaceId, Sentence> {
        match &self.workspace {
            Some(text) => Ok(commands::workspace(conn, config, text)?.workspace_id),
            None => Ok(ids::DEPLOYMENT.clone()),
        }
    }
}

impl Update {
    fn run(&self, database: &Database, config: &Config, now: Micros) -> anyhow::Result<Value> {
        let scopes = self.scopes.as_ref().map(|scopes| described(scopes, &self.texts)).transpose()?;
        let roles: Option<Vec<String>> =
            self.roles.as_ref().map(|roles| roles.iter().filter(|role| !role.is_empty()).cloned().collect());
        write(database, |conn| {
            let workspace_id = self.of.workspace_id(conn, config)?;
            let found = resources::find_by_id(conn, &workspace_id, &self.resource)?;
            let before = found.ok_or_else(|| anyhow!("there is no resource {}", self.resource))?;
            let change = ResourceChange {
                name: self.name.as_deref(),
                scopes: scopes.clone(),
                roles: roles.as_deref(),
            };
            let (after, ended) = admin::access::resources::change(conn, &Actor::cli(now), before, change)?;
            let mut shown = show(&after)?;
            if let Some(members) = shown.as_object_mut() {
                members.insert("grants_ended".to_owned(), json!(ended));
            }
            Ok(shown)
        })
    }
}

/// Scopes, each with its description of `SCOPE=TEXT`.
fn described(scopes: &[String], texts: &[String]) -> anyhow::Result<Vec<ResourceScope>> {
    let mut scopes: Vec<ResourceScope> =
        scopes.iter().map(|scope| ResourceScope { scope: scope.clone(), text: String::new() }).collect();
    for described in texts {
        let found = scopes.iter_mut().find_map(|one| {
            let text = described.strip_prefix(&one.scope)?.strip_prefix('=')?;
            Some((text, one))
        });
        match found {
            Some((text, one)) => text.trim().clone_into(&mut one.text),
            None => {
                let sentence = format!("--scope-text {described}: write SCOPE=TEXT, with a SCOPE of --scope");
                return Err(crate::cli::BadArguments(sentence).into());
            }
        }
    }
    Ok(scopes)
}

fn show(resource: &Row) -> Result<Value, vestibule_store::Error> {
    let scopes = resource.scopes()?;
    Ok(json!({
        "id": resource.resource_id,
        "uri": resource.uri,
        "name": resource.name,
        "all_workspaces": resource.workspace_id == *ids::DEPLOYMENT,
        "scopes": scopes.iter().map(|one| &one.scope).collect::<Vec<_>>(),
        "scope_texts": scopes.iter().map(|one| &one.text).collect::<Vec<_>>(),
        "roles": resource.roles.as_slice(),
        "created_at": rfc3339(resource.created_at),
    }))
}
