//! `vestibule user …`

use clap::Subcommand;
use serde_json::{Value, json};
use vestibule_admin::{
    self as admin, Actor,
    people::{NewUser, end_access},
};
use vestibule_core::time::{Micros, rfc3339};
use vestibule_store::{
    Conn, Tx,
    access::{sessions, tokens},
    people::users::User as Row,
    rights::roles,
    trail::receipts,
};
use vestibule_web::{clock::Clock, config::Config};

use super::{
    Sentence, everybody, open, read,
    rights::{entitlement, role},
    write,
};

#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Create a user by hand: the first administrator, before anybody is provisioned, or a person from elsewhere
    Create {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        #[command(flatten)]
        person: Person,
        /// A role by id or name; may be repeated
        #[arg(long = "role", value_name = "ROLE")]
        roles: Vec<String>,
    },
    /// Replace the roles assigned to a user by hand; those through groups stay
    SetRoles {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// The user name
        #[arg(long, value_name = "NAME")]
        user_name: String,
        /// A role by id or name; may be repeated
        #[arg(long = "role", value_name = "ROLE")]
        roles: Vec<String>,
    },
    /// Replace the entitlements assigned to a user by hand; those through groups stay
    SetEntitlements {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// The user name
        #[arg(long, value_name = "NAME")]
        user_name: String,
        /// An entitlement by id or name; may be repeated
        #[arg(long = "entitlement", value_name = "ENTITLEMENT")]
        entitlements: Vec<String>,
    },
    /// Show a user: roles and entitlements with their sources, live sessions and tokens
    Show {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// The user name
        #[arg(long, value_name = "NAME")]
        user_name: String,
    },
    /// End all access of a user at once: sessions, codes, grants, tokens
    EndAccess {
        /// The workspace's id; with --all it may be missing: then everybody's of the deployment
        #[arg(long, value_name = "ID", required_unless_present = "all")]
        workspace: Option<String>,
        /// The user name
        #[arg(long, value_name = "NAME", required_unless_present = "all")]
        user_name: Option<String>,
        /// End the access of everybody in the workspace, or in all workspaces
        #[arg(long, conflicts_with = "user_name")]
        all: bool,
        /// With --all: do not ask. Without a terminal, everybody's access of the deployment is ended only with it
        #[arg(long, requires = "all")]
        yes: bool,
    },
}

/// Attributes of a new user.
#[derive(Debug, clap::Args)]
pub(crate) struct Person {
    /// The user name, usually the work email address
    #[arg(long, value_name = "NAME")]
    user_name: String,
    /// The given name
    #[arg(long, value_name = "NAME")]
    given_name: Option<String>,
    /// The family name
    #[arg(long, value_name = "NAME")]
    family_name: Option<String>,
    /// The name that people see
    #[arg(long, value_name = "NAME")]
    display_name: Option<String>,
    /// An email address; may be repeated, the first is the primary one. Default: the user name, if it is an address
    #[arg(long = "email", value_name = "ADDRESS")]
    emails: Vec<String>,
    /// The identity provider's own id of the person
    #[arg(long, value_name = "ID")]
    external_id: Option<String>,
    /// The person may not sign in yet
    #[arg(long)]
    inactive: bool,
}

impl Person {
    fn new_user(&self) -> NewUser {
        NewUser {
            user_name: self.user_name.clone(),
            given_name: self.given_name.clone(),
            family_name: self.family_name.clone(),
            display_name: self.display_name.clone(),
            emails: self.emails.clone(),
            external_id: self.external_id.clone(),
            inactive: self.inactive,
        }
    }
}

