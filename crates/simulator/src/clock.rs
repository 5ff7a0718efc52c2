//! The only place where the simulator reads the clock. The org adds its own shift to it (`Okta::move_clock`), so
//! that a test whose service lives at another time can take the org along.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970, as the machine sees them.
#[expect(
    clippy::disallowed_methods,
    reason = "the simulator's one clock read; the org's shift is added to it"
)]
pub(crate) fn seconds() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(0))
}
