//! "Sync now": records each user of a workspace as they are (`user_synced`), for receivers that may have missed something. Works in
//! batches of one transaction each; if a process stops, another continues. Changes no user.

use vestibule_core::{
    ids::{self, WorkspaceId},
    time::{Micros, SECOND},
};
use vestibule_store::{
    Error, Tx,
    people::{groups, users},
    providers::setup_progress::{self, SetUp},
    rights::roles,
    trail::events::{
        self, Cause, Target,
        kinds::{SyncFinished, SyncStarted, UserSynced},
    },
};
use vestibule_web::State;

use crate::actor::Actor;

/// Users per transaction. Other writers can run between two batches.
const BATCH: i64 = 100;
/// Time without progress after which another process continues.
const PATIENCE: Micros = 15 * SECOND;

/// Starts a sync; `None` when one is running.
pub fn begin(conn: &mut Tx<'_>, actor: &Actor, workspace_id: &WorkspaceId) -> Result<Option<SetUp>, Error> {
    let now = actor.now;
    let new = SetUp {
        sync_id: ids::new(now),
        sync_by: actor.cause.actor.clone(),
        started_at: Some(now),
        seen_at: Some(now),
        people: users::count(conn, workspace_id)?,
        groups: groups::count(conn, workspace_id)?,
        ..SetUp::new(workspace_id.clone())
    };
    if !setup_progress::begin_sync(conn, &new, PATIENCE, now)? {
        return Ok(None);
    }
    let data = SyncStarted { sync: &new.sync_id, people: new.people, groups: new.groups };
    actor.record(conn, workspace_id, Target::Workspace, &data)?;
    Ok(Some(new))
}

/// Runs a sync to its end, from where it stopped. `set_up` is the row of the workspace's set-up, which has the progress of its sync.
pub async fn run(state: State, mut set_up: SetUp) {
    loop {
        let now = state.now();
        let (of_job, before) = (set_up.clone(), set_up.done);
        match state.write(move |conn| batch(conn, of_job, now)).await {
            Ok(Some(next)) if next.finished_at.is_some() => {
                tracing::info!(workspace = %next.workspace_id, people = next.done, "sync.completed");
                return;
            }
            Ok(Some(next)) => set_up = next,
            // Another process has continued it, or a new one has begun.
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(workspace = %set_up.workspace_id, done = before, %error, "sync.stopped");
                return;
            }
        }
    }
}

/// Records the next users; `None` when another process has continued the sync.
fn batch(conn: &mut Tx<'_>, mut set_up: SetUp, now: Micros) -> Result<Option<SetUp>, Error> {
    let people = users::list_after(conn, &set_up.workspace_id, &set_up.after, BATCH)?;
    let mut rights = Vec::with_capacity(people.len());
    for user in &people {
        let effective = roles::effective(conn, &user.workspace_id, &user.user_id)?;
        set_up.with_roles += i64::from(effective.roles.iter().any(|one| one.source.is_by_okta()));
        rights.push((effective.role_ids(), effective.entitlement_ids()));
    }
    set_up.done += i64::try_from(people.len()).unwrap_or_default();
    set_up.seen_at = Some(now);
    let is_last = people.len() < usize::try_from(BATCH).unwrap_or_default();
    set_up.finished_at = is_last.then_some(now);
    if let Some(user) = people.last() {
        set_up.after = user.user_id.to_string();
    }
    // Updates the sync's row first, because its lock keeps a second process out. The counter of the trail is locked last.
    if !setup_progress::go_on(conn, &set_up)? {
        return Ok(None);
    }
    let cause = Cause::new(set_up.sync_by.clone(), set_up.sync_id.clone());
    let sync = &set_up.sync_id;
    for (user, (roles, entitlements)) in people.iter().zip(&rights) {
        let data = UserSynced { sync, active: user.active, epoch: user.epoch, roles, entitlements };
        events::record(conn, &set_up.workspace_id, &cause, user.target(), &data, now)?;
    }
    if set_up.finished_at.is_some() {
        let data = SyncFinished { sync, people: set_up.done, with_roles: set_up.with_roles };
        events::record(conn, &set_up.workspace_id, &cause, Target::Workspace, &data, now)?;
    }
    Ok(Some(set_up))
}

/// Continues the syncs that no process is working on, one after another.
pub async fn resume(state: &State) -> Result<(), Error> {
    let now = state.now();
    for set_up in state.read(move |conn| setup_progress::left(conn, PATIENCE, now)).await? {
        run(state.clone(), set_up).await;
    }
    Ok(())
}
