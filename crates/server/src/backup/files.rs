//! Temporary files beside the one that is being made: mode 0600, locked against a second process, and removed at the end. A killed
//! process leaves them behind; the next one uses them again.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::ErrorKind,
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};

/// Attempts to open a temporary file that other processes use, too.
const TRIES: usize = 10;

/// A temporary file, removed when it is dropped.
pub(crate) struct Temporary {
    pub(crate) path: PathBuf,
    pub(crate) file: File,
    placed: bool,
}

impl Temporary {
    /// Opens the temporary file of `path` with this ending, empty. Fails while another process has it.
    pub(crate) fn beside(path: &Path, ending: &str) -> anyhow::Result<Self> {
        let name = path.file_name().context("the path must name a file")?.to_string_lossy();
        let temporary = directory(path).join(format!(".{name}.{ending}"));
        let place = temporary.display();
        for _ in 0..TRIES {
            let file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o600)
                .open(&temporary)
                .with_context(|| format!("cannot create {place}"))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => bail!("another process is writing {place}"),
                Err(TryLockError::Error(error)) => {
                    return Err(error).with_context(|| format!("cannot lock {place}"));
                }
            }
            // Another process may have given the file its name, or removed it, between the opening and the lock.
            if std::fs::metadata(&temporary).is_ok_and(|there| {
                file.metadata().is_ok_and(|opened| (there.dev(), there.ino()) == (opened.dev(), opened.ino()))
            }) {
                file.set_len(0).with_context(|| format!("cannot empty {place}"))?;
                remove_log(&temporary);
                return Ok(Self { path: temporary, file, placed: false });
            }
        }
        bail!("another process is writing {place}")
    }

    /// Gives the file its name.
    pub(crate) fn place(mut self, to: &Path) -> std::io::Result<()> {
        std::fs::rename(&self.path, to)?;
        self.placed = true;
        sync_directory(to)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if self.placed {
            return;
        }
        remove_log(&self.path);
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                tracing::warn!(path = %self.path.display(), %error, "backup.temporary_file_left");
            }
            _ => {}
        }
    }
}

/// Removes the write-ahead log of a temporary SQLite file.
fn remove_log(path: &Path) {
    for ending in ["-wal", "-shm", "-journal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        let _ = std::fs::remove_file(name);
    }
}

/// The folder of a file.
pub(crate) fn directory(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Waits until the names in the folder of a file are on the disk.
pub(crate) fn sync_directory(path: &Path) -> std::io::Result<()> {
    File::open(directory(path))?.sync_all()
}
