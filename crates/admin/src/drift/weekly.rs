//! The weekly event about drift, in workspaces that have some. Every node makes the report of a workspace that is due; the database lets
//! one of them record it.

use std::{collections::BTreeMap, time::Duration};

use vestibule_core::{
    ids::WorkspaceId,
    time::{Micros, SECOND},
};
use vestibule_store::{
    Conn, Error, Tx, drift as store,
    trail::events::{self, Cause, Target, kinds::DriftFound},
    within, workspaces,
};
use vestibule_web::State;

use super::{DAYS, Report, Subject, report};

/// Time between two reports of a workspace, and from its creation to the first.
pub const WEEK: Micros = 7 * 86_400 * SECOND;

/// Most workspaces at a time.
const AT_ONCE: i64 = 20;

/// The longest that a report of a workspace may take. One that takes longer is skipped for a week, and logged.
const LONGEST: Duration = Duration::from_secs(60);

/// Makes the reports that are due, one after the other. Returns how many events were recorded.
///
/// # Errors
/// Of the database, when it can't be asked at all.
pub async fn run_due(state: &State) -> Result<usize, Error> {
    let (region, now) = (state.config().region.name.clone(), state.now());
    let due = state.read(move |conn| store::due(conn, &region, now - WEEK, AT_ONCE)).await?;
    let mut recorded = 0;
    for workspace_id in due {
        let (of_read, region) = (workspace_id.clone(), state.config().region.name.clone());
        let job = move |conn: &mut Conn| {
            let workspace = workspaces::find(conn, &of_read, &region)?.ok_or(Error::NotFound)?;
            let subject = Subject::of(conn, &workspace)?;
            report(conn, &subject, DAYS, None, now)
        };
        let made = state.read(move |conn| within(conn, LONGEST, job)).await;
        if let Err(error) = &made {
            tracing::warn!(workspace = %workspace_id, %error, "drift.not_read");
        }
        let made = made.ok();
        let is_recorded = state.write(move |conn| record(conn, &workspace_id, made.as_ref(), now)).await?;
        recorded += usize::from(is_recorded);
    }
    Ok(recorded)
}

/// Takes the turn of the workspace, and records the event if there is drift. Returns whether it recorded one.
fn record(
    conn: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    made: Option<&Report>,
    now: Micros,
) -> Result<bool, Error> {
    if !store::taken(conn, workspace_id, now - WEEK, now)? {
        return Ok(false);
    }
    let Some(report) = made.filter(|report| !report.findings.is_empty()) else { return Ok(false) };
    let counts: BTreeMap<&str, i64> =
        report.findings.iter().map(|finding| (finding.kind.as_str(), finding.count)).collect();
    let cause = Cause::new("vestibule", String::new());
    let data = DriftFound { days: report.days, counts: &counts };
    events::record(conn, workspace_id, &cause, Target::Workspace, &data, now)?;
    Ok(true)
}
