//! Writes the buffered requests of the inspector once a second, and removes rows that are too old or too many.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use vestibule_core::{ids::WorkspaceId, time::SECOND};
use vestibule_store::{
    Database, Error, Tx,
    trail::requests::{self, Request},
    workspaces,
};

use crate::{State, observe::inspect::rows::Pending};

/// The most rows one transaction writes.
const BATCH: usize = 500;
/// How many workspaces the sweep reads at a time.
const WORKSPACES: i64 = 100;

/// Writes the buffered requests; returns how many rows. Called before a list is read, so that it includes the latest requests of this
/// node. After an error the buffered requests are lost.
pub async fn write_down(state: &State) -> Result<usize, Error> {
    let inspector = state.inspector();
    let mut written = inspector.writer().lock().await;
    let taken = inspector.drain();
    if taken.is_empty() {
        return Ok(0);
    }
    let region = state.config().region.name.clone();
    let (count, of_each) = state
        .job(move |database| {
            let rows: Vec<Request> = taken.into_iter().flat_map(Pending::rows).collect();
            record(database, rows, &region)
        })
        .await?;
    let every = inspector.rows_per_count();
    let mut full = Vec::new();
    for (workspace_id, rows) in of_each {
        let since = written.entry(workspace_id.clone()).or_insert(every);
        *since += rows;
        if *since >= every {
            *since = 0;
            full.push(workspace_id);
        }
    }
    if !full.is_empty() {
        trim(state, full).await?;
    }
    Ok(count)
}

/// Writes the requests of existing workspaces; returns how many, in all and per workspace.
fn record(
    database: &Database,
    mut rows: Vec<Request>,
    region: &str,
) -> Result<(usize, HashMap<WorkspaceId, i64>), Error> {
    let ids: HashSet<&WorkspaceId> = rows.iter().map(|row| &row.workspace_id).collect();
    let ids: Vec<WorkspaceId> = ids.into_iter().cloned().collect();
    let here: HashSet<WorkspaceId> =
        database.read(|conn| requests::here(conn, &ids, region))?.into_iter().collect();
    rows.retain(|row| here.contains(&row.workspace_id));
    let mut of_each = HashMap::new();
    for row in &rows {
        *of_each.entry(row.workspace_id.clone()).or_insert(0) += 1;
    }
    for rows in rows.chunks(BATCH) {
        database.write(|conn| requests::record(conn, rows))?;
    }
    Ok((rows.len(), of_each))
}

async fn trim(state: &State, of: Vec<WorkspaceId>) -> Result<usize, Error> {
    let shares = state.inspector().shares();
    let job = move |conn: &mut Tx<'_>| {
        let mut gone = 0;
        for workspace_id in &of {
            for (proven, most) in shares {
                gone += requests::trim(conn, workspace_id, proven, most)?;
            }
        }
        Ok(gone)
    };
    state.write(job).await
}

/// Removes rows that are too old or too many, of every workspace; all rows where the inspector is off. Returns how many.
pub async fn sweep(state: &State) -> Result<usize, Error> {
    let (inspector, mut after, mut gone) = (state.inspector(), String::new(), 0);
    let days = if inspector.is_on() { state.config().inspector.keep_days } else { -1 };
    let until = state.now() - days * 86_400 * SECOND;
    loop {
        let (region, last) = (state.config().region.name.clone(), after.clone());
        let page = state.read(move |conn| workspaces::page(conn, &region, &last, WORKSPACES)).await?;
        let Some(last) = page.last() else { return Ok(gone) };
        after = last.workspace_id.to_string();
        let shares = inspector.shares();
        for workspace in page {
            let job = move |conn: &mut Tx<'_>| {
                let id = &workspace.workspace_id;
                let mut gone = requests::remove_before(conn, id, until)?;
                for (proven, most) in shares {
                    gone += requests::trim(conn, id, proven, most)?;
                }
                Ok::<_, Error>(gone)
            };
            gone += state.write(job).await?;
        }
    }
}

/// Writes the buffer every second, without end.
pub async fn run(state: State) {
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    loop {
        seconds.tick().await;
        if let Err(error) = write_down(&state).await {
            tracing::warn!(%error, "requests.not_written");
        }
    }
}
