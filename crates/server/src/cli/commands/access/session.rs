//! `vestibule session …`

use anyhow::anyhow;
use clap::Subcommand;
use serde_json::{Value, json};
use vestibule_admin::{self as admin, Actor};
use vestibule_core::ids::SessionId;
use vestibule_store::access::sessions::{self, SessionFilter};
use vestibule_web::config::Config;

use crate::cli::commands::{self, open, read, write};

#[derive(Debug, Subcommand)]
pub(crate) enum Session {
    /// List the browsers a user is signed in with
    List {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// The user name
        #[arg(long, value_name = "NAME")]
        user_name: String,
    },
    /// End a user's sessions; tokens stay (to end all access: user end-access)
    End {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// The user name
        #[arg(long, value_name = "NAME")]
        user_name: String,
        /// Only the session of this id, as `session list` shows it
        #[arg(long, value_name = "ID")]
        session: Option<String>,
    },
}

impl Session {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        let (database, now) = open(config)?;
        match self {
            Session::List { workspace, user_name } => read(&database, |conn| {
                let workspace_id = commands::workspace(conn, config, workspace)?.workspace_id;
                let user = commands::user(conn, &workspace_id, user_name)?;
                // A session of a deactivated user is not live.
                let live = if user.active { sessions::list_live(conn, &user, now)? } else { Vec::new() };
                Ok(live.iter().map(admin::access::sessions::describe).collect::<Vec<_>>().into())
            }),
            Session::End { workspace, user_name, session } => {
                let missing = |session: &str| anyhow!("{user_name} has no live session {session}");
                let id = match session {
                    Some(text) => Some(SessionId::parse(text).ok_or_else(|| missing(text))?),
                    None => None,
                };
                let ended = write(&database, |conn| {
                    let workspace_id = commands::workspace(conn, config, workspace)?.workspace_id;
                    let user = commands::user(conn, &workspace_id, user_name)?;
                    let which = id.as_ref().map_or(SessionFilter::All, SessionFilter::One);
                    Ok(admin::access::sessions::end(conn, &Actor::cli(now), &user, which)?)
                })?;
                if let (Some(session), true) = (session, ended.is_empty()) {
                    return Err(missing(session));
                }
                Ok(json!({ "ended": ended }))
            }
        }
    }
}
