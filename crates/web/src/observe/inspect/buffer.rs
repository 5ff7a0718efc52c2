//! Buffer of inspected requests: bounded, in memory, written once a second in one transaction. A crash loses a second of them.
//! Requests without proof of their workspace have a separate small buffer, so that strangers can't displace others.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use vestibule_core::ids::WorkspaceId;

use super::{Answered, Note, rows::Pending};
use crate::config;

/// The most requests between two writes.
const MOST: usize = 2_000;
/// The most requests without proof, in all and per workspace.
const MOST_UNPROVEN: usize = 400;
const MOST_UNPROVEN_OF_ONE: usize = 5;

/// Requests that are not written yet.
#[derive(Debug, Default)]
pub struct Inspector {
    keep_requests: i64,
    waiting: Mutex<Waiting>,
    /// Lock of the writer, with the number of rows per workspace written since its rows were last counted.
    writer: tokio::sync::Mutex<HashMap<WorkspaceId, i64>>,
}

#[derive(Debug, Default)]
struct Waiting {
    requests: Vec<Pending>,
    unproven: usize,
    unproven_of: HashMap<WorkspaceId, usize>,
}

impl Inspector {
    pub(crate) fn new(config: &config::Inspector) -> Self {
        let keep_requests = if config.keep_days == 0 { 0 } else { config.keep_requests };
        Self { keep_requests, ..Self::default() }
    }

    /// Whether requests are stored at all.
    pub fn is_on(&self) -> bool {
        self.keep_requests > 0
    }

    /// Adds a request; false when the buffer is full.
    pub fn take(&self, note: &Note, answered: &Answered<'_>) -> bool {
        let Some(noted) = note.with(std::mem::take) else { return true };
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((first, _)) = noted.workspaces.first() else { return true };
        if waiting.requests.len() >= MOST {
            return false;
        }
        if !noted.workspaces.iter().any(|(_, proven)| *proven) {
            if waiting.unproven >= MOST_UNPROVEN {
                return false;
            }
            let of_one = waiting.unproven_of.entry(first.clone()).or_default();
            if *of_one >= MOST_UNPROVEN_OF_ONE {
                return false;
            }
            *of_one += 1;
            waiting.unproven += 1;
        }
        waiting.requests.push(Pending::of(answered, noted));
        true
    }

    /// Lock of the writer, with the number of rows per workspace written since its rows were last counted.
    pub(in crate::observe) fn writer(&self) -> &tokio::sync::Mutex<HashMap<WorkspaceId, i64>> {
        &self.writer
    }

    pub(in crate::observe) fn drain(&self) -> Vec<Pending> {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner)).requests
    }

    /// How many rows of a workspace stay when there are too many: some fewer than the limit, so that removal is rare.
    pub(in crate::observe) fn shares(&self) -> [(bool, i64); 2] {
        [(true, (self.keep_requests * 9 / 10).max(1)), (false, (self.keep_requests / 20).max(1))]
    }

    /// How many rows of a workspace are written before its rows are counted again.
    pub(in crate::observe) fn rows_per_count(&self) -> i64 {
        (self.keep_requests / 20).max(1)
    }
}
