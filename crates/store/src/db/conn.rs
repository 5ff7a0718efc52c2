//! A connection to either backend, and the macro that runs one body on both.

use diesel::{pg::PgConnection, prelude::*, sqlite::SqliteConnection};

/// A connection to either database.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// The embedded database.
    Sqlite(SqliteConnection),
    /// A PostgreSQL server.
    Postgres(PgConnection),
}

/// The backend type of [`Conn`].
pub(crate) type Db = <Conn as Connection>::Backend;

/// Runs one body on the inner connection of either backend: for what [`Conn`] can't express (upsert, batch, locking).
/// Used inside store functions only, one statement at a time.
#[macro_export]
#[doc(hidden)]
macro_rules! on_backend {
    ($conn:expr, |$inner:ident| $body:expr) => {
        match $conn {
            $crate::Conn::Sqlite($inner) => $body,
            $crate::Conn::Postgres($inner) => $body,
        }
    };
}
