//! `vestibule export`: everything of a workspace as JSON Lines, without secrets. The order of the lines is that of names, so two exports
//! of the same content are alike. docs/moving/README.md has the format.

mod access;
mod people;
mod settings;

use std::{
    fs::{File, OpenOptions},
    io::{BufWriter, ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, anyhow, bail};
use clap::Args;
use serde_json::{Value, json};
use vestibule_admin::trail;
use vestibule_core::time::rfc3339;
use vestibule_store::{Database, trail::events, workspaces::Workspace};
use vestibule_web::config::Config;

use crate::cli::commands::{
    Sentence,
    configuration::{self, export::Names},
    open, read, workspace,
};

/// The version of the format.
const VERSION: i64 = 1;

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The workspace's id; with --settings, all workspaces and the deployment if it is left out
    #[arg(long, value_name = "ID", required_unless_present = "settings")]
    workspace: Option<String>,
    /// The file to write; it must not exist. With --settings a folder, which must not exist or be empty
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// Leave out the governance trail
    #[arg(long, conflicts_with = "settings")]
    without_events: bool,
    /// Write the settings as a folder of TOML files for `vestibule apply`, with references in place of secrets
    #[arg(long)]
    settings: bool,
    /// The prefix of the environment variables that the files refer to
    #[arg(long, value_name = "PREFIX", default_value = "VESTIBULE_SECRET_", requires = "settings")]
    secret_prefix: String,
    /// Let the files refer to files in this folder in place of environment variables
    #[arg(long, value_name = "DIR", requires = "settings")]
    secret_dir: Option<PathBuf>,
}

impl Export {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        let id = match (self.settings, &self.workspace) {
            (false, Some(id)) => id,
            (_, id) => {
                let names = Names { prefix: &self.secret_prefix, folder: self.secret_dir.as_deref() };
                return configuration::export::run(config, &self.to, id.as_deref(), names);
            }
        };
        let (database, now) = open(config)?;
        let workspace = read(&database, |conn| Ok(workspace(conn, config, id)?))?;
        let workspace_id = &workspace.workspace_id;
        let head = || read(&database, |conn| Ok(events::head(conn, workspace_id)?));
        let before = head()?;
        let header = json!({
            "vestibule_export": VERSION,
            "release": env!("CARGO_PKG_VERSION"),
            "workspace": workspace_id,
            "region": workspace.region,
            "at": rfc3339(now),
            "head": { "seq": before.seq, "hash": before.hash },
        });
        let mut lines = Lines::create(&self.to)?;
        lines.push(&header)?;
        self.write(&database, &workspace, &mut lines, before.seq)?;
        let after = head()?;
        let count = lines.finish(&self.to)?;
        Ok(json!({
            "workspace": workspace_id,
            "file": self.to.display().to_string(),
            "lines": count,
            "changed_meanwhile": after.seq != before.seq,
        }))
    }

    fn write(
        &self,
        database: &Database,
        workspace: &Workspace,
        lines: &mut Lines,
        until: i64,
    ) -> anyhow::Result<()> {
        for line in read(database, |conn| settings::lines(conn, workspace))? {
            lines.push(&line)?;
        }
        people::groups(database, &workspace.workspace_id, |line| lines.push(line))?;
        people::users(database, &workspace.workspace_id, |line| lines.push(line))?;
        for line in read(database, |conn| access::lines(conn, &workspace.workspace_id))? {
            lines.push(&line)?;
        }
        if self.without_events {
            return Ok(());
        }
        let mut after = 0;
        loop {
            let page = read(database, |conn| Ok(events::list(conn, &workspace.workspace_id, after, 500)?))?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.seq;
            for event in page.iter().filter(|event| event.seq <= until) {
                let mut line = json!({ "type": "event" });
                if let (Some(members), Value::Object(event)) = (line.as_object_mut(), trail::describe(event))
                {
                    members.extend(event);
                }
                lines.push(&line)?;
            }
            if after >= until {
                return Ok(());
            }
        }
    }
}

/// The file, written under another name until it is whole.
struct Lines {
    file: BufWriter<File>,
    partial: PathBuf,
    count: usize,
}

impl Lines {
    /// Creates the file, which only its owner may read: it has personal data.
    fn create(to: &Path) -> anyhow::Result<Self> {
        if to.try_exists().with_context(|| format!("cannot write {}", to.display()))? {
            bail!("{} exists already; choose another name", to.display());
        }
        let mut partial = to.as_os_str().to_owned();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&partial);
        let file = opened.map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => anyhow!(
                "{} exists: an export is running, or one was stopped; then delete it",
                partial.display()
            ),
            _ => anyhow!(error).context(format!("cannot write {}", partial.display())),
        })?;
        Ok(Self { file: BufWriter::new(file), partial, count: 0 })
    }

    fn push(&mut self, line: &Value) -> anyhow::Result<()> {
        self.count += 1;
        writeln!(self.file, "{line}").with_context(|| format!("cannot write {}", self.partial.display()))
    }

    /// Gives the whole file its name. Returns the number of lines.
    fn finish(mut self, to: &Path) -> anyhow::Result<usize> {
        let written = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        written.with_context(|| format!("cannot write {}", self.partial.display()))?;
        // A hard link, because a rename would replace a file that somebody made meanwhile.
        std::fs::hard_link(&self.partial, to).with_context(|| format!("cannot write {}", to.display()))?;
        Ok(self.count)
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        // A finished export has its final name; only the temporary name is removed.
        if let Err(error) = std::fs::remove_file(&self.partial) {
            tracing::warn!(%error, "export.partial_file_stays");
        }
    }
}

/// The error of a read as one of the command.
fn sentence<T>(outcome: Result<T, Sentence>) -> anyhow::Result<T> {
    outcome.map_err(|Sentence(error)| error)
}
