//! The only place where the simulator reads the clock. The org adds an offset (`Okta::move_clock`), for tests that move the time of
//! the service.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970, from the system clock.
pub(crate) fn seconds() -> i64 {
    milliseconds().div_euclid(1000)
}

/// Milliseconds since 1970, from the system clock.
#[expect(
    clippy::disallowed_methods,
    reason = "the simulator's one clock read; the org's shift is added to it"
)]
pub(crate) fn milliseconds() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(0))
}
