//! A time limit for reads that a caller can make expensive: a search without an index, the verification of a trail. SQLite's
//! progress handler or PostgreSQL's `statement_timeout` stops the running statement. For reads only: SQLite rolls back the whole
//! transaction of an interrupted write, which other jobs may share.

use std::time::Duration;

use diesel::{
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager},
    pg::PgConnection,
};

use super::{conn::Conn, deadline};
use crate::{Error, Result};

/// Fails if the deadline of this thread is reached. For reads that consist of many short statements.
///
/// # Errors
/// [`Error::TooLong`].
pub(crate) fn check() -> Result<()> {
    if deadline::is_reached() { Err(Error::TooLong) } else { Ok(()) }
}

/// Runs a read for at most `limit`, plus the time of one short statement.
///
/// # Errors
/// The job's own; [`Error::TooLong`] when a statement was stopped.
pub fn within<T, E: From<Error>>(
    conn: &mut Conn,
    limit: Duration,
    job: impl FnOnce(&mut Conn) -> std::result::Result<T, E>,
) -> std::result::Result<T, E> {
    let _restore = deadline::set(limit);
    if let Conn::Postgres(inner) = conn {
        begin(inner, limit).map_err(Error::from)?;
    }
    let outcome = job(conn);
    if let Conn::Postgres(inner) = conn {
        // The transaction wrote nothing. A rollback also ends it after a statement was stopped.
        AnsiTransactionManager::rollback_transaction(inner).map_err(Error::from)?;
    }
    outcome
}

fn begin(inner: &mut PgConnection, limit: Duration) -> diesel::QueryResult<()> {
    AnsiTransactionManager::begin_transaction(inner)?;
    inner.batch_execute(&format!("SET LOCAL statement_timeout = {}", limit.as_millis().max(1)))
}
