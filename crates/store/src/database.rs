//! The pool and the transaction. One enum over both backends; which one is decided by the URL's scheme alone.
//! SQLite has one writing connection (its writers queue here instead of failing with SQLITE_BUSY) and a pool of
//! readers; PostgreSQL has one pool. Never HTTP inside a transaction.

use std::{sync::Arc, time::Duration};

use diesel::{
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager, TransactionManagerStatus},
    pg::PgConnection,
    prelude::*,
    sqlite::SqliteConnection,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::{Error, Result};

const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

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

/// Runs one body on the inner connection of either backend: for what [`Conn`] can't say (upsert, batch, locking).
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

/// Where the data is, as configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// `sqlite:///path` or `sqlite:path`.
    Sqlite(String),
    /// `postgres://…` or `postgresql://…`.
    Postgres(String),
}

/// Why the database could not be opened: one sentence for the operator, without the URL's password.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct OpenError(pub String);

impl std::str::FromStr for DatabaseUrl {
    type Err = OpenError;

    fn from_str(url: &str) -> std::result::Result<Self, OpenError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(DatabaseUrl::Postgres(url.to_owned()));
        }
        match url.strip_prefix("sqlite:").map(|rest| rest.strip_prefix("//").unwrap_or(rest)) {
            Some(path) if !path.is_empty() => Ok(DatabaseUrl::Sqlite(path.to_owned())),
            _ => Err(OpenError(
                "database.url must begin with sqlite:// and a path, or with postgres://, and does not"
                    .to_owned(),
            )),
        }
    }
}

/// Opens connections for the pool.
struct Manager {
    url: DatabaseUrl,
    read_only: bool,
}

impl r2d2::ManageConnection for Manager {
    type Connection = Conn;
    type Error = OpenError;

    fn connect(&self) -> std::result::Result<Conn, OpenError> {
        match &self.url {
            DatabaseUrl::Sqlite(path) => {
                let mut inner = SqliteConnection::establish(path)
                    .map_err(|error| OpenError(format!("cannot open the SQLite database {path}: {error}")))?;
                // busy_timeout first: switching to WAL itself takes the lock.
                inner
                    .batch_execute(
                        "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                         PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;",
                    )
                    .and_then(|()| {
                        if self.read_only { inner.batch_execute("PRAGMA query_only = ON;") } else { Ok(()) }
                    })
                    .map_err(|error| {
                        OpenError(format!("cannot prepare the SQLite database {path}: {error}"))
                    })?;
                Ok(Conn::Sqlite(inner))
            }
            DatabaseUrl::Postgres(url) => {
                PgConnection::establish(url).map(Conn::Postgres).map_err(|error| {
                    // libpq's text names host and user, never the password.
                    OpenError(format!("cannot connect to PostgreSQL: {}", error.to_string().trim()))
                })
            }
        }
    }

    fn is_valid(&self, conn: &mut Conn) -> std::result::Result<(), OpenError> {
        conn.batch_execute("SELECT 1").map_err(|error| OpenError(error.to_string()))
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        // A job that panicked inside a transaction must not hand the open transaction to the next one.
        let open = |status: &TransactionManagerStatus| !matches!(status.transaction_depth(), Ok(None));
        std::thread::panicking()
            || on_backend!(conn, |inner| {
                open(AnsiTransactionManager::transaction_manager_status_mut(inner))
            })
    }
}

/// The database of this deployment. Cheap to clone.
#[derive(Clone)]
pub struct Database {
    writer: r2d2::Pool<Manager>,
    reader: r2d2::Pool<Manager>,
    url: Arc<DatabaseUrl>,
}

impl Database {
    /// Opens the pools and checks one connection, so that a wrong URL is told at start.
    ///
    /// # Errors
    /// One sentence for the operator.
    pub fn open(url: &str, pool_size: u32) -> std::result::Result<Self, OpenError> {
        let url: DatabaseUrl = url.parse()?;
        let pool = |read_only: bool, size: u32| {
            let manager = Manager { url: url.clone(), read_only };
            r2d2::Pool::builder()
                .max_size(size.max(1))
                // Connections are made when they are asked for, never ahead: one still being made in a thread of the pool while
                // the process ends would meet OpenSSL taking itself down.
                .min_idle(Some(0))
                .test_on_check_out(matches!(url, DatabaseUrl::Postgres(_)))
                .connection_timeout(Duration::from_secs(5))
                .error_handler(Box::new(LogPoolErrors))
                .build_unchecked(manager)
        };
        if let DatabaseUrl::Sqlite(path) = &url {
            create_private(path)?;
        }
        // The first connection is made here, outside the pool: the pool would retry for its whole timeout.
        drop(r2d2::ManageConnection::connect(&Manager { url: url.clone(), read_only: false })?);
        let (writer, reader) = match url {
            DatabaseUrl::Sqlite(_) => (pool(false, 1), pool(true, pool_size)),
            DatabaseUrl::Postgres(_) => {
                let shared = pool(false, pool_size);
                (shared.clone(), shared)
            }
        };
        Ok(Self { writer, reader, url: Arc::new(url) })
    }

