//! Time of the last use of a credential. Stored at most once an hour, so most uses need no write.

use vestibule_core::time::{Micros, SECOND};

/// Interval at which the last use is stored.
const NOTED_EVERY: Micros = 3600 * SECOND;

/// Whether a use now is due to be stored.
pub fn is_due(last_used_at: Option<Micros>, now: Micros) -> bool {
    last_used_at.is_none_or(|at| now - at >= NOTED_EVERY)
}
