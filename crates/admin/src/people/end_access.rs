//! Ends the access of all users of a workspace, one user after another (design rule 2), in batches of one transaction each. If a
//! process stops, another continues.

use vestibule_core::{
    ids::{self, WorkspaceId},
    sets::EndReason,
    time::{Micros, SECOND},
};
use vestibule_store::{
    Error, Tx,
    access::workspace_end::{self, AccessEnd},
    people::users::{self, User},
    trail::events::{
        self, Cause, Target,
        kinds::{EverybodyEndStarted, EverybodyEnded},
    },
};
use vestibule_web::State;

use crate::actor::Actor;

/// Users per transaction. Other writers can run between two batches.
const BATCH: usize = 50;
/// Time without progress after which another process continues.
const PATIENCE: Micros = 15 * SECOND;

/// Users whose access ends when a connection is saved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum EndAccess {
    /// None.
    #[default]
    No,
    /// All users except this one (a user id; empty: no exception), if the issuer or the client id changes.
    IfReplaced(String),
    /// All users.
    Now,
}

/// Starts to end the access of all users except `spared` (a user id; empty: no exception). [`resume`] or [`batch`] does the work.
pub fn begin(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    (reason, spared): (EndReason, &str),
) -> Result<AccessEnd, Error> {
    let new = AccessEnd {
        workspace_id: workspace_id.clone(),
        end_id: ids::new(actor.now),
        ended_by: actor.cause.actor.clone(),
        reason,
        spared: spared.to_owned(),
        started_at: actor.now,
        seen_at: None,
        finished_at: None,
        done: 0,
        after: String::new(),
    };
    workspace_end::begin(conn, &new)?;
    let data = EverybodyEndStarted { end: &new.end_id, reason };
    actor.record(conn, workspace_id, Target::Workspace, &data)?;
    Ok(new)
}

/// Ends the access of the next users; `None` when another process has continued the job.
pub fn batch(conn: &mut Tx<'_>, before: &AccessEnd, now: Micros) -> Result<Option<AccessEnd>, Error> {
    let workspace_id = &before.workspace_id;
    let limit = i64::try_from(BATCH).unwrap_or(i64::MAX);
    let people = users::list_after(conn, workspace_id, &before.after, limit)?;
    let mut next = before.clone();
    next.seen_at = Some(now);
    next.finished_at = (people.len() < BATCH).then_some(now);
    if let Some(last) = people.last() {
        next.after = last.user_id.to_string();
    }
    let meant = people.into_iter().filter(|user| user.active && user.user_id.as_str() != before.spared);
    // Locks the rows of users first, ordered by id, and the counter of the trail last, as all transactions do.
    let mut locked: Vec<User> = Vec::new();
    for user in meant {
        match users::get_locked(conn, workspace_id, &user.user_id) {
            Ok(user) => locked.push(user),
            // Deleted meanwhile: all their access has ended.
            Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    next.done += i64::try_from(locked.len()).unwrap_or_default();
    if !workspace_end::go_on(conn, before, &next)? {
        return Ok(None);
    }
    let cause = Cause::new(before.ended_by.clone(), before.end_id.clone());
    for user in &mut locked {
        users::end_all_access(conn, user, &cause, before.reason, now)?;
    }
    if next.finished_at.is_some() {
        let data = EverybodyEnded { end: &next.end_id, people: next.done };
        events::record(conn, workspace_id, &cause, Target::Workspace, &data, now)?;
    }
    Ok(Some(next))
}

/// Continues the jobs that no process is working on.
pub async fn resume(state: &State) -> Result<(), Error> {
    let since = state.now() - PATIENCE;
    for mut end in state.read(move |conn| workspace_end::left(conn, since)).await? {
        loop {
            let (before, now) = (end.clone(), state.now());
            match state.write(move |conn| batch(conn, &before, now)).await? {
                Some(next) if next.finished_at.is_none() => end = next,
                Some(next) => {
                    tracing::info!(workspace = %next.workspace_id, people = next.done, "access.everybody_ended");
                    break;
                }
                None => break,
            }
        }
    }
    Ok(())
}

/// Spawns [`resume`], so that the request need not wait for it.
pub fn resume_soon(state: &State) {
    let state = state.clone();
    actix_web::rt::spawn(async move {
        if let Err(error) = resume(&state).await {
            tracing::warn!(%error, "access.not_ended");
        }
    });
}
