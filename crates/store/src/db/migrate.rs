//! Migrations of both databases. Several processes may run them at the same time.

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{conn::Conn, pool::OpenError};

pub(crate) const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
pub(crate) const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

type Opened<T> = Result<T, OpenError>;

/// Runs pending migrations and returns their versions.
pub(crate) fn run(conn: &mut Conn) -> Opened<Vec<String>> {
    let explain =
        |error: Box<dyn std::error::Error + Send + Sync>| OpenError(format!("cannot migrate: {error}"));
    match conn {
        Conn::Sqlite(inner) => {
            // If two processes start together, the second waits for this transaction and then finds nothing pending.
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
            // If two nodes start together, the second waits for this lock.
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

/// Whether a migration is pending.
pub(crate) fn is_needed(conn: &mut Conn) -> Opened<bool> {
    match conn {
        Conn::Sqlite(inner) => inner.has_pending_migration(SQLITE),
        Conn::Postgres(inner) => inner.has_pending_migration(POSTGRES),
    }
    .map_err(|error| OpenError(error.to_string()))
}

fn names<V: std::fmt::Display>(versions: Vec<V>) -> Vec<String> {
    versions.iter().map(ToString::to_string).collect()
}
