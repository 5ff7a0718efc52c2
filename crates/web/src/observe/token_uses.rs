//! Which tokens were used since the last minute: kept here, so that a check only looks, and written down beside requests.
//! What a crash takes along is a minute of "last used", never more.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use vestibule_core::time::Micros;
use vestibule_store::{
    Error,
    access::tokens::{self, Use},
};

use crate::State;

/// More than these are not remembered: their next use is soon enough.
const MOST: usize = 10_000;

/// Uses that are to be written down.
#[derive(Debug, Default)]
pub struct Uses(Mutex<HashMap<Use, Micros>>);

impl Uses {
    /// Remembers that a token was used.
    pub fn note(&self, used: Use, now: Micros) {
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if uses.len() < MOST {
            uses.insert(used, now);
        }
    }

    fn take(&self) -> Vec<(Use, Micros)> {
        let taken = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut taken: Vec<_> = taken.into_iter().collect();
        // In one order on every node: rows locked crosswise would wait for each other.
        taken.sort_by(|(one, _), (other, _)| one.token_digest.cmp(&other.token_digest));
        taken
    }
}

/// Writes down what was used since the last time; how many.
///
/// # Errors
/// The database's; what was to be written is then forgotten, and the next use remembered.
pub async fn write_down(state: &State) -> Result<usize, Error> {
    let taken = state.uses().take();
    if taken.is_empty() {
        return Ok(0);
    }
    let count = taken.len();
    state.write(move |conn| tokens::note_uses(conn, &taken)).await?;
    Ok(count)
}
