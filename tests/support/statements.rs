//! The SQL statements that this process starts, for tests of their number. Each test has its own process.

use std::{
    sync::{Mutex, PoisonError},
    thread::{self, ThreadId},
};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};

use super::House;

/// Database, text and thread of each started statement, BEGIN and COMMIT included.
static STARTED: Mutex<Vec<(String, String, ThreadId)>> = Mutex::new(Vec::new());

/// Records the statements of one connection, under its database.
#[derive(Default)]
struct Recorder(String);

impl Instrumentation for Recorder {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            // Removes the parameters that the service adds to the URL.
            InstrumentationEvent::StartEstablishConnection { url, .. } => {
                self.0 = url.split('?').next().unwrap_or_default().to_owned();
            }
            InstrumentationEvent::StartQuery { query, .. } => {
                let text = query.to_string();
                let text = text.split(" -- binds").next().unwrap_or_default().to_owned();
                STARTED.lock().unwrap_or_else(PoisonError::into_inner).push((
                    self.0.clone(),
                    text,
                    thread::current().id(),
                ));
            }
            _ => {}
        }
    }
}

/// Records the statements of all connections that are opened from now on.
pub fn record_statements() {
    set_default_instrumentation(|| Some(Box::new(Recorder::default()))).unwrap();
}

/// The statements that this house has started, in order, without their values, after the first `skip`.
pub fn statements(house: &House, skip: usize) -> Vec<String> {
    let started = STARTED.lock().unwrap_or_else(PoisonError::into_inner);
    let ours = started.iter().filter(|(url, ..)| house.database_url().ends_with(url.as_str()));
    ours.skip(skip).map(|(_, text, _)| text.clone()).collect()
}

/// Number of statements that this house has started.
pub fn count_statements(house: &House) -> usize {
    let started = STARTED.lock().unwrap_or_else(PoisonError::into_inner);
    started.iter().filter(|(url, ..)| house.database_url().ends_with(url.as_str())).count()
}

/// Number of statements that this thread has started. Inside one unit of work it counts that work alone: workers of the
/// service run on other threads.
pub fn count_statements_of_this_thread() -> usize {
    let started = STARTED.lock().unwrap_or_else(PoisonError::into_inner);
    started.iter().filter(|(.., thread)| *thread == thread::current().id()).count()
}
