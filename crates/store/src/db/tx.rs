//! A write transaction: its connection, its last step, and the effects that are applied after its commit. Dereferences to the
//! connection, so functions that only read or write rows take `&mut Conn`. Never commits: [`super::database::Database::write`] does.

use std::{
    ops::{Deref, DerefMut},
    time::Instant,
};

use vestibule_core::ids::WorkspaceId;

use super::{conn::Conn, fragment::Fragment};
use crate::{
    Result,
    effects::{Effects, Pending},
};

/// Writes the rows that a transaction has collected for its end.
pub(crate) type LastStep = fn(&mut Tx<'_>, Pending) -> Result<()>;

/// One write transaction.
pub struct Tx<'c> {
    conn: &'c mut Conn,
    effects: Effects,
    pending: Pending,
    last: Option<LastStep>,
    is_silent: bool,
}

impl<'c> Tx<'c> {
    pub(crate) fn new(conn: &'c mut Conn) -> Self {
        let locked_at = matches!(conn, Conn::Sqlite(_)).then(Instant::now);
        let effects = Effects { locked_at, ..Effects::default() };
        Self { conn, effects, pending: Pending::default(), last: None, is_silent: false }
    }

    /// From now on the transaction writes no events, receipts and deliveries: it changes the hidden copy of an observed workspace.
    pub fn be_silent(&mut self) {
        self.is_silent = true;
    }

    /// Whether the transaction writes no events, receipts and deliveries.
    pub(crate) fn is_silent(&self) -> bool {
        self.is_silent
    }

    /// Effects collected so far, for functions that add one.
    pub(crate) fn effects(&mut self) -> &mut Effects {
        &mut self.effects
    }

    /// Rows to write at the end of the transaction, for functions that add one. `last` writes them.
    pub(crate) fn at_the_end(&mut self, last: LastStep) -> &mut Pending {
        self.last = Some(last);
        &mut self.pending
    }

    /// Takes the INSERTs that wait for the end, for a function that needs their rows now.
    pub(crate) fn take_inserts(&mut self) -> Vec<(WorkspaceId, Fragment)> {
        std::mem::take(&mut self.pending.inserts)
    }

    /// Does the last step of the transaction, and ends the use of the connection.
    pub(crate) fn finish(mut self) -> Result<Effects> {
        if let Some(last) = self.last.take() {
            let pending = std::mem::take(&mut self.pending);
            last(&mut self, pending)?;
        }
        Ok(self.effects)
    }
}

impl Deref for Tx<'_> {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        self.conn
    }
}

impl DerefMut for Tx<'_> {
    fn deref_mut(&mut self) -> &mut Conn {
        self.conn
    }
}
