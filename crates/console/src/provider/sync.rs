//! "Sync now": goes through everybody of a workspace, finds what they may do by assignments, groups and mappings as they stand, and
//! tells the app each person as they are (`user_synced`): a full snapshot for whoever may have missed something. A batch a
//! transaction; another process goes on where one ended. It changes nobody.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_core::{
    ids,
    time::{self, Micros, SECOND},
};
use vestibule_store::{
    Conn, Error,
    people::{groups, users},
    providers::setup_progress::{self, SetUp},
    rights::roles,
    trail::events::{
        self, Cause, Target,
        kinds::{SyncFinished, SyncStarted, UserSynced},
    },
};
use vestibule_web::{State, http::request, pages};

use crate::layout::auth;

/// How many people are told in one transaction: others write in between.
const BATCH: i64 = 100;
/// After so long without progress somebody else goes on.
const PATIENCE: Micros = 15 * SECOND;

/// How a sync stands, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub sentence: String,
    pub running: bool,
}

/// In a sentence. Pure.
pub(crate) fn told(set_up: &SetUp, now: Micros) -> Told {
    let SetUp { people, done, with_roles, groups, .. } = set_up;
    let sentence = match (set_up.started_at, set_up.finished_at) {
        (None, _) => "Never.".to_owned(),
        (Some(_), None) => format!("{done} of {people} people told to the app."),
        (Some(started), Some(finished)) => {
            #[expect(clippy::cast_precision_loss, reason = "seconds to look at")]
            let seconds = (finished - started) as f64 / SECOND as f64;
            format!(
                "{done} {} and {groups} {}, {}; it took {seconds:.1} s. {with_roles} of them hold a role by Okta.",
                if *done == 1 { "person" } else { "people" },
                if *groups == 1 { "group" } else { "groups" },
                time::relative(finished, now)
            )
        }
    };
    Told { sentence, running: set_up.started_at.is_some() && set_up.finished_at.is_none() }
}

/// `POST /integrations/okta/sync`
pub async fn post(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let (visitor, _) = match auth::administrator_s_form(&req, payload, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let (workspace_id, now) = (visitor.workspace.workspace_id.clone(), state.now());
    let cause = request::cause(&req, visitor.signed_in.actor());
    match state.write(move |conn| begin(conn, &workspace_id, &cause, now)).await {
        Ok(begun) => {
            if let Some(set_up) = begun {
                actix_web::rt::spawn(run(state.get_ref().clone(), set_up));
            }
            auth::redirect(state.app_url("/integrations/okta#sync"))
        }
        Err(error) => pages::failed(&state, &request::id(&req), &error),
    }
}

/// Begins one, unless one is under way.
fn begin(conn: &mut Conn, workspace_id: &str, cause: &Cause, now: Micros) -> Result<Option<SetUp>, Error> {
    let new = SetUp {
        workspace_id: workspace_id.to_owned(),
        sync_id: ids::new(now),
        sync_by: cause.actor.clone(),
        started_at: Some(now),
        seen_at: Some(now),
        people: users::count(conn, workspace_id)?,
        groups: groups::count(conn, workspace_id)?,
        ..SetUp::default()
    };
    if !setup_progress::begin_sync(conn, &new, PATIENCE, now)? {
        return Ok(None);
    }
    let data = SyncStarted { sync: &new.sync_id, people: new.people, groups: new.groups };
    events::record(conn, workspace_id, cause, Target::Workspace, &data, now)?;
    Ok(Some(new))
}

/// Goes through everybody, from where it stands.
pub(crate) async fn run(state: State, mut set_up: SetUp) {
    loop {
        let now = state.now();
        let (of_job, before) = (set_up.clone(), set_up.done);
        match state.write(move |conn| batch(conn, of_job, now)).await {
            Ok(Some(next)) if next.finished_at.is_some() => {
                tracing::info!(workspace = %next.workspace_id, people = next.done, "sync.completed");
                return;
            }
            Ok(Some(next)) => set_up = next,
            // Somebody else has gone on with it, or begun another.
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(workspace = %set_up.workspace_id, done = before, %error, "sync.stopped");
                return;
            }
        }
    }
}

/// The next people; nothing when it is no longer this sync's turn.
fn batch(conn: &mut Conn, mut set_up: SetUp, now: Micros) -> Result<Option<SetUp>, Error> {
    let people = users::list_after(conn, &set_up.workspace_id, &set_up.after, BATCH)?;
    let mut rights = Vec::with_capacity(people.len());
    for user in &people {
        let effective = roles::effective(conn, &user.workspace_id, &user.user_id)?;
        set_up.with_roles += i64::from(effective.roles.iter().any(|held| held.source.is_by_okta()));
        rights.push((effective.role_ids(), effective.entitlement_ids()));
    }
    set_up.done += i64::try_from(people.len()).unwrap_or_default();
    set_up.seen_at = Some(now);
    let last = people.last().map(|user| user.user_id.clone());
    set_up.finished_at =
        if people.len() < usize::try_from(BATCH).unwrap_or_default() { Some(now) } else { None };
    if let Some(last) = last {
        set_up.after = last;
    }
    // The row first, whose lock keeps a second process out; the trail's counter last.
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

/// Goes on with what processes that ended have left.
pub async fn resume(state: &State) -> Result<(), Error> {
    let now = state.now();
    for set_up in state.read(move |conn| setup_progress::left(conn, PATIENCE, now)).await? {
        run(state.clone(), set_up).await;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sync_is_told_in_a_sentence() {
        let mut set_up = SetUp::default();
        assert_eq!(told(&set_up, 0), Told { sentence: "Never.".to_owned(), running: false });
        (set_up.started_at, set_up.seen_at, set_up.people, set_up.done) = (Some(0), Some(0), 300, 100);
        assert_eq!(
            told(&set_up, 0),
            Told { sentence: "100 of 300 people told to the app.".to_owned(), running: true }
        );
        (set_up.finished_at, set_up.done, set_up.groups, set_up.with_roles) = (Some(1_500_000), 1, 2, 1);
        let told = told(&set_up, 1_500_000);
        assert!(told.sentence.starts_with("1 person and 2 groups, "), "{}", told.sentence);
        assert!(told.sentence.ends_with("it took 1.5 s. 1 of them hold a role by Okta.") && !told.running);
    }
}
