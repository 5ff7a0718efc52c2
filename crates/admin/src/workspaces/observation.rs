//! Observes a workspace: SCIM requests change a plan instead of it. Starts and ends that, begins to apply the plan, discards it. The crate
//! `scim` carries out a plan, after [`apply`] has begun it.

use serde_json::{Value, json};
use vestibule_core::{
    ids::WorkspaceId,
    sets::{ObservationEnd, PushRefusal},
    time::rfc3339,
};
use vestibule_store::{
    Conn, Error, Tx,
    observation::{self, Counts, GroupChange, Moved, Observation, PersonChange, Refused},
    trail::events::{
        Target,
        kinds::{WorkspaceObserveEnded, WorkspaceObserveStarted},
    },
};

use crate::{
    actor::Actor,
    refusal::{Refusal, conflict},
};

/// Most things of a kind that are named in what changed since.
pub const MOST_MOVED: i64 = 100;

/// How many things the sentence of a refusal names.
const NAMED: usize = 10;

/// Observes a workspace from now on. Must come first in its transaction.
pub fn start(conn: &mut Tx<'_>, actor: &Actor, workspace_id: &WorkspaceId) -> Result<Observation, Refusal> {
    let started = match observation::start(conn, workspace_id, &actor.cause.actor, actor.now) {
        Err(Error::Conflict(_)) => return conflict("the workspace is observed already"),
        started => started?,
    };
    actor.record(conn, workspace_id, Target::Workspace, &WorkspaceObserveStarted {})?;
    Ok(started)
}

/// Stops to observe a workspace whose plan is empty.
pub fn stop(conn: &mut Tx<'_>, actor: &Actor, workspace_id: &WorkspaceId) -> Result<(), Refusal> {
    let of = get(conn, workspace_id)?;
    observation::lock(conn, &of)?;
    if !observation::is_empty(conn, &of)? {
        return conflict(
            "the plan is not empty: apply it (vestibule plan apply) or discard it (vestibule plan discard) first",
        );
    }
    end(conn, actor, workspace_id, ObservationEnd::NothingPlanned)
}

/// Discards the plan, and stops to observe the workspace.
pub fn discard(conn: &mut Tx<'_>, actor: &Actor, workspace_id: &WorkspaceId) -> Result<(), Refusal> {
    let of = get(conn, workspace_id)?;
    observation::lock(conn, &of)?;
    let how = match observation::is_empty(conn, &of)? {
        true => ObservationEnd::NothingPlanned,
        false => ObservationEnd::Discarded,
    };
    end(conn, actor, workspace_id, how)
}

/// Begins to apply the plan. From now on SCIM waits, until the plan is carried out. An empty plan ends the observation at once: `None`.
///
/// # Errors
/// [`Refusal::Conflict`] if something that the plan touches changed since the observation began; the sentence names it.
pub fn apply(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
) -> Result<Option<Observation>, Refusal> {
    let of = get(conn, workspace_id)?;
    observation::lock(conn, &of)?;
    if observation::is_empty(conn, &of)? {
        end(conn, actor, workspace_id, ObservationEnd::NothingPlanned)?;
        return Ok(None);
    }
    let moved = observation::moved(conn, &of, MOST_MOVED)?;
    if !moved.is_empty() {
        return conflict(moved_sentence(&moved));
    }
    match observation::begin(conn, &of, &actor.cause.actor, &actor.cause.request_id)? {
        Some(begun) => Ok(Some(begun)),
        None => conflict(APPLYING),
    }
}

const APPLYING: &str = "the plan is being applied";

/// The observation of a workspace whose plan is not being applied.
fn get(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Observation, Refusal> {
    match observation::find(conn, workspace_id)? {
        None => conflict("the workspace is not observed"),
        Some(of) if of.is_applying() => conflict(APPLYING),
        Some(of) => Ok(of),
    }
}

fn end(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    how: ObservationEnd,
) -> Result<(), Refusal> {
    observation::end(conn, workspace_id)?;
    let data = WorkspaceObserveEnded { how, changes: 0, left_out: 0, left_out_first: &[] };
    Ok(actor.record(conn, workspace_id, Target::Workspace, &data)?)
}

/// What changed since the observation began, in a sentence.
pub fn moved_sentence(moved: &[Moved]) -> String {
    let named: Vec<String> = moved.iter().take(NAMED).map(moved_words).collect();
    let more = match moved.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    format!(
        "the workspace changed since it is observed, so the plan is out of date: {}{more}; nothing was changed; discard the plan, then \
         let the provider push again",
        named.join(", ")
    )
}

/// `person ann@acme.example (changed)`
pub fn moved_words(moved: &Moved) -> String {
    let how = match moved.how.as_str() {
        "name_taken" => "the name or externalId is taken",
        other => other,
    };
    format!("{} {} ({how})", moved.what, moved.name)
}

/// A plan as people read it, without its people and groups.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The observation.
    pub of: Observation,
    /// Numbers.
    pub counts: Counts,
    /// Refused pushes.
    pub refusals: Vec<Refused>,
    /// What changed in the workspace since; empty: the plan can be applied. Not read while it is applied.
    pub moved: Vec<Moved>,
    /// While it is applied: number of changes that are not carried out yet.
    pub waiting: i64,
}

