//! Reads a file that somebody else wrote: once, with a limit, and only a regular file, so that what is checked is what is written.

use std::{
    fs::File,
    io::{ErrorKind, Read},
    path::Path,
};

use anyhow::{Context, bail};

/// The bytes of a file of at most `most` bytes.
pub(crate) fn read(path: &Path, most: usize) -> anyhow::Result<Vec<u8>> {
    let shown = path.display();
    let metadata = match std::fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => bail!("there is no file {shown}"),
        other => other.with_context(|| format!("cannot read {shown}"))?,
    };
    if !metadata.is_file() {
        bail!("{shown} is no regular file");
    }
    let file = File::open(path).with_context(|| format!("cannot read {shown}"))?;
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    file.take(limit).read_to_end(&mut bytes).with_context(|| format!("cannot read {shown}"))?;
    if bytes.len() > most {
        bail!("{shown} has more than {most} bytes; split it");
    }
    Ok(bytes)
}
