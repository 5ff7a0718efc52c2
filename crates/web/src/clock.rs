//! The one clock. Handlers read it once a request and pass the moment down; tests move it.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use vestibule_core::time::Micros;

/// Tells the time, plus an offset that only tests set.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    offset: Arc<AtomicI64>,
}

impl Clock {
    /// Now.
    pub fn now(&self) -> Micros {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's time")]
        let system = jiff::Timestamp::now().as_microsecond();
        system + self.offset.load(Ordering::SeqCst)
    }

    /// Moves this process's time on (or back).
    pub fn advance(&self, by: Micros) {
        self.offset.fetch_add(by, Ordering::SeqCst);
    }
}
