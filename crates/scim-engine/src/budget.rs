//! The work of one request, counted before it is done. A PATCH multiplies what the caller sends (operations, terms of
//! filters) with what is stored (values), so its size in bytes bounds neither. Pure: no clock, so tests count units.

use std::cell::Cell;

use crate::error::{Rejection, ScimType};

/// The most work of one PATCH, in units. A unit is one value visited, or compared with one term of a filter.
pub const MAX_WORK: u64 = 1_000_000;
/// The most work of all PATCH operations of one bulk request, in units. Each of them is bounded by [`MAX_WORK`] too,
/// because each is a transaction of its own.
pub const MAX_BULK_WORK: u64 = 4_000_000;
/// How many bytes of text a unit covers: comparing a longer text counts as several units.
pub const BYTES_PER_UNIT: u64 = 64;
/// What one change of a group's members costs beside the ids it names: a few SQL statements under the write lock.
pub const MEMBERS_CHANGE: u64 = 4_000;

/// How much work a request may still do, in units.
#[derive(Debug)]
pub struct Budget {
    limit: u64,
    charged: Cell<u64>,
    compared: Cell<u64>,
}

impl Budget {
    /// The budget of one PATCH.
    pub fn new() -> Self {
        Self::of(MAX_WORK)
    }

    /// The budget of a bulk request.
    pub fn of_bulk() -> Self {
        Self::of(MAX_BULK_WORK)
    }

    fn of(limit: u64) -> Self {
        Self { limit, charged: Cell::new(0), compared: Cell::new(0) }
    }

    /// The budget of one PATCH inside a bulk request: its own, or what is left of the whole.
    pub fn part(&self) -> Self {
        Self::of(self.limit.saturating_sub(self.charged.get()).min(MAX_WORK))
    }

    /// Counts what a part has used.
    pub fn add(&self, part: &Budget) {
        self.charged.set(self.charged.get().saturating_add(part.charged.get()));
    }

    /// Refuses work that would not fit, without counting it.
    ///
    /// # Errors
    /// `tooMany`.
    pub fn check(&self, units: u64) -> Result<(), Rejection> {
        if self.charged.get().saturating_add(units) > self.limit { Err(too_much()) } else { Ok(()) }
    }

    /// Counts work that is about to be done, or refuses it.
    ///
    /// # Errors
    /// `tooMany`.
    pub fn charge(&self, units: u64) -> Result<(), Rejection> {
        self.check(units)?;
        self.charged.set(self.charged.get() + units);
        Ok(())
    }

    /// Units counted so far.
    pub fn charged(&self) -> u64 {
        self.charged.get()
    }

    /// Comparisons of a value with a term that were really made: never more than [`Self::charged`].
    pub fn compared(&self) -> u64 {
        self.compared.get()
    }

    /// Counts one comparison of a value with a term.
    pub fn count_comparison(&self) {
        self.compared.set(self.compared.get() + 1);
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::new()
    }
}

/// RFC 7644 §3.12, table 9: `tooMany` is for a filter that needs more than the server is willing to process. Not 413:
/// the body may be small, and a client that halves it need not get through.
fn too_much() -> Rejection {
    Rejection::new(
        ScimType::TooMany,
        "the operations and filters of this request need too much work on the values that are stored; nothing was \
         changed; send fewer operations at once, or shorter filters",
    )
}
