//! Ends the access of all people of a workspace, after a command has requested it.

use anyhow::anyhow;
use vestibule_admin::people::end_access;
use vestibule_store::{Database, access::workspace_end};
use vestibule_web::{clock::Clock, config::Config};

use super::{read, write};

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
