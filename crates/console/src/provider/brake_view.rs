//! The safety brake as the Okta page shows it.

use vestibule_core::{
    ids::WorkspaceId,
    time::{self, Micros},
};
use vestibule_store::{Conn, Error, safeguards::brakes};

/// The state of the brake in words; an empty text: nothing to show.
#[derive(Default)]
pub(crate) struct BrakeView {
    /// When a push that would have taken the last owner was last stopped.
    pub owner: String,
    /// How many requests were stopped since an administrator last answered.
    pub requests: i64,
    /// When the last of them was stopped.
    pub last: String,
    /// Whether everything that takes access is stopped.
    pub on: bool,
    /// Until when pushes are let through.
    pub released: String,
    /// For how many people more they are let through.
    pub people: Option<i64>,
}

impl BrakeView {
    pub(crate) fn read(conn: &mut Conn, workspace_id: &WorkspaceId, now: Micros) -> Result<Self, Error> {
        let brake = brakes::find(conn, workspace_id)?;
        let relative = |at: Option<Micros>| at.map(|at| time::relative(at, now)).unwrap_or_default();
        let released = brake.is_released(now);
        Ok(Self {
            owner: relative(brake.owner_blocked_at),
            requests: brake.blocked,
            last: relative(brake.blocked_at),
            on: brake.is_on(now),
            released: relative(brake.released_until.filter(|_| released)),
            people: brake.released_people.filter(|_| released),
        })
    }
}
