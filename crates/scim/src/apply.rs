//! Applies the plan of an observed workspace: carries out its changes by the functions that a SCIM request uses, with the same events, one
//! transaction for a batch. If a process stops, another continues. SCIM requests of the workspace wait meanwhile.

mod change;

use vestibule_core::{
    sets::ObservationEnd,
    time::{Micros, SECOND},
};
use vestibule_store::{
    Database, Error, Tx,
    observation::{self, Observation, Work},
    trail::events::{
        self, Cause, Target,
        kinds::{LeftOut, WorkspaceObserveEnded},
    },
};
use vestibule_web::State;

use crate::http::error::ScimError;
use change::Job;

/// Changes per transaction. Other writers can run between two batches.
const BATCH: i64 = 50;
/// Time without progress after which another process continues.
const PATIENCE: Micros = 15 * SECOND;
/// Most changes that the event names of those that could not be carried out.
const NAMED: i64 = 20;

/// Result of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// More is to be done.
    Going(Observation),
    /// Everything is done: the workspace is not observed any more.
    Finished,
    /// Another process has continued the application.
    Elsewhere,
}

/// Why changes were not carried out; their transaction is rolled back.
enum Failure {
    /// A rule refused them: the sentence.
    Refused(String),
    /// The database failed.
    Store(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        ScimError::from(error).into()
    }
}

impl From<ScimError> for Failure {
    fn from(error: ScimError) -> Self {
        match error {
            ScimError::Internal(error) => Self::Store(error),
            ScimError::Busy(cause) => Self::Store(Error::Busy(cause)),
            refused => Self::Refused(refused.detail()),
        }
    }
}

/// Carries out the next changes of a plan that is being applied. If one of several is refused, each is tried in a transaction of its own,
/// and the refused one is put off, because another change may have to precede it.
pub fn batch(
    database: &Database,
    region: &str,
    before: &Observation,
    now: Micros,
) -> Result<Progress, Error> {
    let workspace_id = &before.workspace_id;
    let Some(work) = database.read(|conn| observation::next_work(conn, workspace_id, BATCH))? else {
        return finish(database, before, now);
    };
    match carry_out(database, region, before, &work, now) {
        Err(Failure::Refused(reason)) if work.ids.len() == 1 => {
            put_off(database, before, &work, &reason, now)
        }
        Err(Failure::Refused(_)) => singly(database, region, before, &work, now),
        Err(Failure::Store(error)) => Err(error),
        Ok(progress) => Ok(progress),
    }
}

fn singly(
    database: &Database,
    region: &str,
    before: &Observation,
    work: &Work,
    now: Micros,
) -> Result<Progress, Error> {
    let mut current = before.clone();
    for id in &work.ids {
        let one = Work { step: work.step, ids: vec![id.clone()] };
        let progress = match carry_out(database, region, &current, &one, now) {
            Err(Failure::Refused(reason)) => put_off(database, &current, &one, &reason, now)?,
            Err(Failure::Store(error)) => return Err(error),
            Ok(progress) => progress,
        };
        match progress {
            Progress::Going(next) => current = next,
            other => return Ok(other),
        }
    }
    Ok(Progress::Going(current))
}

fn carry_out(
    database: &Database,
    region: &str,
    before: &Observation,
    work: &Work,
    now: Micros,
) -> Result<Progress, Failure> {
    let done = i64::try_from(work.ids.len()).unwrap_or_default();
    let next = Observation { seen_at: Some(now), done: before.done + done, ..before.clone() };
    database.write(|conn| {
        // First, because its lock keeps a second process out. The counter of the trail is locked last.
        if !observation::progress(conn, before, &next)? {
            return Ok(Progress::Elsewhere);
        }
        let job = Job::read(conn, region, before, now)?;
        for id in &work.ids {
            job.carry_out(conn, work.step, id)?;
        }
        observation::carried_out(conn, &before.workspace_id, work)?;
        Ok(Progress::Going(next))
    })
}

fn put_off(
    database: &Database,
    before: &Observation,
    work: &Work,
    reason: &str,
    now: Micros,
) -> Result<Progress, Error> {
    let next = Observation { seen_at: Some(now), ..before.clone() };
    database.write(|conn| {
        if !observation::progress(conn, before, &next)? {
            return Ok(Progress::Elsewhere);
        }
        for id in &work.ids {
            observation::put_off(conn, &before.workspace_id, (work.step, id), reason)?;
        }
        Ok(Progress::Going(next))
    })
}

/// Ends the observation, and records what could not be carried out.
fn finish(database: &Database, before: &Observation, now: Micros) -> Result<Progress, Error> {
    let workspace_id = &before.workspace_id;
    let next = Observation { seen_at: Some(now), ..before.clone() };
    database.write(|conn: &mut Tx<'_>| {
        if !observation::progress(conn, before, &next)? {
            return Ok(Progress::Elsewhere);
        }
        let (left_out, first) = observation::left_out(conn, workspace_id, NAMED)?;
        let first: Vec<LeftOut> = first
            .into_iter()
            .map(|(step, id, reason)| LeftOut { change: step.name().to_owned(), id, reason })
            .collect();
        observation::end(conn, workspace_id)?;
        let data = WorkspaceObserveEnded {
            how: ObservationEnd::Applied,
            changes: before.done,
            left_out,
            left_out_first: &first,
        };
        let cause = Cause::new(before.applied_by.clone(), before.apply_id.clone());
        events::record(conn, workspace_id, &cause, Target::Workspace, &data, now)?;
        Ok(Progress::Finished)
    })
}

/// Continues the applications that no process is working on, and deletes copies that no observation has any more, a part at a time.
pub async fn resume(state: &State) -> Result<(), Error> {
    let (since, region) = (state.now() - PATIENCE, state.config().region.name.clone());
    let left = state.read(move |conn| observation::unfinished(conn, &region, since)).await?;
    for mut current in left {
        loop {
            let (before, now, region) = (current.clone(), state.now(), state.config().region.name.clone());
            let workspace_id = before.workspace_id.clone();
            match state.job_of(&workspace_id, move |database| batch(database, &region, &before, now)).await? {
                Progress::Going(next) => current = next,
                Progress::Finished => {
                    tracing::info!(workspace = %workspace_id, changes = current.done, "plan.applied");
                    break;
                }
                Progress::Elsewhere => break,
            }
        }
    }
    while state.read(observation::has_copies_to_remove).await? {
        state.write(observation::remove_copies).await?;
    }
    Ok(())
}
