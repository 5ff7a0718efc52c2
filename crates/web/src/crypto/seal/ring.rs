//! The key ring file (`security.sealing_keys_file`): read again when it has changed, and written atomically by `vestibule key rotate`.

use std::{
    fs::{File, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use super::keys::{self, Key, Standing, generate_key};

/// Its configuration key, for errors.
pub(super) const NAME: &str = "security.sealing_keys_file";
/// Largest size that is read.
const MOST: u64 = 65_536;

/// What is compared to find a changed file: inode, length and time of modification in nanoseconds.
pub(super) type Stamp = (u64, u64, i64, i64);

/// The stamp of the file; `None` if it does not exist or cannot be read.
pub(super) fn stamp(path: &Path) -> Option<Stamp> {
    let data = std::fs::metadata(path).ok()?;
    Some((data.ino(), data.len(), data.mtime(), data.mtime_nsec()))
}

/// Reads the file. One that does not exist yet has no keys.
pub(super) fn read(path: &Path) -> Result<Vec<Key>, String> {
    let place = path.display();
    match std::fs::metadata(path) {
        Ok(data) if data.len() > MOST => return Err(format!("{NAME}: {place} is larger than 64 KiB")),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        _ => {}
    }
    let text =
        std::fs::read_to_string(path).map_err(|error| format!("{NAME}: cannot read {place}: {error}"))?;
    keys::parse(&text, NAME)
}

/// What a rotation did.
#[derive(Debug)]
pub struct Rotated {
    /// Id of the new or promoted key.
    pub key_id: String,
    /// Whether it seals now, or waits for the next rotation.
    pub standing: Standing,
    /// Ids of the keys that only open.
    pub former: Vec<String>,
}

/// Rotates the key ring: the next key, or a new one if there is none, becomes the current one, and the current one a former one. With
/// `only_next`, it adds the next key, which only opens until then. `configured` are keys of the configuration; the file gets them as
/// former keys, so that it alone opens everything.
///
/// # Errors
/// A sentence for the operator.
pub fn rotate(path: &Path, configured: &[Key], only_next: bool) -> Result<Rotated, String> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    let wrong = |error: std::io::Error| format!("{NAME}: cannot write {}: {error}", path.display());
    // Two commands at once: the second waits here, and then reads what the first wrote.
    let lock = File::open(&directory).map_err(wrong)?;
    lock.lock().map_err(wrong)?;
    let mut ring = read(path)?;
    let had_current = ring.iter().any(|key| key.standing == Standing::Current);
    for key in configured {
        if !ring.iter().any(|known| known.is(key)) {
            let standing = match key.standing {
                Standing::Current if !had_current => Standing::Current,
                _ => Standing::Former,
            };
            ring.push(key.used_as(standing));
        }
    }
    let new = |standing| Key::read(&generate_key().map_err(|error| error.to_string())?, standing, NAME);
    let next = ring.iter().position(|key| key.standing == Standing::Next);
    let key_id = match (next, only_next) {
        (Some(_), true) => {
            return Err(
                "the key ring has a next key already; `vestibule key rotate` makes it the current one"
                    .to_owned(),
            );
        }
        (None, true) => {
            let key = new(Standing::Next)?;
            let key_id = key.id.clone();
            ring.push(key);
            key_id
        }
        (found, false) => {
            let key = match found {
                Some(place) => ring.remove(place).used_as(Standing::Current),
                None => new(Standing::Current)?,
            };
            for former in &mut ring {
                former.standing = Standing::Former;
            }
            let key_id = key.id.clone();
            ring.insert(0, key);
            key_id
        }
    };
    write(path, &directory, &keys::render(&ring)).map_err(wrong)?;
    let former =
        ring.iter().filter(|key| key.standing == Standing::Former).map(|key| key.id.clone()).collect();
    let standing = if only_next { Standing::Next } else { Standing::Current };
    Ok(Rotated { key_id, standing, former })
}

/// Replaces the file by a new one of mode 0600, so that a reader or a crash sees the old or the new one.
fn write(path: &Path, directory: &Path, text: &str) -> std::io::Result<()> {
    let name = path.file_name().ok_or(ErrorKind::InvalidInput)?;
    let part = directory.join(format!(".{}.new", name.to_string_lossy()));
    match std::fs::remove_file(&part) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&part, path)?;
    File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rotation_keeps_every_key_and_the_mode() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let old = Key::read(&generate_key().unwrap(), Standing::Current, "security.sealing_key").unwrap();
        let configured = [old.clone()];
        let next = rotate(&path, &configured, true).unwrap();
        assert_eq!(next.standing, Standing::Next);
        let ring = read(&path).unwrap();
        assert_eq!(ring.iter().find(|key| key.standing == Standing::Current).unwrap().id, old.id);
        assert!(rotate(&path, &configured, true).unwrap_err().contains("next key already"));
        let promoted = rotate(&path, &configured, false).unwrap();
        assert_eq!(promoted.key_id, next.key_id);
        let third = rotate(&path, &configured, false).unwrap();
        assert_eq!(third.former, [next.key_id, old.id]);
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn two_rotations_at_once_lose_no_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let path = path.clone();
                std::thread::spawn(move || rotate(&path, &[], false).unwrap().key_id)
            })
            .collect();
        let mut made: Vec<String> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        let mut listed: Vec<String> = read(&path).unwrap().into_iter().map(|key| key.id).collect();
        made.sort();
        listed.sort();
        assert_eq!(made, listed);
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_refused_by_name() {
        let refusal = rotate(Path::new("/nowhere/keys"), &[], false).unwrap_err();
        assert!(refusal.contains("security.sealing_keys_file: cannot write /nowhere/keys"), "{refusal}");
    }
}
