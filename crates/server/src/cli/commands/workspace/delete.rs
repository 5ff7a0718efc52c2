//! `vestibule workspace delete`: plans the deletion of a workspace, or cancels it.

use serde_json::{Value, json};
use vestibule_admin::{Actor, workspaces::deletion};
use vestibule_core::time::rfc3339;
use vestibule_web::config::Config;

use super::super::{
    confirm::{Need, confirm},
    everybody, open, read, workspace, write,
};

/// Suspends the workspace and plans its deletion. `days`: time in which it can be canceled.
pub(super) fn plan(config: &Config, id: &str, days: i64, yes: bool) -> anyhow::Result<Value> {
    let (database, now) = open(config)?;
    let found = read(&database, |conn| Ok(workspace(conn, config, id)?))?;
    let name = &found.name;
    let question = format!(
        "Nobody will be able to use the workspace {name} from now on, and everything of it will be deleted in {days} days."
    );
    confirm(yes, Need::Always, name, &question)?;
    let delete_at = write(&database, |conn| {
        let found = workspace(conn, config, id)?;
        Ok(deletion::plan(conn, &Actor::cli(now), &found, days)?)
    })?;
    let people = match found.suspended_at {
        None => everybody::end(&database, config, id)?,
        Some(_) => 0,
    };
    Ok(json!({ "id": found.workspace_id, "delete_at": rfc3339(delete_at), "people": people }))
}

/// Cancels the deletion. The workspace stays suspended.
pub(super) fn cancel(config: &Config, id: &str) -> anyhow::Result<Value> {
    let (database, now) = open(config)?;
    write(&database, |conn| {
        let found = workspace(conn, config, id)?;
        deletion::cancel(conn, &Actor::cli(now), &found)?;
        let suspended_at = found.suspended_at.map(rfc3339);
        Ok(json!({ "id": found.workspace_id, "delete_at": null, "suspended_at": suspended_at }))
    })
}
