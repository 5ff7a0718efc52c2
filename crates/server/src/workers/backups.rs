//! Makes scheduled backups of a SQLite database (`[backup]`). The newest file in the folder tells when the next one is due, so a restart
//! neither skips nor repeats one. A failure is logged and counted, and tried again after ten minutes.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context;
use vestibule_core::time::{Micros, SECOND, rfc3339};
use vestibule_web::State;

use crate::backup;

/// Begin and end of the names of scheduled backups; other files in the folder are left alone.
const BEGIN: &str = "vestibule-";
const END: &str = ".backup";
/// Time between a failure and the next attempt.
const AGAIN: Micros = 600 * SECOND;

/// Makes backups when they are due. Never returns, unless none are configured.
pub(crate) async fn run(state: State) {
    if state.config().backup.directory.is_empty() {
        return std::future::pending().await;
    }
    let mut minutes = actix_web::rt::time::interval(Duration::from_secs(60));
    let mut not_before = 0;
    loop {
        minutes.tick().await;
        let now = state.now();
        if now < not_before {
            continue;
        }
        let of_job = state.clone();
        let done = actix_web::web::block(move || due(&of_job, now)).await;
        let done = done.map_err(anyhow::Error::from).and_then(|done| done);
        match done {
            Ok(None) => {}
            Ok(Some(path)) => {
                state.metrics().backup_made(now / SECOND);
                tracing::info!(path = %path.display(), "backup.made");
            }
            Err(error) => {
                not_before = now + AGAIN;
                state.metrics().backup_failed();
                tracing::error!(error = format!("{error:#}"), "backup.failed");
            }
        }
    }
}

/// Makes a backup if one is due, and removes the oldest ones.
fn due(state: &State, now: Micros) -> anyhow::Result<Option<PathBuf>> {
    let config = &state.config().backup;
    let folder = Path::new(&config.directory);
    let name = file_name(now);
    let earlier = list(folder)?;
    let every = config.every_hours * 3600 * SECOND;
    // Names are times, in order. A time in the future, from a wrong clock, must not stop all backups.
    let before = file_name(now - every);
    if earlier.iter().any(|known| *known > before && *known <= name) {
        return Ok(None);
    }
    let path = folder.join(&name);
    backup::make(state.config(), state.sealer(), state.database(), &path, now)?;
    let mut all = list(folder)?;
    all.sort_unstable_by(|one, other| other.cmp(one));
    for old in all.into_iter().skip(config.keep) {
        let old = folder.join(old);
        std::fs::remove_file(&old).with_context(|| format!("cannot remove {}", old.display()))?;
    }
    Ok(Some(path))
}

/// `vestibule-20261130T020000Z.backup`.
fn file_name(at: Micros) -> String {
    let time = rfc3339(at - at.rem_euclid(SECOND));
    let compact: String = time.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    format!("{BEGIN}{compact}{END}")
}

/// Names of the scheduled backups in the folder.
fn list(folder: &Path) -> anyhow::Result<Vec<String>> {
    let wrong = || format!("backup.directory: cannot read {}", folder.display());
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(wrong)? {
        let name = entry.with_context(wrong)?.file_name().to_string_lossy().into_owned();
        let time = name.strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(END));
        if time.is_some_and(|time| time.len() == 16 && time.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        {
            names.push(name);
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_times_in_order() {
        assert_eq!(file_name(1_796_000_000_123_456), "vestibule-20261130T005320Z.backup");
        assert!(file_name(0) < file_name(1_796_000_000_000_000));
    }
}
