//! A write transaction: its connection, and the effects that are applied after its commit. Dereferences to the connection,
//! so functions that only read or write rows take `&mut Conn`. Never commits: [`super::database::Database::write`] does.

use std::ops::{Deref, DerefMut};

use super::conn::Conn;
use crate::effects::Effects;

/// One write transaction.
pub struct Tx<'c> {
    conn: &'c mut Conn,
    effects: Effects,
}

impl<'c> Tx<'c> {
    pub(crate) fn new(conn: &'c mut Conn) -> Self {
        Self { conn, effects: Effects::default() }
    }

    /// Effects collected so far, for functions that add one.
    pub(crate) fn effects(&mut self) -> &mut Effects {
        &mut self.effects
    }

    /// Ends the use of the connection.
    pub(crate) fn into_effects(self) -> Effects {
        self.effects
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
