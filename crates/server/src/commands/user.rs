//! `vestibule user …` and `vestibule api-token …`

use clap::Subcommand;
use serde_json::{Value, json};
use vestibule_store::{
    Conn, Micros, SECOND, entitlements,
    events::{self, Cause},
    roles,
    secret::Kind,
    sessions,
    tokens::{self, NewToken},
    users::{self, User as Row},
};
use vestibule_web::{config::Config, operator, time::rfc3339};

use super::{Sentence, entitlement, open, read, role, write};

#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Create a user by hand: the first administrator, before Okta provisions anybody
    Create {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// The user name, usually the work e-mail address
        #[arg(long, value_name = "NAME")]
        user_name: String,
        /// A role by id or name; may be repeated
        #[arg(long = "role", value_name = "ROLE")]
        roles: Vec<String>,
    },
    /// Give a user exactly these roles by hand; those through groups stay
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
    /// Give a user exactly these entitlements by hand; those through groups stay
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
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// The user name
        #[arg(long, value_name = "NAME")]
        user_name: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ApiToken {
    /// Create an API token that acts for a user; it is shown once
    Create {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// The user name
        #[arg(long, value_name = "NAME")]
        user_name: String,
        /// What it is for
        #[arg(long)]
        name: String,
        /// What it may do, as the app understands it; may be repeated
        #[arg(long = "scope", value_name = "SCOPE")]
        scopes: Vec<String>,
        /// Days until it expires
        #[arg(long, value_name = "DAYS", default_value_t = 90, value_parser = clap::value_parser!(i64).range(1..=3650))]
        expires_in: i64,
    },
}

impl User {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        let (database, now) = open(config)?;
        match self {
            User::Create { workspace, user_name, roles } => write(&database, |conn| {
                let workspace_id = super::workspace(conn, config, workspace)?.workspace_id;
                let user = create(conn, &workspace_id, user_name, now)?;
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
            User::EndAccess { workspace, user_name } => write(&database, |conn| {
                let workspace_id = super::workspace(conn, config, workspace)?.workspace_id;
                let user_id = super::user(conn, &workspace_id, user_name)?.user_id;
                let mut user = users::get_locked(conn, &workspace_id, &user_id)?;
                let ended = users::end_all_access(conn, &mut user, &Cause::cli(), "operator", now)?;
                Ok(
                    json!({ "id": user_id, "sessions": ended.sessions, "tokens": ended.tokens, "epoch": user.epoch }),
                )
            }),
        }
    }
}

impl ApiToken {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        let (database, now) = open(config)?;
        let ApiToken::Create { workspace, user_name, name, scopes, expires_in } = self;
        write(&database, |conn| {
            let workspace_id = super::workspace(conn, config, workspace)?.workspace_id;
            let user = super::user(conn, &workspace_id, user_name)?;
            let scope = if scopes.is_empty() { "api".to_owned() } else { scopes.join(" ") };
            let new = NewToken {
                workspace_id: &workspace_id,
                kind: Kind::Api,
                name,
                grant_id: None,
                user: Some((&user.user_id, user.epoch)),
                scope: &scope,
                expires_at: Some(now + expires_in * 86_400 * SECOND),
            };
            let (token, plain) = tokens::issue(conn, &new, now)?;
            let data = json!({ "token": token.token_id, "name": name, "scope": scope });
            events::record(
                conn,
                &workspace_id,
                "api_token_created",
                &Cause::cli(),
                &user.target(),
                &data,
                now,
            )?;
            Ok(json!({
                "id": token.token_id,
                "token": plain,
                "scope": scope,
                "expires_at": token.expires_at.map(rfc3339),
            }))
        })
    }
}

/// Inserts a user made by the operator.
pub(crate) fn create(
    conn: &mut Conn,
    workspace_id: &str,
    user_name: &str,
    now: Micros,
) -> Result<Row, Sentence> {
    Ok(operator::create_user(conn, workspace_id, user_name, &Cause::cli(), now)?)
}

/// Makes the assigned roles exactly these.
pub(crate) fn set_roles(conn: &mut Conn, user: &Row, names: &[String], now: Micros) -> Result<(), Sentence> {
    let mut wanted = Vec::new();
    for name in names {
        wanted.push(role::named(conn, &user.workspace_id, name)?.role_id);
    }
    Ok(operator::set_roles(conn, user, &wanted, &Cause::cli(), now)?)
}

/// Makes the assigned entitlements exactly these.
fn set_entitlements(conn: &mut Conn, user: &Row, names: &[String], now: Micros) -> Result<(), Sentence> {
    let workspace_id = &user.workspace_id;
    let mut wanted = Vec::new();
    for name in names {
        wanted.push(entitlement::named(conn, workspace_id, name)?.entitlement_id);
    }
    entitlements::keep_only(conn, workspace_id, &user.user_id, &wanted)?;
    for id in &wanted {
        entitlements::assign(conn, workspace_id, &user.user_id, id, roles::MANUAL, now)?;
    }
    let data = json!({ "entitlements": wanted });
    events::record(conn, workspace_id, "entitlements_changed", &Cause::cli(), &user.target(), &data, now)?;
    Ok(())
}

fn show(conn: &mut Conn, user: &Row, now: Micros) -> Result<Value, Sentence> {
    let effective = roles::effective(conn, &user.workspace_id, &user.user_id)?;
    let line = |id: &str, source: &str| format!("{id} ({source})");
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
