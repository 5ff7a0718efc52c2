//! Tests of the governance trail: detection of changes, recorded data, equal data on each surface, since when and by whom people have their roles,
//! retention, and receipts.

mod chain;
mod complete;
mod kept;
pub mod origins;
mod receipts;
mod same;

use vestibule_store::{Conn, Database};

/// Runs statements on either database.
fn execute(conn: &mut Conn, statements: &str) {
    use diesel::connection::SimpleConnection;
    match conn {
        Conn::Sqlite(inner) => inner.batch_execute(statements),
        Conn::Postgres(inner) => inner.batch_execute(statements),
    }
    .unwrap();
}

/// The migrated database of a deployment that is not running.
fn opened(url: &str) -> Database {
    let database = Database::open(url, 2).unwrap();
    database.migrate().unwrap();
    database
}
