//! The errors of the store: one variant for each case that callers handle differently.

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use vestibule_core::sets::Unknown;

use crate::db::deadline;

/// The result of a store function.
pub type Result<T> = std::result::Result<T, Error>;

/// The cause of an error.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// An error of a store function.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such row in this workspace.
    #[error("not found")]
    NotFound,
    /// A unique index refused the write. The name of the index: `users_user_name`, `groups_display_name`, …
    #[error("conflict on {0}")]
    Conflict(String),
    /// The database failed: connection lost, disk full, no answer in time. If it failed before the commit was sent, the transaction
    /// is rolled back. If it failed after, it is unknown whether the transaction is committed.
    #[error("database: {0}")]
    Database(#[source] BoxError),
    /// A row has a value that the program never writes. Such a row is never read as an empty value, and never overwritten.
    #[error(transparent)]
    Corrupt(BoxError),
    /// The operating system provides no random bytes: no secret can be made.
    #[error("the operating system provides no random bytes: {0}")]
    Randomness(#[source] getrandom::Error),
    /// The workspace of a new secret is no UUID.
    #[error("no UUID: {0}")]
    WorkspaceId(#[source] uuid::Error),
    /// Too many jobs are running. This one was not started.
    #[error("busy: {0}")]
    Busy(&'static str),
    /// A read reached its time limit ([`crate::within`]) and was stopped.
    #[error("the read took longer than database.scan_milliseconds and was stopped")]
    TooLong,
}

/// A value in a row that the program can't read.
#[derive(Debug, thiserror::Error)]
#[error("{column} of row {row} is corrupt: {source}")]
struct CorruptValue {
    column: &'static str,
    row: String,
    source: BoxError,
}

impl Error {
    /// An error about a value that can't be read. `column` is `table.column`, `row` the key of the row.
    pub fn corrupt(column: &'static str, row: &[&str], source: impl Into<BoxError>) -> Self {
        Error::Corrupt(Box::new(CorruptValue { column, row: row.join("/"), source: source.into() }))
    }
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::NotFound => Error::NotFound,
            DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, info) => {
                Error::Conflict(unique_rule(info.constraint_name(), info.message()))
            }
            // The referenced row was deleted in the meantime, such as a user while a member was added.
            DieselError::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _) => Error::NotFound,
            // Neither database has an error code of its own for a statement stopped by a time limit.
            DieselError::DatabaseError(..) if deadline::is_reached() => Error::TooLong,
            DieselError::DeserializationError(error) => Error::Corrupt(error),
            other => Error::Database(Box::new(other)),
        }
    }
}

impl From<Unknown> for Error {
    fn from(unknown: Unknown) -> Self {
        Error::Corrupt(Box::new(unknown))
    }
}

/// The name of a unique index, the same on both databases. PostgreSQL returns the name; SQLite only returns
/// `UNIQUE constraint failed: users.workspace_id, users.user_name_key`, of which the last column names the rule.
fn unique_rule(constraint: Option<&str>, message: &str) -> String {
    if let Some(name) = constraint {
        return name.to_owned();
    }
    let last = message.rsplit([',', ' ']).next().unwrap_or_default();
    match last.split_once('.') {
        Some((table, column)) => format!("{table}_{}", column.trim_end_matches("_key")),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::unique_rule;

    #[test]
    fn both_databases_name_a_rule_alike() {
        assert_eq!(unique_rule(Some("users_user_name"), "duplicate key value"), "users_user_name");
        let sqlite = "UNIQUE constraint failed: users.workspace_id, users.user_name_key";
        assert_eq!(unique_rule(None, sqlite), "users_user_name");
    }
}
