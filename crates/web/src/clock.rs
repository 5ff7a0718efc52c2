//! The clock of the process. Handlers read it once per request and pass the time on; tests move it.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use vestibule_core::time::Micros;

/// The system time plus an offset. Only tests set the offset.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    offset: Arc<AtomicI64>,
}

impl Clock {
    /// The current time.
    pub fn now(&self) -> Micros {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's time")]
        let system = jiff::Timestamp::now().as_microsecond();
        system + self.offset.load(Ordering::SeqCst)
    }

    /// Moves the time of this process forward, or back when negative.
    pub fn advance(&self, by: Micros) {
        self.offset.fetch_add(by, Ordering::SeqCst);
    }
}
