//! Ends the access of all people of a workspace, after a command has requested it.

use anyhow::anyhow;
use serde_json::{Value, json};
use vestibule_admin::{Actor, people::end_access};
use vestibule_core::sets::EndReason;
use vestibule_store::{Database, access::workspace_end, workspaces};
use vestibule_web::{clock::Clock, config::Config};

use super::{
    confirm::{Need, confirm},
    read, write,
};

/// Ends the access of everybody in one workspace, or in all workspaces of this region.
pub(crate) fn end_all(
    database: &Database,
    config: &Config,
    workspace: Option<&str>,
    yes: bool,
) -> anyhow::Result<Value> {
    let (ids, need, word) = match workspace {
        Some(workspace) => {
            let found = read(database, |conn| Ok(super::workspace(conn, config, workspace)?))?;
            (vec![found.workspace_id], Need::OnTerminal, found.name)
        }
        None => {
            let list = read(database, |conn| Ok(workspaces::list(conn, &config.region.name)?))?;
            let ids: Vec<_> = list.into_iter().map(|workspace| workspace.workspace_id).collect();
            (ids, Need::Always, "everybody".to_owned())
        }
    };
    let question = match workspace {
        Some(_) => format!("Everybody's access to the workspace {word} will be ended."),
        None => format!("Everybody's access to {} workspaces will be ended.", ids.len()),
    };
    confirm(yes, need, &word, &question)?;
    // First all jobs are stored: if this process is stopped, a running service goes on with them.
    for id in &ids {
        write(database, |conn| {
            let reason = (EndReason::Operator, "");
            end_access::begin(conn, &Actor::cli(Clock::default().now()), id, reason)?;
            Ok(())
        })?;
    }
    let mut people = 0;
    for id in &ids {
        people += end(database, config, id.as_str())?;
    }
    Ok(match workspace {
        Some(_) => json!({ "people": people }),
        None => json!({ "workspaces": ids.len(), "people": people }),
    })
}

/// Ends the access of all people, one batch per transaction; returns the number of people. A running service may do a part of the work.
pub(crate) fn end(database: &Database, config: &Config, workspace: &str) -> anyhow::Result<i64> {
    loop {
        let end = read(database, |conn| {
            let workspace_id = super::workspace(conn, config, workspace)?.workspace_id;
            Ok(workspace_end::find(conn, &workspace_id)?
                .ok_or_else(|| anyhow!("no end of access is running"))?)
        })?;
        if end.finished_at.is_some() {
            return Ok(end.done);
        }
        write(database, |conn| Ok(end_access::batch(conn, &end, Clock::default().now())?))?;
    }
}
