//! When a credential was last used: written down once an hour at most, so that looking stays looking.

use vestibule_core::time::{Micros, SECOND};

/// How often a use is written down.
const NOTED_EVERY: Micros = 3600 * SECOND;

/// Whether a use now is to be written down.
pub fn is_due(last_used_at: Option<Micros>, now: Micros) -> bool {
    last_used_at.is_none_or(|at| now - at >= NOTED_EVERY)
}
