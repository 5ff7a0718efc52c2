//! What a backup and a restore need of a database: a consistent copy of SQLite, the version of the schema, whether there are tables, and
//! the mark of a restore that has not finished.

use std::path::Path;

use diesel::{
    connection::SimpleConnection,
    migration::MigrationSource,
    pg::Pg,
    prelude::*,
    sql_types::{BigInt, Text},
    sqlite::Sqlite,
};

use super::{
    conn::Conn,
    migrate,
    pool::{DatabaseUrl, OpenError},
    statement::Statement,
};
use crate::{Database, Result};

/// Table that a restore into PostgreSQL creates first and drops last.
const UNFINISHED: &str = "vestibule_restore_unfinished";

/// The latest migration of this program.
pub fn newest_version() -> std::result::Result<String, OpenError> {
    let found = MigrationSource::<Sqlite>::migrations(&migrate::SQLITE);
    let migrations = found.map_err(|error| OpenError(error.to_string()))?;
    let versions = migrations.iter().map(|migration| migration.name().version().to_string());
    versions.max().ok_or_else(|| OpenError("there are no migrations".to_owned()))
}

/// Whether this program has the migration of this version, on both databases.
pub fn has_version(version: &str) -> bool {
    let sqlite = MigrationSource::<Sqlite>::migrations(&migrate::SQLITE)
        .is_ok_and(|all| all.iter().any(|one| one.name().version().to_string() == version));
    let postgres = MigrationSource::<Pg>::migrations(&migrate::POSTGRES)
        .is_ok_and(|all| all.iter().any(|one| one.name().version().to_string() == version));
    sqlite && postgres
}

/// The latest migration that has run on this database.
pub fn version(conn: &mut Conn) -> Result<String> {
    Ok(Statement::<Text>::new("SELECT max(version) FROM __diesel_schema_migrations").get_result(conn)?)
}

