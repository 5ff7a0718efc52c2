//! The safety brake of a workspace, as operators read and set it. What an administrator does with it is `store::brakes`.

use serde_json::{Value, json};
use vestibule_core::time::{Micros, rfc3339};
use vestibule_store::{
    Conn, Error,
    safeguards::brakes::{self, Brake},
};

use crate::workspaces::{Refusal, field};

/// The most people that the least number may be.
pub const MOST_PEOPLE: i64 = 1_000_000;

/// Sets what is named.
///
/// # Errors
/// [`Refusal::Field`].
pub fn set_brake(
    conn: &mut Conn,
    workspace_id: &str,
    percent: Option<i64>,
    least: Option<i64>,
    now: Micros,
) -> Result<(), Refusal> {
    if percent.is_some_and(|percent| !(0..=100).contains(&percent)) {
        return field("brake_percent", "must be a whole number from 0 to 100; 0 switches the brake off");
    }
    if least.is_some_and(|least| !(1..=MOST_PEOPLE).contains(&least)) {
        return field("brake_least", format!("must be a whole number from 1 to {MOST_PEOPLE}"));
    }
    if percent.is_some() || least.is_some() {
        brakes::set(conn, workspace_id, percent, least, now)?;
    }
    Ok(())
}

/// How the brake stands: `off`, `ready`, `on` (all that takes access is held) or `released`.
fn standing(brake: &Brake, now: Micros) -> &'static str {
    match () {
        () if brake.percent == 0 => "off",
        () if brake.is_released(now) => "released",
        () if brake.is_on(now) => "on",
        () => "ready",
    }
}

/// The brake of a workspace, and what it counts.
pub fn brake(conn: &mut Conn, workspace_id: &str, now: Micros) -> Result<Value, Error> {
    let brake = brakes::find(conn, workspace_id)?;
    let released = brake.is_released(now);
    Ok(json!({
        "state": standing(&brake, now),
        "percent": brake.percent,
        "least": brake.least,
        "held": brake.held,
        "held_at": brake.held_at.map(rfc3339),
        "last_owner_held_at": brake.owner_held_at.map(rfc3339),
        "released_until": brake.released_until.filter(|_| released).map(rfc3339),
        "released_people": brake.released_people.filter(|_| released),
        "ended_within_the_hour": brakes::ended(conn, workspace_id, now)?,
        "people_with_access": brakes::active(conn, workspace_id)?,
    }))
}