impl User {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        let (database, now) = open(config)?;
        match self {
            User::Create { workspace, person, roles } => write(&database, |conn| {
                let workspace_id = super::workspace(conn, config, workspace)?.workspace_id;
                let user = admin::people::create(conn, &Actor::cli(now), &workspace_id, &person.new_user())?;
                set_roles(conn, &user, roles, now)?;
                show(conn, &user, now)
            }),
            User::SetRoles { workspace, user_name, roles } => write(&database, |conn| {
                let workspace_id = super::workspace(conn, config, workspace)?.workspace_id;
                let user = super::user(conn, &workspace_id, user_name)?;
                set_roles(conn, &user, roles, now)?;
                show(conn, &user, now)
            }),
            User::SetEntitlements { workspace, user_name, entitlements } => write(&database, |conn| {
                let workspace_id = super::workspace(conn, config, workspace)?.workspace_id;
                let user = super::user(conn, &workspace_id, user_name)?;
                set_entitlements(conn, &user, entitlements, now)?;
                show(conn, &user, now)
            }),
            User::Show { workspace, user_name } => read(&database, |conn| {
                let workspace_id = super::workspace(conn, config, workspace)?.workspace_id;
                let user = super::user(conn, &workspace_id, user_name)?;
                show(conn, &user, now)
            }),
            User::EndAccess { workspace, user_name: None, yes, .. } => {
                everybody::end_all(&database, config, workspace.as_deref(), *yes)
            }
            User::EndAccess { workspace, user_name: Some(user_name), .. } => {
                let workspace = workspace.as_deref().unwrap_or_default();
                let (user, ended) = write(&database, |conn| {
                    let workspace_id = super::workspace(conn, config, workspace)?.workspace_id;
                    let user_id = super::user(conn, &workspace_id, user_name)?.user_id;
                    Ok(end_access(conn, &Actor::cli(now), &workspace_id, &user_id)?)
                })?;
                // The end of access is committed. The service signs the receipt later.
                let (name, seen_at) = ((user.workspace_id, ended.receipt_id), Clock::default().now());
                let (receipt, _) =
                    write(&database, |conn| Ok(receipts::record_in_force(conn, &name, seen_at)?))?;
                let counts = receipt.ended()?.unwrap_or_default();
                Ok(json!({
                    "id": user.user_id, "sessions": counts.sessions, "tokens": counts.tokens(), "epoch": user.epoch,
                    "receipt": receipt.receipt_id,
                }))
            }
        }
    }
}

/// Makes the assigned roles exactly these.
fn set_roles(conn: &mut Tx<'_>, user: &Row, names: &[String], now: Micros) -> Result<(), Sentence> {
    let mut wanted = Vec::new();
    for name in names {
        wanted.push(role::named(conn, &user.workspace_id, name)?.role_id);
    }
    Ok(admin::rights::assignments::replace_roles(conn, &Actor::cli(now), user, &wanted)?)
}

/// Makes the assigned entitlements exactly these.
fn set_entitlements(conn: &mut Tx<'_>, user: &Row, names: &[String], now: Micros) -> Result<(), Sentence> {
    let workspace_id = &user.workspace_id;
    let mut wanted = Vec::new();
    for name in names {
        wanted.push(entitlement::named(conn, workspace_id, name)?.entitlement_id);
    }
    Ok(admin::rights::assignments::replace_entitlements(conn, &Actor::cli(now), user, &wanted)?)
}

fn show(conn: &mut Conn, user: &Row, now: Micros) -> Result<Value, Sentence> {
    let effective = roles::effective(conn, &user.workspace_id, &user.user_id)?;
    let line = |id: &str, source: &roles::Source| format!("{id} ({source})");
    let sources: Vec<String> = effective.roles.iter().map(|held| line(&held.role_id, &held.source)).collect();
    let entitled = effective.entitlements.iter();
    let entitled: Vec<String> = entitled.map(|one| line(&one.entitlement_id, &one.source)).collect();
    Ok(json!({
        "id": user.user_id,
        "user_name": user.user_name,
        "external_id": user.external_id,
        "display_name": user.display_name,
        "email": user.email,
        "active": user.active,
        "source": user.source,
        "roles": effective.role_ids(),
        "role_sources": sources,
        "entitlements": effective.entitlement_ids(),
        "entitlement_sources": entitled,
        "epoch": user.epoch,
        "revoked_at": user.revoked_at.map(rfc3339),
        "sessions": sessions::count_live(conn, user, now)?,
        "tokens": tokens::count_live(conn, user, now)?,
        "created_at": rfc3339(user.created_at),
        "updated_at": rfc3339(user.updated_at),
    }))
}
