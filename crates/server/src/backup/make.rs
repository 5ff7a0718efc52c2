//! Makes a backup: copy or dump, encrypted into a temporary file, which is read back and verified before it gets its name.

use std::{
    fs::File,
    io::{BufReader, BufWriter, Seek, SeekFrom, Write},
    path::Path,
};

use anyhow::{Context, bail};
use secrecy::ExposeSecret;
use vestibule_core::time::Micros;
use vestibule_store::{Database, Limits, db::snapshot};
use vestibule_web::{
    config::Config,
    crypto::{
        seal::Sealer,
        stream::{Decrypted, Encrypted},
    },
};

use super::{
    files::Temporary,
    header::{self, Header},
    postgres, verify,
};

/// A finished backup.
#[derive(Debug)]
pub(crate) struct Made {
    /// Its head.
    pub header: Header,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// Number of events whose chain was verified.
    pub events: i64,
}

/// Makes a backup of the database in `to`. An older file of this name is replaced when the new one is complete.
pub(crate) fn make(
    config: &Config,
    sealer: &Sealer,
    database: &Database,
    to: &Path,
    now: Micros,
) -> anyhow::Result<Made> {
    if to.is_dir() {
        bail!("{} is a folder; --to must name a file", to.display());
    }
    let mut part = Temporary::beside(to, "part")?;
    let (schema, server) = database.read(|conn| {
        Ok::<_, vestibule_store::Error>((snapshot::version(conn)?, snapshot::server_version(conn)?))
    })?;
    let salt = header::salt()?;
    let with_passphrase = !config.backup.passphrase.expose_secret().is_empty();
    let sealing_key = match with_passphrase {
        true => None,
        false => Some(sealer.derive(None, b"", b"")?.0),
    };
    let header = Header {
        database: database.backend().to_owned(),
        schema,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        region: config.region.name.clone(),
        made_at: now,
        sealing_key,
        salt,
    };
    let key = header::key(&header, sealer, &config.backup.passphrase)?;
    write(config, database, &mut part.file, (&header, &key), (to, server))
        .with_context(|| format!("no backup was made in {}", to.display()))?;
    part.file.sync_all().context("no backup was made: it is not on the disk")?;
    let bytes = part.file.metadata()?.len();
    let events = read_back(config, sealer, database, (&part.file, &header), (to, server))
        .with_context(|| format!("no backup was made in {}: it could not be read back", to.display()))?;
    part.place(to).with_context(|| format!("cannot rename the backup to {}", to.display()))?;
    Ok(Made { header, bytes, events })
}

fn write(
    config: &Config,
    database: &Database,
    file: &mut File,
    (header, key): (&Header, &[u8; 32]),
    (to, server): (&Path, Option<i64>),
) -> anyhow::Result<()> {
    let mut out = BufWriter::new(file);
    let head = header::write(&mut out, header)?;
    let mut out = Encrypted::new(out, key, &head);
    match server {
        Some(server) => postgres::dump(config, server, &mut out)?,
        None => {
            let copy = Temporary::beside(to, "copy")?;
            database.copy_into(&copy.path)?;
            std::io::copy(&mut File::open(&copy.path)?, &mut out)?;
        }
    }
    out.finish()?.flush()?;
    Ok(())
}

/// Decrypts the file again and verifies what it contains. The trails of PostgreSQL are verified in the database itself, because a dump
/// can be read, but not asked.
fn read_back(
    config: &Config,
    sealer: &Sealer,
    database: &Database,
    (file, made): (&File, &Header),
    (to, server): (&Path, Option<i64>),
) -> anyhow::Result<i64> {
    let mut file = file;
    file.seek(SeekFrom::Start(0))?;
    let mut input = BufReader::new(file);
    let (header, head) = header::read(&mut input)?;
    if header != *made {
        bail!("its head is another one");
    }
    let mut plain = Decrypted::new(input, &header::key(&header, sealer, &config.backup.passphrase)?, &head);
    match server {
        Some(server) => {
            postgres::read_back(config, server, &mut plain)?;
            verify::database(database)
        }
        None => {
            let mut copy = Temporary::beside(to, "copy")?;
            std::io::copy(&mut plain, &mut copy.file)?;
            let url = format!("sqlite://{}", copy.path.display());
            verify::database(&Database::open(&url, Limits::from(1))?)
        }
    }
}
