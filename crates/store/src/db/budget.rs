//! A time limit for reads that a caller can make expensive: a search without an index, a walk along the trail. On SQLite the
//! progress handler stops the statement that is running, on PostgreSQL `statement_timeout` does. For reads only: SQLite rolls
//! back the whole transaction of an interrupted write, and others may share it.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use diesel::{
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager},
    pg::PgConnection,
};

use crate::{Error, Result, db::database::Conn};

thread_local! {
    /// Deadline of the read that runs on this thread. Thread-local because SQLite's progress handler reads it, and Diesel gives
    /// that handler no data; a read never changes threads.
    static DEADLINE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Restores the deadline of the thread when the read is over, also when it panics.
struct Restore(Option<Instant>);

impl Drop for Restore {
    fn drop(&mut self) {
        DEADLINE.with(|deadline| deadline.set(self.0));
    }
}

/// Whether the read on this thread has a time limit and has reached it.
pub(crate) fn is_spent() -> bool {
    DEADLINE.with(Cell::get).is_some_and(|deadline| Instant::now() >= deadline)
}

/// For reads made of many short statements: fails once their time is over.
///
/// # Errors
/// [`Error::TooLong`].
pub(crate) fn check() -> Result<()> {
    if is_spent() { Err(Error::TooLong) } else { Ok(()) }
}

/// Runs a read for at most this long, beside the time of one more short statement.
///
/// # Errors
/// The job's own; [`Error::TooLong`] when a statement was stopped.
pub fn within<T, E: From<Error>>(
    conn: &mut Conn,
    limit: Duration,
    job: impl FnOnce(&mut Conn) -> std::result::Result<T, E>,
) -> std::result::Result<T, E> {
    let _restore = Restore(DEADLINE.with(|deadline| deadline.replace(Some(Instant::now() + limit))));
    if let Conn::Postgres(inner) = conn {
        begin(inner, limit).map_err(Error::from)?;
    }
    let outcome = job(conn);
    if let Conn::Postgres(inner) = conn {
        // Nothing was written. A rollback also ends a transaction in which a statement was stopped.
        AnsiTransactionManager::rollback_transaction(inner).map_err(Error::from)?;
    }
    outcome
}

fn begin(inner: &mut PgConnection, limit: Duration) -> diesel::QueryResult<()> {
    AnsiTransactionManager::begin_transaction(inner)?;
    inner.batch_execute(&format!("SET LOCAL statement_timeout = {}", limit.as_millis().max(1)))
}
