//! `vestibule drift`: where a workspace and its identity provider differ, as on its page.

use std::path::PathBuf;

use anyhow::anyhow;
use clap::Args;
use serde_json::{Value, json};
use vestibule_admin::drift::{self, DAYS, Report, Subject, compare::Assignments};
use vestibule_core::time::rfc3339;
use vestibule_transfer::MOST_BYTES;
use vestibule_web::config::Config;

use crate::cli::commands::{self, moving::file, open, read};

/// Arguments of the command.
#[derive(Debug, Args)]
pub(crate) struct Drift {
    /// The workspace's id
    #[arg(long, value_name = "ID")]
    workspace: String,
    /// Report people whom the provider has not pushed for so many days
    #[arg(long, value_name = "DAYS", default_value_t = DAYS, value_parser = clap::value_parser!(i64).range(1..=3650))]
    days: i64,
    /// Compare with a CSV of the people who are assigned at the provider
    #[arg(long, value_name = "FILE")]
    okta_csv: Option<PathBuf>,
}

impl Drift {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        let list = match &self.okta_csv {
            None => None,
            Some(path) => Some(
                Assignments::of_csv(&file::read(path, MOST_BYTES)?)
                    .map_err(|bad| anyhow!("{}: {}", path.display(), bad.0))?,
            ),
        };
        let (database, now) = open(config)?;
        read(&database, |conn| {
            let workspace = commands::workspace(conn, config, &self.workspace)?;
            let subject = Subject::of(conn, &workspace)?;
            Ok(described(drift::report(conn, &subject, self.days, list, now)?))
        })
    }
}

fn described(report: Report) -> Value {
    let findings = report.findings.into_iter().map(|finding| {
        let first = finding
            .first
            .into_iter()
            .map(|one| json!({ "name": one.name, "detail": one.detail, "path": one.path }));
        json!({
            "kind": finding.kind,
            "count": finding.count,
            "sentence": finding.sentence,
            "remedy": finding.remedy,
            "first": first.collect::<Vec<_>>(),
        })
    });
    let list = report.list.map(|list| {
        let bad_rows =
            list.first_bad.into_iter().map(|bad| json!({ "line": bad.line, "sentence": bad.sentence }));
        json!({ "rows": list.rows.len(), "bad": list.bad, "bad_rows": bad_rows.collect::<Vec<_>>() })
    });
    json!({
        "at": rfc3339(report.at),
        "days": report.days,
        "findings": findings.collect::<Vec<_>>(),
        "list": list,
    })
}
