//! `vestibule session …`

use anyhow::bail;
use clap::Subcommand;
use serde_json::{Value, json};
use vestibule_store::{
    events::{self, Cause},
    sessions::{self, Which},
};
use vestibule_web::{config::Config, time::rfc3339, user_agent};

use super::{open, read, write};

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
    /// End a user's sessions; tokens stay, as does the user's access (that is: user end-access)
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
                let workspace_id = super::workspace(conn, config, workspace)?.workspace_id;
                let user = super::user(conn, &workspace_id, user_name)?;
                let line = |session: sessions::Session| {
                    json!({
                        "id": session.session_id,
                        "browser": user_agent::words(&session.user_agent),
                        "started_at": rfc3339(session.created_at),
                        "seen_at": rfc3339(session.seen_at),
                        "expires_at": rfc3339(session.expires_at),
                        "idle_until": session.idle.map(|idle| rfc3339(session.seen_at + idle)),
                    })
                };
                // Nothing opens for a deactivated user.
                let live = if user.active { sessions::list_live(conn, &user, now)? } else { Vec::new() };
                Ok(live.into_iter().map(line).collect::<Vec<_>>().into())
            }),
            Session::End { workspace, user_name, session } => {
                let ended = write(&database, |conn| {
                    let workspace_id = super::workspace(conn, config, workspace)?.workspace_id;
                    let user = super::user(conn, &workspace_id, user_name)?;
                    let which = session.as_deref().map_or(Which::All, Which::One);
                    let ended = sessions::end_of_user(conn, &user, which, now)?;
                    if !ended.is_empty() {
                        let data = json!({ "sessions": ended, "reason": "operator" });
                        let cause = Cause::cli();
                        events::record(
                            conn,
                            &workspace_id,
                            "session_ended",
                            &cause,
                            &user.target(),
                            &data,
                            now,
                        )?;
                    }
                    Ok(ended)
                })?;
                if let (Some(session), true) = (session, ended.is_empty()) {
                    bail!("{user_name} has no live session {session}");
                }
                Ok(json!({ "ended": ended }))
            }
        }
    }
}
