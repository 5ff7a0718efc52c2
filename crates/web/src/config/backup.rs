//! The section `[backup]`.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{ConfigError, need};

/// `[backup]`
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml describes every key")]
pub struct Backup {
    pub directory: String,
    pub every_hours: i64,
    pub keep: usize,
    pub passphrase: SecretString,
    pub postgres_programs: String,
}

impl Backup {
    /// Checks the values. Scheduled backups are for SQLite.
    pub(super) fn check(&self, database_url: &str) -> Result<(), ConfigError> {
        need("backup.every_hours", (1..=720).contains(&self.every_hours), "must be 1 to 720")?;
        need("backup.keep", (1..=1000).contains(&self.keep), "must be 1 to 1000")?;
        let length = self.passphrase.expose_secret().len();
        need("backup.passphrase", length == 0 || length >= 16, "must have at least 16 characters")?;
        let scheduled = self.directory.is_empty() || database_url.starts_with("sqlite:");
        need(
            "backup.directory",
            scheduled,
            "is for SQLite; on PostgreSQL run `vestibule backup` by a timer of one machine",
        )
    }
}
