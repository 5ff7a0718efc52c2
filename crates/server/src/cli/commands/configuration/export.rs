//! `vestibule export --settings`: writes the settings as a folder that `vestibule apply` reads, with references in place of secrets.

use std::{
    collections::HashMap,
    fs::{DirBuilder, OpenOptions},
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use vestibule_store::workspaces::{self, Workspace};
use vestibule_transfer::configuration::{Document, write};
use vestibule_web::{config::Config, crypto::seal::Sealer};

use super::{
    folder::{DEPLOYMENT, WORKSPACES},
    names::{Naming, slug},
    stored,
};
use crate::cli::commands::{self, open, read};

/// Writes the folder. `workspace`: the only one that is written, without the deployment's file.
pub(crate) fn run(
    config: &Config,
    to: &Path,
    workspace: Option<&str>,
    naming: Names<'_>,
) -> anyhow::Result<Value> {
    let naming = naming.checked()?;
    let sealer = Sealer::configured(&config.security).map_err(anyhow::Error::msg)?;
    let (database, _) = open(config)?;
    let region = &config.region.name;
    let all = read(&database, |conn| Ok(workspaces::list(conn, region)?))?;
    let stems = stems(&all);
    let only = match workspace {
        Some(text) => Some(read(&database, |conn| Ok(commands::workspace(conn, config, text)?))?),
        None => None,
    };
    create_folder(to)?;
    let mut files = Vec::new();
    let mut put = |name: String, stem: &str, mut document: Document| {
        naming.name(&mut document, stem);
        write_file(&to.join(&name), &write(&document))?;
        files.push(name);
        anyhow::Ok(())
    };
    if only.is_none() {
        let document = read(&database, |conn| stored::of_deployment(conn, &sealer))?;
        put(DEPLOYMENT.to_owned(), "deployment", document)?;
    }
    for (stored, stem) in all.iter().zip(&stems) {
        if only.as_ref().is_none_or(|only| only.workspace_id == stored.workspace_id) {
            let document = read(&database, |conn| stored::of_workspace(conn, &sealer, stored))?;
            put(format!("{WORKSPACES}/{stem}.toml"), stem, document)?;
        }
    }
    Ok(json!({ "folder": to.display().to_string(), "files": files }))
}

/// How the references to secrets are named.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names<'a> {
    /// Prefix of environment variables.
    pub(crate) prefix: &'a str,
    /// Folder of files, in place of environment variables.
    pub(crate) folder: Option<&'a Path>,
}

impl Names<'_> {
    fn checked(self) -> anyhow::Result<Naming> {
        if let Some(folder) = self.folder {
            if !folder.is_absolute() || folder.to_str().is_none() {
                bail!("--secret-dir must be an absolute path");
            }
            return Ok(Naming::Files(folder.to_owned()));
        }
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if !self.prefix.bytes().all(is_plain) || self.prefix.starts_with(|first: char| first.is_ascii_digit())
        {
            bail!(
                "--secret-prefix must have letters, digits and underscores, and must not begin with a digit"
            );
        }
        if self.prefix.to_uppercase().starts_with("VESTIBULE__") {
            bail!("--secret-prefix must not begin with VESTIBULE__: such variables are configuration keys");
        }
        Ok(Naming::Env(self.prefix.to_owned()))
    }
}

/// The names of the workspaces' files: from their names; with the id where several have the same.
fn stems(all: &[Workspace]) -> Vec<String> {
    let mut count: HashMap<String, usize> = HashMap::new();
    for workspace in all {
        *count.entry(slug(&workspace.name)).or_default() += 1;
    }
    let stem = |workspace: &Workspace| {
        let short = slug(&workspace.name);
        match (short.as_str(), count.get(&short)) {
            ("", _) => workspace.workspace_id.to_string(),
            (_, Some(1)) => short,
            _ => format!("{short}-{}", workspace.workspace_id),
        }
    };
    all.iter().map(stem).collect()
}

/// Creates the folder, which only its owner may read. One that has files is refused.
fn create_folder(to: &Path) -> anyhow::Result<()> {
    let shown = to.display();
    if to.is_dir() {
        let mut entries = std::fs::read_dir(to).with_context(|| format!("cannot read {shown}"))?;
        if entries.next().is_some() {
            bail!("{shown} has files already; choose another name");
        }
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder.create(to.join(WORKSPACES)).with_context(|| format!("cannot create {shown}"))
}

fn write_file(path: &Path, text: &str) -> anyhow::Result<()> {
    let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let written = opened.and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
    written.with_context(|| format!("cannot write {}", path.display()))
}