/// The plan of a workspace; `None`: the workspace is not observed.
pub fn read(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Option<Plan>, Error> {
    let Some(of) = observation::find(conn, workspace_id)? else { return Ok(None) };
    let moved = match of.is_applying() {
        true => Vec::new(),
        false => observation::moved(conn, &of, MOST_MOVED)?,
    };
    Ok(Some(Plan {
        counts: observation::counts(conn, &of)?,
        refusals: observation::refusals(conn, workspace_id)?,
        moved,
        waiting: observation::waiting(conn, workspace_id)?,
        of,
    }))
}

impl Plan {
    /// `observing`, or `applying`.
    pub fn state(&self) -> &'static str {
        if self.of.is_applying() { "applying" } else { "observing" }
    }

    /// Number of refused pushes with this reason.
    pub fn refused(&self, reason: PushRefusal) -> usize {
        self.refusals.iter().filter(|refused| refused.reason == reason).count()
    }

    /// The plan as JSON, with a page of its people and groups of at most `limit` each.
    pub fn to_json(&self, (people, groups): (&[PersonChange], &[GroupChange]), limit: i64) -> Value {
        let of = &self.of;
        let is_full = |count: usize| i64::try_from(count).is_ok_and(|count| count >= limit);
        json!({
            "state": self.state(),
            "started_at": rfc3339(of.started_at),
            "started_by": of.started_by,
            "changes": of.changes,
            "done": of.done,
            "counts": counts_json(&self.counts),
            "people": people.iter().map(person_json).collect::<Vec<_>>(),
            "people_after": people.last().filter(|_| is_full(people.len())).map(|one| &one.user_id),
            "groups": groups.iter().map(group_json).collect::<Vec<_>>(),
            "groups_after": groups.last().filter(|_| is_full(groups.len())).map(|one| &one.group_id),
            "refusals": self.refusals.iter().map(refusal_json).collect::<Vec<_>>(),
            "moved": self.moved.iter().map(moved_json).collect::<Vec<_>>(),
        })
    }
}

fn counts_json(counts: &Counts) -> Value {
    json!({
        "people": counts.people,
        "people_created": counts.people_created,
        "people_changed": counts.people_changed,
        "people_deactivated": counts.people_deactivated,
        "people_activated": counts.people_activated,
        "people_deleted": counts.people_deleted,
        "letter_case": counts.letter_case,
        "groups": counts.groups,
        "groups_created": counts.groups_created,
        "groups_renamed": counts.groups_renamed,
        "groups_deleted": counts.groups_deleted,
        "members_joined": counts.members_joined,
        "members_left": counts.members_left,
        "roles_given": counts.roles_given,
        "roles_taken": counts.roles_taken,
        "entitlements_given": counts.entitlements_given,
        "entitlements_taken": counts.entitlements_taken,
    })
}

fn person_json(person: &PersonChange) -> Value {
    json!({
        "id": person.user_id,
        "user_name": person.user_name,
        "user_name_before": person.user_name_before,
        "change": person.kind.name(),
        "attributes": person.attributes,
        "letter_case": person.letter_case,
        "adopted": person.adopted,
        "ends_access": person.ends_access,
        "roles_gained": person.rights.roles_gained,
        "roles_lost": person.rights.roles_lost,
        "entitlements_gained": person.rights.entitlements_gained,
        "entitlements_lost": person.rights.entitlements_lost,
        "groups_joined": person.joined,
        "groups_left": person.left,
    })
}

fn group_json(group: &GroupChange) -> Value {
    json!({
        "id": group.group_id,
        "name": group.display_name,
        "name_before": group.display_name_before,
        "change": group.kind.name(),
        "joined": group.joined,
        "left": group.left,
    })
}

fn refusal_json(refused: &Refused) -> Value {
    json!({
        "reason": refused.reason,
        "subject": refused.subject,
        "detail": refused.detail,
        "times": refused.times,
        "first_at": rfc3339(refused.first_at),
        "last_at": rfc3339(refused.last_at),
    })
}

fn moved_json(moved: &Moved) -> Value {
    json!({ "what": moved.what, "id": moved.id, "name": moved.name, "how": moved.how })
}
