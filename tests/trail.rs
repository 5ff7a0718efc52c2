//! Tests of the governance trail: integrity and detection of changes, what it records, that each surface returns the same, how
//! long it is stored, and receipts.

mod chain;
mod complete;
mod kept;
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

/// The migrated database of a deployment that does not run.
fn opened(url: &str) -> Database {
    let database = Database::open(url, 2).unwrap();
    database.migrate().unwrap();
    database
}
