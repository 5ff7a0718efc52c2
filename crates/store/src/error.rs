//! How a store function fails: as few ways as callers act differently on.

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use vestibule_core::sets::Unknown;

use crate::db::deadline;

/// The store's answer.
pub type Result<T> = std::result::Result<T, Error>;

/// The cause of an error.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why a store function did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such row in this workspace.
    #[error("not found")]
    NotFound,
    /// A unique rule refused the write; the name says which: `users_user_name`, `groups_display_name`, …
    #[error("conflict on {0}")]
    Conflict(String),
    /// The database failed: connection lost, disk full, no answer in time. When the failure came before the commit was sent,
    /// nothing of the transaction remains; when it came after, whether the transaction is committed is not known.
    #[error("database: {0}")]
    Database(#[source] BoxError),
    /// A row holds what the program never writes. Nothing reads such a row as something else, and nothing overwrites it.
    #[error(transparent)]
    Corrupt(BoxError),
    /// The operating system gives no random bytes: no secret can be made.
    #[error("the operating system gives no randomness: {0}")]
    Randomness(#[source] getrandom::Error),
    /// A secret was to be made for something that is no UUID.
    #[error("no UUID: {0}")]
    WorkspaceId(#[source] uuid::Error),
    /// Too much is under way already. Nothing was begun.
    #[error("busy: {0}")]
    Busy(&'static str),
    /// A read took longer than its caller may make it take ([`crate::within`]), and was stopped.
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
            // What a row pointed at has gone in the meantime (a user deleted while a member was added).
            DieselError::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _) => Error::NotFound,
            // Neither database says by a code of its own that a time limit stopped the statement.
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

/// One name for a unique rule on both databases. PostgreSQL gives the index's name; SQLite only says
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
