//! Reads a folder: `deployment.toml` and `workspaces/*.toml`.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use vestibule_transfer::configuration::{self, Area, Document, Fault, MOST_FILE_BYTES};

use crate::cli::commands::moving::file;

/// The file of the deployment.
pub(super) const DEPLOYMENT: &str = "deployment.toml";
/// The folder of the workspaces' files.
pub(super) const WORKSPACES: &str = "workspaces";
/// The most files of a folder.
const MOST_FILES: usize = 10_000;

/// The documents of a folder, by the names of their files, the deployment first; and what is wrong in them.
pub(super) fn read(folder: &Path) -> anyhow::Result<(Vec<Document>, Vec<Fault>)> {
    let shown = folder.display();
    if !folder.is_dir() {
        bail!("{shown} is no folder");
    }
    let mut faults = Vec::new();
    for other in toml_files(folder)?.into_iter().filter(|name| name != DEPLOYMENT) {
        let sentence = format!("is neither {DEPLOYMENT} nor in the folder {WORKSPACES}");
        faults.push(Fault { file: other, line: 0, path: String::new(), sentence });
    }
    let mut files = Vec::new();
    if folder.join(DEPLOYMENT).try_exists()? {
        files.push((DEPLOYMENT.to_owned(), Area::Deployment));
    }
    let within = folder.join(WORKSPACES);
    if within.try_exists()? {
        let names = toml_files(&within)?;
        files.extend(names.into_iter().map(|name| (format!("{WORKSPACES}/{name}"), Area::Workspace)));
    }
    if files.is_empty() {
        bail!("{shown} has neither {DEPLOYMENT} nor a file {WORKSPACES}/*.toml");
    }
    if files.len() > MOST_FILES {
        bail!("{shown} has more than {MOST_FILES} files");
    }
    let mut documents = Vec::new();
    for (name, area) in files {
        let bytes = file::read(&folder.join(&name), MOST_FILE_BYTES)?;
        let text = String::from_utf8(bytes).map_err(|_| anyhow!("{name} is no UTF-8 text"))?;
        let (document, wrong) = configuration::read(&name, &text, area);
        documents.push(document);
        faults.extend(wrong);
    }
    Ok((documents, faults))
}

/// The names of the TOML files in a folder, in order.
fn toml_files(folder: &Path) -> anyhow::Result<Vec<String>> {
    let cannot_read = || format!("cannot read {}", folder.display());
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(cannot_read)? {
        let path: PathBuf = entry.with_context(cannot_read)?.path();
        let is_hidden = |name: &str| name.starts_with('.');
        let name = path.file_name().and_then(|name| name.to_str());
        let is_toml = path.extension().is_some_and(|extension| extension == "toml");
        if let Some(name) = name.filter(|name| is_toml && !is_hidden(name)) {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}
