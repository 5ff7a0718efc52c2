//! The connection pool: the address of the database, the limits, and how a connection is opened and checked.

use std::time::{Duration, Instant};

use diesel::{
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager, TransactionManagerStatus},
    pg::PgConnection,
    prelude::*,
    sqlite::SqliteConnection,
};

use crate::{db::conn::Conn, on_backend};

/// How long a connection is reused without a check.
const TRUSTED: Duration = Duration::from_secs(1);

/// Number of connections of this process, and time limits. The time limits are for PostgreSQL only; zero: no limit.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// PostgreSQL: all connections. SQLite: the readers; the writer is one more.
    pub pool_size: u32,
    /// To connect to the server, for each of its addresses.
    pub connect: Duration,
    /// To wait for a lock of another transaction.
    pub lock: Duration,
    /// To run one statement. COMMIT has no limit, because after a timeout it is unknown whether it was done.
    pub statement: Duration,
}

/// Limits with this number of connections and the time limits of `config/default.toml`.
impl From<u32> for Limits {
    fn from(pool_size: u32) -> Self {
        let seconds = Duration::from_secs;
        Self { pool_size, connect: seconds(5), lock: seconds(5), statement: seconds(15) }
    }
}

/// The configured address of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// `sqlite:///path` or `sqlite:path`.
    Sqlite(String),
    /// `postgres://…` or `postgresql://…`.
    Postgres(String),
}

/// The database could not be opened. One sentence for the operator, without the password of the URL.
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
pub(crate) struct Manager {
    pub(crate) url: DatabaseUrl,
    pub(crate) read_only: bool,
    pub(crate) limits: Limits,
}

/// A pooled connection with the time of its last use.
pub(crate) struct Pooled {
    pub(crate) conn: Conn,
    pub(crate) used: Instant,
}

impl r2d2::ManageConnection for Manager {
    type Connection = Pooled;
    type Error = OpenError;

    fn connect(&self) -> Result<Pooled, OpenError> {
        Ok(Pooled { conn: self.open()?, used: Instant::now() })
    }

    fn is_valid(&self, pooled: &mut Pooled) -> Result<(), OpenError> {
        // A check before each use would double the round trips. Within this time, the next statement fails if the server is gone.
        if pooled.used.elapsed() < TRUSTED {
            return Ok(());
        }
        pooled.conn.batch_execute("SELECT 1").map_err(|error| OpenError(error.to_string()))
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        // After a panic inside a transaction, the next job must not get the open transaction.
        let open = |status: &TransactionManagerStatus| !matches!(status.transaction_depth(), Ok(None));
        std::thread::panicking()
            || on_backend!(&mut pooled.conn, |inner| {
                open(AnsiTransactionManager::transaction_manager_status_mut(inner))
            })
    }
}

impl Manager {
    pub(crate) fn open(&self) -> Result<Conn, OpenError> {
        match &self.url {
            DatabaseUrl::Sqlite(path) => {
                super::interrupt::install();
                let told = |error: diesel::result::Error| {
                    OpenError(format!("cannot prepare the SQLite database {path}: {error}"))
                };
                let mut inner = SqliteConnection::establish(path)
                    .map_err(|error| OpenError(format!("cannot open the SQLite database {path}: {error}")))?;
                inner.batch_execute("PRAGMA busy_timeout = 10000;").map_err(told)?;
                switch_to_wal(&mut inner).map_err(told)?;
                // Checkpoints run after 16 MB, not 4: pages that change with every write are then copied less often.
                inner
                    .batch_execute(
                        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; \
                         PRAGMA wal_autocheckpoint = 4000;",
                    )
                    .map_err(told)?;
                if self.read_only {
                    inner.batch_execute("PRAGMA query_only = ON;").map_err(told)?;
                }
                Ok(Conn::Sqlite(inner))
            }
            DatabaseUrl::Postgres(url) => {
                let Limits { connect, lock, statement, .. } = self.limits;
                let mut inner =
                    PgConnection::establish(&with_time_limits(url, connect)).map_err(|error| {
                        // libpq's text names host and user, never the password.
                        OpenError(format!("cannot connect to PostgreSQL: {}", error.to_string().trim()))
                    })?;
                let settings = format!(
                    "SET lock_timeout = {}; SET statement_timeout = {};",
                    lock.as_millis(),
                    statement.as_millis()
                );
                inner
                    .batch_execute(&settings)
                    .map_err(|error| OpenError(format!("cannot prepare the PostgreSQL session: {error}")))?;
                Ok(Conn::Postgres(inner))
            }
        }
    }
}

/// Switches a SQLite database to write-ahead logging. SQLite answers "database is locked" at once, without its busy timeout, if another
/// process switches the same new database at this moment.
fn switch_to_wal(conn: &mut SqliteConnection) -> QueryResult<()> {
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        match conn.batch_execute("PRAGMA journal_mode = WAL;") {
            Err(diesel::result::Error::DatabaseError(_, reason))
                if reason.message() == "database is locked" && Instant::now() < until =>
            {
                std::thread::sleep(Duration::from_millis(5));
            }
            done => return done,
        }
    }
}

/// Adds time limits with which libpq notices a dead server: for connecting, and for data without acknowledgement. Parameters that
/// the URL has are not changed.
fn with_time_limits(url: &str, connect: Duration) -> String {
    let connect = connect.as_secs().to_string();
    let mut url = url.to_owned();
    for (name, value) in [
        ("connect_timeout", connect.as_str()),
        ("keepalives_idle", "10"),
        ("keepalives_interval", "5"),
        ("keepalives_count", "3"),
        ("tcp_user_timeout", "15000"),
    ] {
        let parameters = url.split_once('?').map(|(_, parameters)| parameters).unwrap_or_default();
        if parameters.split('&').any(|one| one.split('=').next() == Some(name)) {
            continue;
        }
        let separator = if url.contains('?') { '&' } else { '?' };
        url = format!("{url}{separator}{name}={value}");
    }
    url
}

#[derive(Debug)]
pub(crate) struct LogPoolErrors;

impl r2d2::HandleError<OpenError> for LogPoolErrors {
    fn handle_error(&self, error: OpenError) {
        tracing::warn!(reason = %error, "database.connection_failed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_gets_the_time_limits_it_does_not_have() {
        let limited = |url| with_time_limits(url, Duration::from_secs(5));
        let all = "connect_timeout=5&keepalives_idle=10&keepalives_interval=5&keepalives_count=3&tcp_user_timeout=15000";
        assert_eq!(limited("postgres://v@db/v"), format!("postgres://v@db/v?{all}"));
        assert_eq!(
            limited("postgres://v@one,two/v?target_session_attrs=read-write"),
            format!("postgres://v@one,two/v?target_session_attrs=read-write&{all}")
        );
        let own = limited("postgres://v@db/v?tcp_user_timeout=9&connect_timeout=2");
        assert_eq!(own.matches("tcp_user_timeout").count() + own.matches("connect_timeout").count(), 2);
    }
}
