//! `vestibule identity …`: identities that sign in as users, and conflicts.

use anyhow::anyhow;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use vestibule_admin::{self as admin, Actor, provider::conflicts::Resolution};
use vestibule_core::{ids::WorkspaceId, time::rfc3339};
use vestibule_store::{
    people::users,
    providers::{
        conflicts,
        identities::{self, IdentityKey},
    },
};
use vestibule_web::config::Config;

use crate::cli::commands::{self, open, read, write};

#[derive(Debug, Subcommand)]
pub(crate) enum Identity {
    /// List the identities that a user signs in with
    List {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// The user name
        #[arg(long, value_name = "NAME")]
        user_name: String,
    },
    /// List identities that could not be matched to a user
    Conflicts {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
    },
    /// Link an account at the identity provider to a user: a link to another account is removed, and all access of the user ends
    Link(Link),
    /// Remove a link: all access of the user ends, and the account can sign in again only after you resolve the conflict
    Unlink(Subject),
    /// Dismiss a conflict: the account is matched again at the next sign-in
    Dismiss(Subject),
}

#[derive(Debug, Args)]
pub(crate) struct Subject {
    /// The workspace's id
    #[arg(long, value_name = "ID")]
    workspace: String,
    /// The issuer; default: that of the workspace's connection
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,
    /// The provider's name for the person (`sub`), in Okta 00u…
    #[arg(long, value_name = "SUB")]
    subject: String,
}

#[derive(Debug, Args)]
pub(crate) struct Link {
    #[command(flatten)]
    subject: Subject,
    /// The user name
    #[arg(long, value_name = "NAME")]
    user_name: String,
}

impl Identity {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        let (database, now) = open(config)?;
        let address = |conn: &mut _, subject: &Subject| -> anyhow::Result<(WorkspaceId, String)> {
            let workspace_id = commands::workspace(conn, config, &subject.workspace)?.workspace_id;
            let issuer = match &subject.issuer {
                Some(issuer) => issuer.clone(),
                None => admin::provider::identities::default_issuer(conn, &workspace_id)?.ok_or_else(|| {
                    anyhow!(
                        "this workspace has no connection, or several and none is the default; give --issuer"
                    )
                })?,
            };
            Ok((workspace_id, issuer))
        };
        match self {
            Identity::List { workspace, user_name } => read(&database, |conn| {
                let workspace_id = commands::workspace(conn, config, workspace)?.workspace_id;
                let user = commands::user(conn, &workspace_id, user_name)?;
                let describe = |identity: &identities::Identity| {
                    let linked_at = rfc3339(identity.created_at);
                    json!({ "issuer": identity.issuer, "subject": identity.subject, "linked_at": linked_at })
                };
                Ok(identities::list(conn, &workspace_id, &user.user_id)?.iter().map(describe).collect())
            }),
            Identity::Conflicts { workspace } => read(&database, |conn| {
                let workspace_id = commands::workspace(conn, config, workspace)?.workspace_id;
                let mut list = Vec::new();
                for conflict in conflicts::list(conn, &workspace_id, 1000)? {
                    let user = match &conflict.user_id {
                        Some(user_id) => users::find(conn, &workspace_id, user_id)?,
                        None => None,
                    };
                    list.push(json!({
                        "issuer": conflict.issuer, "subject": conflict.subject, "name_at_okta": conflict.user_name,
                        "reason": conflict.reason, "user_name": user.map(|user| user.user_name),
                        "at": rfc3339(conflict.created_at),
                    }));
                }
                Ok(list.into())
            }),
            Identity::Link(Link { subject, user_name }) => write(&database, |conn| {
                let (workspace_id, issuer) = address(conn, subject)?;
                let user_id = commands::user(conn, &workspace_id, user_name)?.user_id;
                let identity = IdentityKey { issuer: &issuer, subject: &subject.subject };
                let user = admin::provider::identities::link(
                    conn,
                    &Actor::cli(now),
                    &workspace_id,
                    identity,
                    &user_id,
                )?;
                Ok(json!({ "id": user.user_id, "issuer": issuer, "subject": subject.subject }))
            }),
            Identity::Unlink(subject) => write(&database, |conn| {
                let (workspace_id, issuer) = address(conn, subject)?;
                let identity = IdentityKey { issuer: &issuer, subject: &subject.subject };
                let user =
                    admin::provider::identities::unlink(conn, &Actor::cli(now), &workspace_id, identity)?;
                let user = user.ok_or_else(|| anyhow!("no user here is linked to {}", subject.subject))?;
                Ok(json!({ "id": user.user_id, "user_name": user.user_name }))
            }),
            Identity::Dismiss(subject) => write(&database, |conn| {
                let (workspace_id, issuer) = address(conn, subject)?;
                let identity = IdentityKey { issuer: &issuer, subject: &subject.subject };
                if conflicts::find(conn, &workspace_id, identity)?.is_none() {
                    return Err(anyhow!("there is no conflict about {}", subject.subject).into());
                }
                let actor = Actor::cli(now);
                admin::provider::conflicts::resolve(
                    conn,
                    &actor,
                    &workspace_id,
                    identity,
                    Resolution::Dismiss,
                )?;
                Ok(json!({ "issuer": issuer, "subject": subject.subject, "dismissed": true }))
            }),
        }
    }
}