    /// Brings the tables up to date. Safe beside other processes doing the same.
    ///
    /// # Errors
    /// One sentence for the operator.
    pub fn migrate(&self) -> std::result::Result<Vec<String>, OpenError> {
        let mut conn = self.writer.get().map_err(|error| OpenError(error.to_string()))?;
        let explain =
            |error: Box<dyn std::error::Error + Send + Sync>| OpenError(format!("cannot migrate: {error}"));
        match &mut *conn {
            Conn::Sqlite(inner) => {
                // Two processes starting together: the other waits for this transaction, then finds nothing to do.
                let told = |error: diesel::result::Error| OpenError(format!("cannot migrate: {error}"));
                AnsiTransactionManager::begin_transaction_sql(inner, "BEGIN IMMEDIATE").map_err(told)?;
                let done = inner.run_pending_migrations(SQLITE).map(names).map_err(explain);
                match &done {
                    Ok(_) => AnsiTransactionManager::commit_transaction(inner).map_err(told)?,
                    Err(_) => AnsiTransactionManager::rollback_transaction(inner).map_err(told)?,
                }
                done
            }
            Conn::Postgres(inner) => {
                // Two nodes starting together: one migrates, the other waits for this lock.
                inner
                    .batch_execute("SELECT pg_advisory_lock(8677210)")
                    .map_err(|error| OpenError(error.to_string()))?;
                let done = inner.run_pending_migrations(POSTGRES).map(names).map_err(explain);
                inner
                    .batch_execute("SELECT pg_advisory_unlock(8677210)")
                    .map_err(|error| OpenError(error.to_string()))?;
                done
            }
        }
    }

    /// Whether any migration is still to run.
    ///
    /// # Errors
    /// One sentence for the operator.
    pub fn needs_migration(&self) -> std::result::Result<bool, OpenError> {
        let mut conn = self.writer.get().map_err(|error| OpenError(error.to_string()))?;
        match &mut *conn {
            Conn::Sqlite(inner) => inner.has_pending_migration(SQLITE),
            Conn::Postgres(inner) => inner.has_pending_migration(POSTGRES),
        }
        .map_err(|error| OpenError(error.to_string()))
    }

    /// `sqlite` or `postgres`.
    pub fn backend(&self) -> &'static str {
        match *self.url {
            DatabaseUrl::Sqlite(_) => "sqlite",
            DatabaseUrl::Postgres(_) => "postgres",
        }
    }

    /// One transaction. What `job` refuses leaves nothing behind; what it accepts is durable when this returns.
    ///
    /// # Errors
    /// The job's own, or the database's.
    pub fn write<T, E: From<Error>>(
        &self,
        job: impl FnOnce(&mut Conn) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let mut conn = self.writer.get().map_err(|error| Error::Database(error.to_string()))?;
        begin(&mut conn)?;
        match job(&mut conn) {
            Ok(value) => {
                on_backend!(&mut *conn, |inner| AnsiTransactionManager::commit_transaction(inner))
                    .map_err(Error::from)?;
                Ok(value)
            }
            Err(refusal) => {
                on_backend!(&mut *conn, |inner| AnsiTransactionManager::rollback_transaction(inner))
                    .map_err(Error::from)?;
                Err(refusal)
            }
        }
    }

    /// A look without writing; on PostgreSQL each statement sees what is committed when it runs.
    ///
    /// # Errors
    /// The job's own, or the database's.
    pub fn read<T, E: From<Error>>(
        &self,
        job: impl FnOnce(&mut Conn) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let mut conn = self.reader.get().map_err(|error| Error::Database(error.to_string()))?;
        job(&mut conn)
    }
}

/// A new database file is its owner's alone: it holds everybody's data. SQLite gives its companions the same mode.
fn create_private(path: &str) -> std::result::Result<(), OpenError> {
    use std::os::unix::fs::OpenOptionsExt;
    match std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(OpenError(format!("cannot create the SQLite database {path}: {error}"))),
    }
}

/// SQLite writers take the lock at once: a transaction that upgrades later would fail with SQLITE_BUSY.
fn begin(conn: &mut Conn) -> Result<()> {
    match conn {
        Conn::Sqlite(inner) => AnsiTransactionManager::begin_transaction_sql(inner, "BEGIN IMMEDIATE")?,
        Conn::Postgres(inner) => AnsiTransactionManager::begin_transaction(inner)?,
    }
    Ok(())
}

fn names<V: std::fmt::Display>(versions: Vec<V>) -> Vec<String> {
    versions.iter().map(ToString::to_string).collect()
}

#[derive(Debug)]
struct LogPoolErrors;

impl r2d2::HandleError<OpenError> for LogPoolErrors {
    fn handle_error(&self, error: OpenError) {
        tracing::warn!(reason = %error, "database.connection_failed");
    }
}
