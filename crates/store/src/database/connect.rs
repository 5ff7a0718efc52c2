//! Where the data is, and how a connection to it is opened and kept.

use std::time::{Duration, Instant};

use diesel::{
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager, TransactionManagerStatus},
    pg::PgConnection,
    prelude::*,
    sqlite::SqliteConnection,
};

use super::Conn;
use crate::on_backend;

/// For how long a connection is used again without asking whether it still works.
const TRUSTED: Duration = Duration::from_secs(1);

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

    fn from_str(url: &str) -> Result<Self, OpenError> {
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
pub(super) struct Manager {
    pub(super) url: DatabaseUrl,
    pub(super) read_only: bool,
}

/// A connection in the pool, and when it last did something.
pub(super) struct Pooled {
    pub(super) conn: Conn,
    pub(super) used: Instant,
}

impl r2d2::ManageConnection for Manager {
    type Connection = Pooled;
    type Error = OpenError;

    fn connect(&self) -> Result<Pooled, OpenError> {
        Ok(Pooled { conn: self.open()?, used: Instant::now() })
    }

    fn is_valid(&self, pooled: &mut Pooled) -> Result<(), OpenError> {
        // A server that went away is noticed by who asks next; asking each time would double the way there and back.
        if pooled.used.elapsed() < TRUSTED {
            return Ok(());
        }
        pooled.conn.batch_execute("SELECT 1").map_err(|error| OpenError(error.to_string()))
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        // A job that panicked inside a transaction must not hand the open transaction to the next one.
        let open = |status: &TransactionManagerStatus| !matches!(status.transaction_depth(), Ok(None));
        std::thread::panicking()
            || on_backend!(&mut pooled.conn, |inner| {
                open(AnsiTransactionManager::transaction_manager_status_mut(inner))
            })
    }
}

impl Manager {
    pub(super) fn open(&self) -> Result<Conn, OpenError> {
        match &self.url {
            DatabaseUrl::Sqlite(path) => {
                let mut inner = SqliteConnection::establish(path)
                    .map_err(|error| OpenError(format!("cannot open the SQLite database {path}: {error}")))?;
                // busy_timeout first: switching to WAL itself takes the lock. The log is brought home after 16 MB, not 4: pages
                // that change with every write are then copied less often.
                inner
                    .batch_execute(
                        "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                         PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; \
                         PRAGMA wal_autocheckpoint = 4000;",
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
}

#[derive(Debug)]
pub(super) struct LogPoolErrors;

impl r2d2::HandleError<OpenError> for LogPoolErrors {
    fn handle_error(&self, error: OpenError) {
        tracing::warn!(reason = %error, "database.connection_failed");
    }
}
