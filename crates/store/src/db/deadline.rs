//! The deadline of the read that runs on a thread. SQLite's progress handler checks it. Diesel can pass no data to that handler, so
//! the deadline is a thread-local. A read never changes threads.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

thread_local! {
    static DEADLINE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Restores the previous deadline when it is dropped, also by a panic.
pub(crate) struct Restore(Option<Instant>);

impl Drop for Restore {
    fn drop(&mut self) {
        DEADLINE.with(|deadline| deadline.set(self.0));
    }
}

/// Sets the deadline of this thread until the returned value is dropped.
pub(crate) fn set(limit: Duration) -> Restore {
    Restore(DEADLINE.with(|deadline| deadline.replace(Some(Instant::now() + limit))))
}

/// Whether this thread has a deadline and has reached it.
pub(crate) fn is_reached() -> bool {
    DEADLINE.with(Cell::get).is_some_and(|deadline| Instant::now() >= deadline)
}
