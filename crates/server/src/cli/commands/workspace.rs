//! `vestibule workspace …`

pub(crate) mod attribute;
pub(crate) mod brake;
mod delete;
pub(crate) mod plan;
pub(crate) mod sign_in;

use clap::Subcommand;
use serde_json::{Value, json};
use vestibule_admin::{
    self as admin, Actor,
    provider::domains::name::normalise,
    workspaces::{NewWorkspace, WorkspaceChange},
};
use vestibule_core::{
    ids::{DEPLOYMENT, WorkspaceId},
    time::rfc3339,
};
use vestibule_store::{providers::domains, safeguards::brakes, workspaces};
use vestibule_web::config::Config;

use self::sign_in::SignIn;
use super::{
    Switch,
    confirm::{Need, confirm},
    everybody, open, read,
    rights::role,
    write,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Workspace {
    /// Create a workspace; prints its id and a set-up link for the customer's administrator
    Create {
        /// The name that people see
        #[arg(long)]
        name: String,
        /// Use this id (a UUID) instead of a new one
        #[arg(long, value_name = "UUID")]
        id: Option<String>,
        /// An email domain of the customer, verified without DNS; may be repeated
        #[arg(long = "domain", value_name = "DOMAIN", value_parser = normalise)]
        domains: Vec<String>,
    },
    /// Change a workspace
    Update {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// An email domain of the customer, verified without DNS; may be repeated
        #[arg(long = "domain", value_name = "DOMAIN", value_parser = normalise)]
        domains: Vec<String>,
        /// Whether SCIM may authenticate with Basic (the password is a provisioning token)
        #[arg(long)]
        allow_basic: Option<Switch>,
        /// Whether group members that are not provisioned yet wait until they are, instead of being refused
        #[arg(long)]
        park_members: Option<Switch>,
        /// The default role, by id or name, of users without another role
        #[arg(long, value_name = "ROLE")]
        default_role: Option<String>,
        /// Block pushes that would remove the access of more than this percentage of people within an hour (0 to 100; 0: off)
        #[arg(long, value_name = "PERCENT")]
        brake_percent: Option<i64>,
        /// Block them only if at least this many people are affected
        #[arg(long, value_name = "PEOPLE")]
        brake_least: Option<i64>,
        #[command(flatten)]
        sign_in: SignIn,
    },
    /// Create a set-up link for the customer's administrator: shown once, works once, within three days
    SetupLink {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
    },
    /// Suspend a workspace: nobody signs in, nothing opens it, SCIM is refused, and everybody's access ends
    Suspend {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Resume a suspended workspace; people sign in again
    Resume {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
    },
    /// Delete a workspace: suspends it now, and deletes everything of it after some days, in which --cancel keeps it
    Delete {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// Days until everything is deleted, 1 to 365
        #[arg(long, value_name = "DAYS", default_value_t = 30)]
        days: i64,
        /// Do not delete it; it stays suspended
        #[arg(long, conflicts_with_all = ["days", "yes"])]
        cancel: bool,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Answer SCIM as if everything were done, and keep what would change as a plan (`vestibule plan`)
    Observe {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// Whether it is observed; off is refused while the plan is not empty
        state: Switch,
    },
    /// List the workspaces of this region
    List,
}

impl Workspace {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        let (database, now) = open(config)?;
        let link = |plain: String| format!("{}/setup/{plain}", config.region.app_url);
        match self {
            Workspace::Create { name, id, domains } => {
                let wanted = match id {
                    Some(text) => Some(
                        WorkspaceId::parse(text)
                            .ok_or_else(|| anyhow::anyhow!("--id must be a UUID, which {text} is not"))?,
                    ),
                    None => None,
                };
                if wanted.as_ref() == Some(&*DEPLOYMENT) {
                    anyhow::bail!("--id: the nil UUID stands for the deployment itself");
                }
                write(&database, |conn| {
                    let region = &config.region.name;
                    let new = NewWorkspace { id: wanted.as_ref(), name, region, domains };
                    let (workspace, plain) = admin::workspaces::create(conn, &Actor::cli(now), new)?;
                    let workspace_id = &workspace.workspace_id;
                    Ok(json!({
                        "id": workspace_id,
                        "name": workspace.name,
                        "region": workspace.region,
                        "domains": domains::list(conn, workspace_id)?,
                        "setup_link": link(plain),
                        "scim_base_url": format!("{}/api/scim/v2/{workspace_id}", config.region.api_url),
                    }))
                })
            }
            Workspace::Update {
                workspace,
                domains,
                allow_basic,
                park_members,
                default_role,
                brake_percent,
                brake_least,
                sign_in,
            } => write(&database, |conn| {
                let (actor, before) = (Actor::cli(now), super::workspace(conn, config, workspace)?);
                let workspace_id = before.workspace_id.clone();
                for domain in domains {
                    admin::provider::domains::vouch(conn, &actor, &workspace_id, domain)?;
                }
                let default_role = match default_role {
                    Some(text) => Some(role::named(conn, &workspace_id, text)?.role_id),
                    None => None,
                };
                let change = WorkspaceChange {
                    default_role,
                    allow_basic: allow_basic.map(Switch::is_on),
                    park_members: park_members.map(Switch::is_on),
                    brake_percent: *brake_percent,
                    brake_least: *brake_least,
                    ..sign_in.change(conn, &before)?
                };
                let insecure = config.okta.allow_insecure_issuers;
                let workspace = admin::workspaces::change(conn, &actor, &before, &change, insecure)?;
                let brake = brakes::find(conn, &workspace_id)?;
                let mut data = json!({
                    "brake_percent": brake.percent,
                    "brake_least": brake.least,
                    "allow_basic": workspace.allow_basic,
                    "park_members": workspace.park_members,
                    "default_role": workspace.default_role,
                });
                with(&mut data, sign_in::show(conn, config, &workspace)?);
                let domains = domains::list(conn, &workspace_id)?;
                with(&mut data, [("id", json!(workspace_id)), ("domains", json!(domains))]);
                Ok(data)
            }),
            Workspace::SetupLink { workspace } => write(&database, |conn| {
                let workspace_id = super::workspace(conn, config, workspace)?.workspace_id;
                let plain = admin::provider::setup::create_link(conn, &Actor::cli(now), &workspace_id)?;
                Ok(json!({ "setup_link": link(plain) }))
            }),
            Workspace::Suspend { workspace, yes } => {
                let found = read(&database, |conn| Ok(super::workspace(conn, config, workspace)?))?;
                let question = format!("Nobody will be able to use the workspace {}.", found.name);
                confirm(*yes, Need::OnTerminal, &found.name, &question)?;
                write(&database, |conn| {
                    let found = super::workspace(conn, config, workspace)?;
                    Ok(admin::workspaces::emergency::suspend(conn, &Actor::cli(now), &found)?)
                })?;
                let people = everybody::end(&database, config, workspace)?;
                Ok(json!({ "id": found.workspace_id, "suspended_at": rfc3339(now), "people": people }))
            }
            Workspace::Resume { workspace } => write(&database, |conn| {
                let found = super::workspace(conn, config, workspace)?;
                admin::workspaces::emergency::resume(conn, &Actor::cli(now), &found)?;
                Ok(json!({ "id": found.workspace_id, "suspended_at": null }))
            }),
            Workspace::Delete { workspace, cancel: true, .. } => delete::cancel(config, workspace),
            Workspace::Delete { workspace, days, yes, .. } => delete::plan(config, workspace, *days, *yes),
            Workspace::Observe { workspace, state } => plan::observe(config, workspace, *state),
            Workspace::List => read(&database, |conn| {
                let mut list = Vec::new();
                for workspace in workspaces::list(conn, &config.region.name)? {
                    let domains = domains::list(conn, &workspace.workspace_id)?;
                    let mut line =
                        json!({ "id": workspace.workspace_id, "name": workspace.name, "domains": domains });
                    with(&mut line, sign_in::show(conn, config, &workspace)?);
                    let deletion = workspaces::deletion::find(conn, &workspace.workspace_id)?;
                    with(
                        &mut line,
                        [
                            ("suspended_at", json!(workspace.suspended_at.map(rfc3339))),
                            ("delete_at", json!(deletion.map(|planned| rfc3339(planned.delete_at)))),
                        ],
                    );
                    list.push(line);
                }
                Ok(list.into())
            }),
        }
    }
}

/// Adds members to an object.
fn with(object: &mut Value, members: impl IntoIterator<Item = (&'static str, Value)>) {
    if let Some(object) = object.as_object_mut() {
        object.extend(members.into_iter().map(|(name, value)| (name.to_owned(), value)));
    }
}
