//! Restores a backup into an empty database, and in one step ends everything that was issued before. SQLite: the file is prepared beside
//! its place and then linked into it. PostgreSQL: a mark keeps every process from serving the database before the last step.

use std::{
    fs::File,
    io::{BufReader, ErrorKind},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use vestibule_core::time::{Micros, rfc3339};
use vestibule_store::{
    Database, DatabaseUrl, Limits,
    db::snapshot,
    restored::{self, Ended},
    trail::events::Cause,
};
use vestibule_web::{
    config::Config,
    crypto::{seal::Sealer, stream::Decrypted},
};

use super::{
    files::{Temporary, sync_directory},
    header::{self, Header},
    postgres, verify,
};

/// A backup file whose head was read and whose key is there.
struct Backup<'a> {
    config: &'a Config,
    from: &'a Path,
    header: Header,
    key: [u8; 32],
}

impl<'a> Backup<'a> {
    fn open(config: &'a Config, sealer: &Sealer, from: &'a Path) -> anyhow::Result<Self> {
        let place = from.display();
        let mut file = File::open(from).with_context(|| format!("cannot read {place}"))?;
        let (header, _) = header::read(&mut file).with_context(|| format!("cannot restore {place}"))?;
        let key = header::key(&header, sealer, &config.backup.passphrase)?;
        Ok(Self { config, from, header, key })
    }

    /// The plain content, from its beginning.
    fn plain(&self) -> anyhow::Result<Decrypted<BufReader<File>>> {
        let mut input = BufReader::new(File::open(self.from)?);
        let (_, head) = header::read(&mut input)?;
        Ok(Decrypted::new(input, &self.key, &head))
    }

    fn wrong(&self) -> String {
        format!("nothing was restored from {}", self.from.display())
    }

    /// Refuses what this program cannot restore into this database.
    fn check(&self, kind: &str) -> anyhow::Result<()> {
        let header = &self.header;
        if header.database != kind {
            bail!(
                "the backup is of {} and the database is {kind}: a backup is restored into a database of the same kind",
                header.database
            );
        }
        if !snapshot::has_version(&header.schema) {
            bail!(
                "the backup was made by Vestibule {} with the schema {}, which this version does not know: restore it with that version",
                header.version,
                header.schema
            );
        }
        if header.region != self.config.region.name {
            bail!(
                "the backup is of the region {}, and region.name is {}",
                header.region,
                self.config.region.name
            );
        }
        Ok(())
    }
}

/// Restores the backup into the configured database.
pub(crate) fn restore(config: &Config, sealer: &Sealer, from: &Path, now: Micros) -> anyhow::Result<Value> {
    crate::serve::app::init_openssl();
    let backup = Backup::open(config, sealer, from)?;
    let (ended, events) = match config.database.url.expose_secret().parse()? {
        DatabaseUrl::Sqlite(path) => {
            backup.check("sqlite")?;
            sqlite(&backup, &PathBuf::from(path), now)?
        }
        DatabaseUrl::Postgres(_) => {
            backup.check("postgres")?;
            postgres(&backup, now)?
        }
    };
    Ok(report(&backup.header, ended, events))
}

fn report(header: &Header, ended: Ended, events: i64) -> Value {
    json!({
        "restored": true,
        "database": header.database,
        "backup_at": rfc3339(header.made_at),
        "schema": header.schema,
        "workspaces": ended.workspaces,
        "users": ended.users,
        "events": events,
        "ended": {
            "sessions": ended.sessions,
            "tokens": ended.tokens,
            "grants": ended.grants,
            "operator_keys": ended.operator_keys,
            "setup_links": ended.setup_links,
        },
        "to_do": [
            "everybody signs in again, with a new authentication at the provider",
            "give each workspace a new provisioning token, or let an administrator approve Okta's SCIM client again",
            "then have Okta push everything again, so that people who were deactivated after the backup are deactivated here, too",
            "make new operator keys and API tokens",
            "replace again what leaked and was replaced after the backup: client secrets, webhook secrets, signing keys (vestibule key rotate --signing --now)",
        ],
    })
}

/// Migrates, verifies, and ends everything, in the last step in one transaction.
fn finish(backup: &Backup<'_>, database: &Database, now: Micros) -> anyhow::Result<(Ended, i64)> {
    database.migrate()?;
    vestibule_scim::upgrade::run(database).context("cannot upgrade the users")?;
    let events = verify::database(database)?;
    let ended = database.write(|conn| {
        let ended = restored::end_everything(conn, backup.header.made_at, &Cause::cli(), now)?;
        snapshot::finish(conn)?;
        Ok::<_, vestibule_store::Error>(ended)
    })?;
    Ok((ended, events))
}

fn sqlite(backup: &Backup<'_>, path: &Path, now: Micros) -> anyhow::Result<(Ended, i64)> {
    let place = path.display();
    refuse_used(path)?;
    let mut part = Temporary::beside(path, "restore")?;
    std::io::copy(&mut backup.plain()?, &mut part.file).with_context(|| backup.wrong())?;
    let database = Database::open(&format!("sqlite://{}", part.path.display()), Limits::from(1))?;
    let done = finish(backup, &database, now).with_context(|| backup.wrong())?;
    database.into_single_file()?;
    part.file.sync_all()?;
    refuse_used(path)?;
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("cannot replace {place}"));
        }
        _ => {}
    }
    // A link, and no renaming: it fails if another process has created the database meanwhile.
    std::fs::hard_link(&part.path, path).with_context(|| format!("cannot create {place}"))?;
    sync_directory(path)?;
    Ok(done)
}

/// Refuses a SQLite database that has tables, or a write-ahead log that SQLite would apply to the restored file.
fn refuse_used(path: &Path) -> anyhow::Result<()> {
    let place = path.display();
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |data| data.len());
    if size(Path::new(&log)) > 0 {
        bail!("{place}-wal belongs to another database: stop the service and move it away first");
    }
    if size(path) == 0 {
        return Ok(());
    }
    let database = Database::open(&format!("sqlite://{place}"), Limits::from(1))?;
    if database.read(snapshot::tables)? > 0 {
        bail!(
            "{place} has tables: a backup is restored into a new database; stop the service and move it away first"
        );
    }
    database.into_single_file()?;
    Ok(())
}

fn postgres(backup: &Backup<'_>, now: Micros) -> anyhow::Result<(Ended, i64)> {
    let config = backup.config;
    let database = Database::open(config.database.url.expose_secret(), config.database.limits())?;
    let Some(mut restoring) = database.begin_restore()? else {
        bail!("another restore into this database is running");
    };
    if snapshot::tables(restoring.conn())? > 0 {
        bail!(
            "the database has tables: a backup is restored into a new database; create one, or drop and create this one, then try again"
        );
    }
    let server = snapshot::server_version(restoring.conn())?.unwrap_or_default();
    // Before anything is written: the whole file is there and unchanged.
    std::io::copy(&mut backup.plain()?, &mut std::io::sink()).with_context(|| backup.wrong())?;
    restoring.mark()?;
    postgres::restore(config, server, &mut backup.plain()?).with_context(|| backup.wrong())?;
    finish(backup, &database, now).with_context(|| {
        format!(
            "the restore of {} is not finished: drop and create the database, then try again",
            backup.from.display()
        )
    })
}
