//! The safety brake of a workspace: releasing or confirming it, and its state for operators. Its limits are part of
//! [`crate::workspaces::WorkspaceChange`].

use serde_json::{Value, json};
use vestibule_core::{
    ids::WorkspaceId,
    sets::BrakeState,
    time::{Micros, rfc3339},
};
use vestibule_store::{
    Conn, Error, Tx,
    safeguards::brakes::{self, Brake},
};

use crate::{
    actor::Actor,
    refusal::{Refusal, field},
};

/// The largest number of people in a limit or a release.
pub const MOST_PEOPLE: i64 = 1_000_000;

/// Releases the brake: pushes are allowed and not counted, for an hour, or for this number of people within a day.
pub fn release(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    people: Option<i64>,
) -> Result<(), Refusal> {
    if people.is_some_and(|people| !(1..=MOST_PEOPLE).contains(&people)) {
        return field("people", format!("must be a whole number from 1 to {MOST_PEOPLE}"));
    }
    Ok(brakes::release(conn, workspace_id, people, &actor.cause, actor.now)?)
}

/// Confirms that pushes stay blocked, and ends a release.
pub fn keep(conn: &mut Tx<'_>, actor: &Actor, workspace_id: &WorkspaceId) -> Result<(), Error> {
    brakes::keep(conn, workspace_id, &actor.cause, actor.now)
}

/// State of the brake at this time.
pub fn state(brake: &Brake, now: Micros) -> BrakeState {
    if brake.percent == 0 {
        BrakeState::Off
    } else if brake.is_released(now) {
        BrakeState::Released
    } else if brake.is_on(now) {
        BrakeState::On
    } else {
        BrakeState::Ready
    }
}

/// The brake of a workspace and what it counts, as operators read it.
pub fn describe(conn: &mut Conn, workspace_id: &WorkspaceId, now: Micros) -> Result<Value, Error> {
    let brake = brakes::find(conn, workspace_id)?;
    let released = brake.is_released(now);
    Ok(json!({
        "state": state(&brake, now),
        "percent": brake.percent,
        "least": brake.least,
        "held": brake.blocked,
        "held_at": brake.blocked_at.map(rfc3339),
        "last_owner_held_at": brake.owner_blocked_at.map(rfc3339),
        "released_until": brake.released_until.filter(|_| released).map(rfc3339),
        "released_people": brake.released_people.filter(|_| released),
        "ended_within_the_hour": brakes::ended(conn, workspace_id, now)?,
        "people_with_access": brakes::active(conn, workspace_id)?,
    }))
}
