//! Collects when tokens were last used, and writes it once a minute between requests, so that checking a token writes nothing.
//! A crash loses at most a minute of "last used".

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use vestibule_core::time::Micros;
use vestibule_store::access::tokens::Use;

/// The most tokens between two writes. Others are recorded at a later use.
const MOST: usize = 10_000;

/// Uses that are not written yet.
#[derive(Debug, Default)]
pub struct Uses(Mutex<HashMap<Use, Micros>>);

impl Uses {
    /// Adds the use of a token.
    pub fn note(&self, used: Use, now: Micros) {
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if uses.len() < MOST {
            uses.insert(used, now);
        }
    }

    pub(super) fn take(&self) -> Vec<(Use, Micros)> {
        let taken = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut taken: Vec<_> = taken.into_iter().collect();
        // In the same order on every node, so that row locks cannot deadlock.
        taken.sort_by(|(one, _), (other, _)| one.token_digest.cmp(&other.token_digest));
        taken
    }
}
