//! The database of a deployment: its reads and its write transactions. The scheme of the URL decides the backend. SQLite has one
//! writing connection, for which jobs queue here instead of failing with SQLITE_BUSY, and a pool of readers; PostgreSQL has one
//! pool. Never HTTP inside a transaction.

#[cfg(test)]
mod tests;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

use diesel::connection::{AnsiTransactionManager, TransactionManager};

use crate::{
    Error,
    db::{
        conn::Conn,
        pool::{DatabaseUrl, Limits, LogPoolErrors, Manager, OpenError},
        tx::Tx,
        writer::Writer,
    },
    effects::{AfterCommit, Effects},
    on_backend,
};

/// The database of this deployment. Cheap to clone.
#[derive(Clone)]
pub struct Database {
    writers: Writers,
    pool: r2d2::Pool<Manager>,
    url: Arc<DatabaseUrl>,
    limits: Limits,
    after_commit: Arc<AfterCommit>,
}

/// The writers: SQLite has one, PostgreSQL as many as its pool has connections.
#[derive(Clone)]
enum Writers {
    Sqlite(Arc<Writer>),
    Postgres,
}

impl Database {
    /// Opens the pool and one connection, so a wrong URL fails at start.
    ///
    /// # Errors
    /// One sentence for the operator.
    pub fn open(url: &str, limits: impl Into<Limits>) -> Result<Self, OpenError> {
        let limits = limits.into();
        let url: DatabaseUrl = url.parse()?;
        let pool = |read_only: bool| {
            let manager = Manager { url: url.clone(), read_only, limits };
            r2d2::Pool::builder()
                .max_size(limits.pool_size.max(1))
                // Connections are made on demand, never in advance: a thread of the pool that is connecting while the process exits
                // would run into OpenSSL's clean-up.
                .min_idle(Some(0))
                .test_on_check_out(matches!(url, DatabaseUrl::Postgres(_)))
                .connection_timeout(Duration::from_secs(5))
                .error_handler(Box::new(LogPoolErrors))
                .build_unchecked(manager)
        };
        if let DatabaseUrl::Sqlite(path) = &url {
            create_private(path)?;
        }
        // The first connection is made outside the pool, because the pool would retry until its timeout.
        let manager = Manager { url: url.clone(), read_only: false, limits };
        let first = manager.open()?;
        let (writers, pool) = match url {
            DatabaseUrl::Sqlite(_) => (Writers::Sqlite(Arc::new(Writer::new(manager, first))), pool(true)),
            DatabaseUrl::Postgres(_) => (Writers::Postgres, pool(false)),
        };
        Ok(Self { writers, pool, url: Arc::new(url), limits, after_commit: Arc::default() })
    }

    /// Runs pending migrations and returns their versions. Several processes may do so at the same time.
    ///
    /// # Errors
    /// One sentence for the operator.
    pub fn migrate(&self) -> Result<Vec<String>, OpenError> {
        crate::db::migrate::run(&mut self.fresh()?)
    }

    /// Whether a migration is pending.
    ///
    /// # Errors
    /// One sentence for the operator.
    pub fn needs_migration(&self) -> Result<bool, OpenError> {
        crate::db::migrate::is_needed(&mut self.fresh()?)
    }

    /// Opens a connection without time limits, outside the pool.
    pub(crate) fn fresh(&self) -> Result<Conn, OpenError> {
        let limits = Limits { lock: Duration::ZERO, statement: Duration::ZERO, ..self.limits };
        Manager { url: (*self.url).clone(), read_only: false, limits }.open()
    }

