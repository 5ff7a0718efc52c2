//! A time limit for reads that a caller can make expensive: a search without an index, a walk along the trail. On SQLite the
//! progress handler stops the statement that is running, on PostgreSQL `statement_timeout` does. For reads only: SQLite rolls
//! back the whole transaction of an interrupted write, and others may share it.

use std::time::Duration;

use diesel::{
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager},
    pg::PgConnection,
};

use super::{conn::Conn, deadline};
use crate::{Error, Result};

/// For reads made of many short statements: fails once their time is over.
///
/// # Errors
/// [`Error::TooLong`].
pub(crate) fn check() -> Result<()> {
    if deadline::is_reached() { Err(Error::TooLong) } else { Ok(()) }
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
    let _restore = deadline::set(limit);
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
