//! `vestibule import`: people, groups and settings from a file. All rows are checked first; without `--skip-bad-rows` nothing is written
//! if one is bad.

use std::{collections::HashMap, path::PathBuf};

use anyhow::anyhow;
use clap::Args;
use serde_json::{Value, json};
use vestibule_admin::Actor;
use vestibule_core::{fold::fold, ids};
use vestibule_scim::import::{self, Report};
use vestibule_store::trail::events::Cause;
use vestibule_transfer::{Format, MOST_BYTES, Options};
use vestibule_web::{config::Config, crypto::seal::Sealer};

use super::file;
use crate::cli::{
    BadArguments, Refused,
    commands::{explain, open, read, workspace},
};

/// The formats.
const FORMATS: [&str; 6] = ["csv", "jsonl", "auth0", "workos", "polis", "keycloak"];

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The workspace's id
    #[arg(long, value_name = "ID")]
    workspace: String,
    /// The format of the file
    #[arg(long, value_name = "FORMAT", value_parser = clap::builder::PossibleValuesParser::new(FORMATS))]
    from: String,
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Check every row, and print what would change
    #[arg(long)]
    dry_run: bool,
    /// Write the good rows although others are bad
    #[arg(long)]
    skip_bad_rows: bool,
    /// Let rows make somebody an owner, or change who signs in as one
    #[arg(long)]
    allow_owners: bool,
    /// A role of the file, and the role here; without NEW it is left out; may be repeated
    #[arg(long = "map-role", value_name = "OLD=NEW")]
    role_names: Vec<String>,
    /// A column of a CSV file to leave out; may be repeated
    #[arg(long = "ignore-column", value_name = "NAME")]
    ignored_columns: Vec<String>,
}

impl Import {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        let format: Format = self.from.parse().map_err(|sentence| anyhow!(BadArguments(sentence)))?;
        let role_names = self.role_names()?;
        let sealer = Sealer::configured(&config.security).map_err(anyhow::Error::msg)?;
        let bytes = file::read(&self.file, MOST_BYTES)?;
        let options = Options { ignored_columns: self.ignored_columns.clone() };
        let rows = || vestibule_transfer::read(format, &bytes, &options).map_err(|bad| anyhow!(bad.0));
        let (checked_rows, written_rows) = (rows()?, rows()?);
        let (database, now) = open(config)?;
        let workspace_id =
            read(&database, |conn| Ok(workspace(conn, config, &self.workspace)?.workspace_id))?;
        let run = ids::new(now);
        let import = import::Import {
            workspace_id,
            region: &config.region.name,
            actor: Actor::operator(Cause::new("cli", run.clone()), now),
            sealer: &sealer,
            allow_insecure: config.okta.allow_insecure_issuers,
            is_own_issuer: &|issuer: &str| config.region.is_own(issuer),
            allow_owners: self.allow_owners,
            role_names,
        };
        let (report, bad) = import::check(&database, &import, checked_rows).map_err(explain)?;
        if self.dry_run {
            return Ok(output(&report, None));
        }
        if !bad.is_empty() && !self.skip_bad_rows {
            let sentence = format!(
                "{} of {} rows are bad, so nothing was written; correct them, or write the good ones with --skip-bad-rows{}",
                report.bad_count,
                report.rows,
                first_of(&report)
            );
            return Err(anyhow!(Refused { sentence, output: output(&report, None) }));
        }
        let checked = report;
        let mut report = import::write(&database, &import, written_rows, &bad).map_err(|error| {
            explain(error).context("the import stopped; what was written stays, run it again to continue")
        })?;
        let late = report.bad_count;
        report.bad_count += checked.bad_count;
        report.bad_rows.splice(0..0, checked.bad_rows);
        let output = output(&report, Some(&run));
        if late > 0 {
            let sentence = format!("{late} rows became bad while the import ran; run it again");
            return Err(anyhow!(Refused { sentence, output }));
        }
        Ok(output)
    }

    fn role_names(&self) -> anyhow::Result<HashMap<String, String>> {
        let pair = |text: &String| match text.split_once('=') {
            Some((old, new)) if !old.trim().is_empty() => Ok((fold(old), new.trim().to_owned())),
            _ => Err(anyhow!(BadArguments(format!("--map-role must be OLD=NEW, not {text}")))),
        };
        self.role_names.iter().map(pair).collect()
    }
}

/// The first bad row, for the sentence.
fn first_of(report: &Report) -> String {
    let first = report.bad_rows.first();
    first.map(|bad| format!(" (line {}: {})", bad.line, bad.sentence)).unwrap_or_default()
}

/// The report. `run`: the id of the run, the request of its events; `None`: nothing was written.
fn output(report: &Report, run: Option<&str>) -> Value {
    let mut output = json!({ "written": run.is_some(), "import": run });
    if let (Some(members), Value::Object(report)) = (output.as_object_mut(), report.to_json()) {
        members.extend(report);
    }
    output
}