    /// `sqlite` or `postgres`.
    pub fn backend(&self) -> &'static str {
        match *self.url {
            DatabaseUrl::Sqlite(_) => "sqlite",
            DatabaseUrl::Postgres(_) => "postgres",
        }
    }

    /// Runs a job as one transaction: rolled back if the job fails, durable when this returns `Ok`. Then runs the callbacks of
    /// [`Database::after_commit`] for its effects.
    ///
    /// # Errors
    /// The job's own, or the database's.
    pub fn write<T, E: From<Error>>(&self, job: impl FnOnce(&mut Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        let begun_at = Instant::now();
        // A job that fails returns no effects.
        let job = |conn: &mut Conn| -> Result<(T, Effects), E> {
            let mut tx = Tx::new(conn);
            let accepted = job(&mut tx)?;
            Ok((accepted, tx.finish()?))
        };
        let (accepted, effects) = match &self.writers {
            Writers::Sqlite(writer) => writer.write(job),
            Writers::Postgres => self.transaction(job),
        }?;
        self.after_commit.run(effects, begun_at);
        Ok(accepted)
    }

    /// The callbacks that run after commits.
    pub fn after_commit(&self) -> &AfterCommit {
        &self.after_commit
    }

    fn transaction<T, E: From<Error>>(&self, job: impl FnOnce(&mut Conn) -> Result<T, E>) -> Result<T, E> {
        let mut pooled = self.pool.get().map_err(|error| Error::Database(Box::new(error)))?;
        let conn = &mut pooled.conn;
        on_backend!(conn, |inner| AnsiTransactionManager::begin_transaction(inner)).map_err(Error::from)?;
        let outcome = job(conn);
        let ended = match &outcome {
            Ok(_) => on_backend!(conn, |inner| AnsiTransactionManager::commit_transaction(inner)),
            Err(_) => on_backend!(conn, |inner| AnsiTransactionManager::rollback_transaction(inner)),
        };
        ended.map_err(Error::from)?;
        pooled.used = Instant::now();
        outcome
    }

    /// A connection that can be used without waiting: SQLite only, if one is free.
    pub fn at_hand(&self) -> Option<AtHand> {
        match self.writers {
            Writers::Sqlite(_) => self.pool.try_get().map(AtHand),
            Writers::Postgres => None,
        }
    }

    /// Runs a read. On PostgreSQL, each statement sees what is committed when it runs.
    ///
    /// # Errors
    /// The job's own, or the database's.
    pub fn read<T, E: From<Error>>(&self, job: impl FnOnce(&mut Conn) -> Result<T, E>) -> Result<T, E> {
        let mut pooled = self.pool.get().map_err(|error| Error::Database(Box::new(error)))?;
        let outcome = job(&mut pooled.conn);
        // After an error the connection is checked before its next use, because the server may have caused it.
        if outcome.is_ok() {
            pooled.used = Instant::now();
        }
        outcome
    }
}

/// A free connection.
pub struct AtHand(r2d2::PooledConnection<Manager>);

impl AtHand {
    /// Runs a read. A panic of the job becomes an error, as it does on a blocking thread.
    ///
    /// # Errors
    /// The job's own, or the database's.
    pub fn read<T, E: From<Error>>(mut self, job: impl FnOnce(&mut Conn) -> Result<T, E>) -> Result<T, E> {
        catch_unwind(AssertUnwindSafe(|| job(&mut self.0.conn)))
            .unwrap_or_else(|_| Err(Error::Database("the read panicked".into()).into()))
    }
}

#[cfg(test)]
impl Database {
    /// The number of jobs that wait for the writer.
    fn waiting(&self) -> usize {
        match &self.writers {
            Writers::Sqlite(writer) => writer.waiting(),
            Writers::Postgres => 0,
        }
    }

    /// Whether a job has the writer.
    fn is_writing(&self) -> bool {
        matches!(&self.writers, Writers::Sqlite(writer) if writer.is_busy())
    }
}

/// Creates the database file with mode 0600. SQLite gives its WAL files the same mode.
fn create_private(path: &str) -> Result<(), OpenError> {
    use std::os::unix::fs::OpenOptionsExt;
    match std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(OpenError(format!("cannot create the SQLite database {path}: {error}"))),
    }
}
