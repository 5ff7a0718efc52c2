//! A point in time as pages show it.

use vestibule_core::time::{self, Micros};

/// A point in time: relative to the time of the page, and exact.
pub(crate) struct Moment {
    /// "3 hours ago"
    pub relative: String,
    /// In UTC, as RFC 3339 writes it.
    pub exact: String,
}

impl Moment {
    pub(crate) fn of(at: Micros, now: Micros) -> Self {
        Self { relative: time::relative(at, now), exact: time::rfc3339(at) }
    }

    /// Hour and minute, in UTC.
    pub(crate) fn clock(&self) -> &str {
        self.exact.get(11..16).unwrap_or_default()
    }

    /// The day, in UTC.
    pub(crate) fn day(&self) -> &str {
        self.exact.get(..10).unwrap_or_default()
    }
}