/// Number of tables, except the mark of an unfinished restore.
pub fn tables(conn: &mut Conn) -> Result<i64> {
    let sql = match conn {
        Conn::Sqlite(_) => {
            "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        }
        Conn::Postgres(_) => {
            "SELECT count(*) FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema') \
             AND table_name <> 'vestibule_restore_unfinished'"
        }
    };
    Ok(Statement::<BigInt>::new(sql).get_result(conn)?)
}

/// Whether a restore into this database has not finished. Only PostgreSQL has such a state: a SQLite file is restored beside its place.
pub fn is_unfinished(conn: &mut Conn) -> Result<bool> {
    if matches!(conn, Conn::Sqlite(_)) {
        return Ok(false);
    }
    let sql =
        "SELECT count(*) FROM information_schema.tables WHERE table_name = 'vestibule_restore_unfinished'";
    let count: i64 = Statement::<BigInt>::new(sql).get_result(conn)?;
    Ok(count > 0)
}

/// Checks the structure of a SQLite database. Returns what is wrong.
pub fn integrity(conn: &mut Conn) -> Result<Option<String>> {
    if matches!(conn, Conn::Postgres(_)) {
        return Ok(None);
    }
    let found: Vec<String> = Statement::<Text>::new("PRAGMA integrity_check(1)").load(conn)?;
    Ok(found.into_iter().find(|line| line != "ok"))
}

/// Version of the PostgreSQL server, such as 15; `None` on SQLite.
pub fn server_version(conn: &mut Conn) -> Result<Option<i64>> {
    if matches!(conn, Conn::Sqlite(_)) {
        return Ok(None);
    }
    let sql = "SELECT current_setting('server_version_num')::bigint / 10000";
    Ok(Some(Statement::<BigInt>::new(sql).get_result(conn)?))
}

/// The sole right to restore into a PostgreSQL database, until it is dropped.
pub struct Restoring {
    conn: Conn,
}

impl Database {
    /// Writes a consistent copy of a SQLite database to a file, which must be absent or empty. The service may write at the same time.
    ///
    /// # Errors
    /// One sentence for the operator.
    pub fn copy_into(&self, path: &Path) -> std::result::Result<(), OpenError> {
        let failed = |error: diesel::result::Error| {
            OpenError(format!("cannot copy the database into {}: {error}", path.display()))
        };
        match &mut self.fresh()? {
            Conn::Sqlite(inner) => {
                let text = path.to_str().ok_or_else(|| OpenError("the path must be UTF-8".to_owned()))?;
                diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(text).execute(inner).map_err(failed)?;
                Ok(())
            }
            Conn::Postgres(_) => Err(OpenError("only a SQLite database is copied into a file".to_owned())),
        }
    }

    /// Ends the write-ahead log of a SQLite database, so that its one file is complete. No other connection may be open.
    ///
    /// # Errors
    /// One sentence for the operator.
    pub fn into_single_file(self) -> std::result::Result<(), OpenError> {
        let mut conn = self.fresh()?;
        drop(self);
        let failed =
            |error: diesel::result::Error| OpenError(format!("cannot end the write-ahead log: {error}"));
        if let Conn::Sqlite(inner) = &mut conn {
            inner
                .batch_execute("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE;")
                .map_err(failed)?;
        }
        Ok(())
    }

    /// Gets the sole right to restore into this PostgreSQL database, and marks the restore as unfinished. `None`: another process has it.
    ///
    /// # Errors
    /// One sentence for the operator.
    pub fn begin_restore(&self) -> std::result::Result<Option<Restoring>, OpenError> {
        let failed = |error: crate::Error| OpenError(format!("cannot begin the restore: {error}"));
        let mut conn = self.fresh()?;
        let sql = "SELECT CASE WHEN pg_try_advisory_lock(8677211) THEN 1 ELSE 0 END::bigint";
        let got: i64 =
            Statement::<BigInt>::new(sql).get_result(&mut conn).map_err(|error| failed(error.into()))?;
        if got == 0 {
            return Ok(None);
        }
        Ok(Some(Restoring { conn }))
    }
}

impl Restoring {
    /// The connection that has the lock.
    pub fn conn(&mut self) -> &mut Conn {
        &mut self.conn
    }

    /// Marks the database, so that no process serves it before [`finish`].
    ///
    /// # Errors
    /// The database's.
    pub fn mark(&mut self) -> Result<()> {
        let sql = format!("CREATE TABLE IF NOT EXISTS {UNFINISHED} (started_at timestamptz DEFAULT now())");
        Ok(self.conn.batch_execute(&sql)?)
    }
}

/// Removes the mark, in the transaction that finishes the restore.
pub fn finish(conn: &mut Conn) -> Result<()> {
    if matches!(conn, Conn::Postgres(_)) {
        conn.batch_execute(&format!("DROP TABLE IF EXISTS {UNFINISHED}"))?;
    }
    Ok(())
}

/// The address of the database without its password, and the password, for programs of PostgreSQL, whose arguments other users can read.
pub fn without_password(url: &DatabaseUrl) -> (String, Option<String>) {
    let DatabaseUrl::Postgres(url) = url else { return (String::new(), None) };
    let Some((scheme, rest)) = url.split_once("://") else { return (url.clone(), None) };
    let authority_end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(authority_end);
    let Some((user_info, hosts)) = authority.rsplit_once('@') else { return (url.clone(), None) };
    match user_info.split_once(':') {
        Some((user, password)) => (format!("{scheme}://{user}@{hosts}{tail}"), Some(decoded(password))),
        None => (url.clone(), None),
    }
}

/// Decodes `%XX`.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match digits.and_then(|two| u8::from_str_radix(two, 16).ok()).filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_leaves_the_url() {
        for (url, rest, password) in [
            ("postgres://v:a%40b@one,two:5433/x?a=b", "postgres://v@one,two:5433/x?a=b", Some("a@b")),
            ("postgres://v@one/x", "postgres://v@one/x", None),
            ("postgres:///x?user=a@b", "postgres:///x?user=a@b", None),
            ("postgresql://v:p@[::1]/x", "postgresql://v@[::1]/x", Some("p")),
        ] {
            let (rest_of_url, found) = without_password(&url.parse().unwrap());
            assert_eq!((rest_of_url.as_str(), found.as_deref()), (rest, password), "{url}");
        }
    }

    #[test]
    fn versions_are_known() {
        let newest = newest_version().unwrap();
        assert!(has_version(&newest));
        assert!(!has_version("99999999999999"));
    }
}
