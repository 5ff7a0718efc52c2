//! Limits the work of one request, which is counted before it is done. The work of a PATCH is the product of what is
//! sent (operations, filter terms) and what is stored (values), so a limit on the size of the body is not enough.
//! Counts units, not time.

use std::cell::Cell;

use crate::error::{Rejection, ScimType};

/// The most work of one PATCH, in units. A unit is one visit of a value, or one comparison of a value with a filter term.
pub(crate) const MAX_WORK: u64 = 1_000_000;
/// The most work of all PATCH operations of one bulk request, in units. Each operation is also limited to [`MAX_WORK`],
/// because it has its own transaction.
pub(crate) const MAX_BULK_WORK: u64 = 4_000_000;
/// Bytes of text per unit: comparing a longer text counts as several units.
pub(crate) const BYTES_PER_UNIT: u64 = 64;
/// Units of one change of a group's members, in addition to one unit per id: a few SQL statements under the write lock.
pub(crate) const MEMBERS_CHANGE: u64 = 4_000;

/// The work that a request may still do, in units.
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

    /// The budget of one PATCH in a bulk request: `MAX_WORK`, or what remains of this budget if that is less.
    pub fn part(&self) -> Self {
        Self::of(self.limit.saturating_sub(self.charged.get()).min(MAX_WORK))
    }

    /// Adds the work that a part has used.
    pub fn add(&self, part: &Budget) {
        self.charged.set(self.charged.get().saturating_add(part.charged.get()));
    }

    /// Refuses work that exceeds the budget, without counting it.
    ///
    /// # Errors
    /// `tooMany`.
    pub(crate) fn check(&self, units: u64) -> Result<(), Rejection> {
        if self.charged.get().saturating_add(units) > self.limit { Err(too_much()) } else { Ok(()) }
    }

    /// Counts work before it is done, or refuses it.
    ///
    /// # Errors
    /// `tooMany`.
    pub(crate) fn charge(&self, units: u64) -> Result<(), Rejection> {
        self.check(units)?;
        self.charged.set(self.charged.get() + units);
        Ok(())
    }

    /// Units counted so far.
    #[cfg(test)]
    pub(crate) fn charged(&self) -> u64 {
        self.charged.get()
    }

    /// Comparisons of a value with a term that were made; at most [`Self::charged`].
    #[cfg(test)]
    pub(crate) fn compared(&self) -> u64 {
        self.compared.get()
    }

    /// Counts one comparison of a value with a term.
    pub(crate) fn count_comparison(&self) {
        self.compared.set(self.compared.get() + 1);
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::new()
    }
}

/// RFC 7644 §3.12, table 9: `tooMany` is for a filter that yields more than the server is willing to process. 413 would
/// be wrong, because the body may be small.
fn too_much() -> Rejection {
    Rejection::new(
        ScimType::TooMany,
        "the operations and filters of this request need too much work on the values that are stored; nothing was \
         changed; send fewer operations at once, or shorter filters",
    )
}
