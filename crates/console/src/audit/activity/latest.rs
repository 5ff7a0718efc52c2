//! The latest events, for the overview.

use vestibule_core::{ids::WorkspaceId, providers::Provider, time::Micros};
use vestibule_store::{
    Conn, Error,
    trail::events::{self, EventFilter},
};

use crate::{
    audit::activity::lines::{self, Party},
    layout::moment::Moment,
};

/// An event as the overview shows it.
pub(crate) struct Latest {
    pub at: Moment,
    pub what: String,
    pub who: Party,
    pub whom: Party,
}

/// Reads the latest events, the newest first.
pub(crate) fn latest(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    most: i64,
    (provider, now): (&Provider, Micros),
) -> Result<Vec<Latest>, Error> {
    let seen = events::search(conn, workspace_id, &EventFilter::default(), most)?;
    let lines = lines::of(conn, workspace_id, seen.events, (provider, now))?;
    let latest = |line: lines::Line| Latest { at: line.at, what: line.what, who: line.who, whom: line.whom };
    Ok(lines.into_iter().map(latest).collect())
}
