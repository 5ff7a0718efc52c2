//! `vestibule apply`: makes the settings those of a folder. Everything is checked before anything is written: the files, then each
//! transaction, which is rolled back. Each file is one transaction, so a run that stops leaves whole workspaces and goes on when it is
//! run again.

use std::path::PathBuf;

use anyhow::{Context as _, anyhow};
use clap::Args;
use serde_json::{Value, json};
use vestibule_admin::Actor;
use vestibule_core::ids;
use vestibule_store::{Database, trail::events::Cause};
use vestibule_transfer::configuration::{Area, Document, Fault, Step, duplicates};
use vestibule_web::{config::Config, crypto::seal::Sealer};

use super::{
    Context, folder,
    normal::normalise_all,
    report::{self, Part},
    run::{self, Applied},
    secrets::Secrets,
};
use crate::cli::{Refused, commands::open};

#[derive(Debug, Args)]
pub(crate) struct Apply {
    /// The folder, as `vestibule export --settings` writes it
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Check everything, and print what would be created, changed and deleted
    #[arg(long)]
    dry_run: bool,
    /// Delete what the folder does not name, in the workspaces that it names; never a workspace
    #[arg(long)]
    prune: bool,
}

impl Apply {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        let sealer = Sealer::configured(&config.security).map_err(anyhow::Error::msg)?;
        let (mut documents, mut faults) = folder::read(&self.folder)?;
        faults.extend(normalise_all(config, &mut documents));
        faults.extend(duplicates(&documents));
        let (secrets, unread) = Secrets::read(&mut documents);
        faults.extend(unread);
        if !faults.is_empty() {
            return Err(refused(faults));
        }
        let (database, now) = open(config)?;
        let id = ids::new(now);
        let context = Context {
            config,
            sealer: &sealer,
            actor: Actor::operator(Cause::new("cli", id.clone()), now),
            secrets,
            prunes: self.prune,
        };
        let rehearsed = rehearse(&database, &context, &documents)?;
        if self.dry_run || !rehearsed.iter().any(|part| part.steps.iter().any(Step::writes)) {
            return Ok(report::of(&rehearsed, None));
        }
        let mut parts: Vec<Part<'_>> = Vec::new();
        for part in rehearsed {
            if !part.steps.iter().any(Step::writes) {
                parts.push(part);
                continue;
            }
            let document = part.document;
            let applied = match run::apply(&database, &context, document) {
                Ok(applied) => applied,
                Err(error) => return Err(stopped(&parts, &id, document, error)),
            };
            if let Some(fault) = applied.faults.first() {
                return Err(stopped(&parts, &id, document, anyhow!("{fault}")));
            }
            parts.push(Part { document, steps: applied.steps });
        }
        Ok(report::of(&parts, Some(&id)))
    }
}

/// Applies each file in a transaction that is rolled back.
fn rehearse<'a>(
    database: &Database,
    context: &Context<'_>,
    documents: &'a [Document],
) -> anyhow::Result<Vec<Part<'a>>> {
    let (mut parts, mut faults) = (Vec::new(), Vec::new());
    let mut deployment = None;
    for document in documents {
        let applied = match run::settled(database, context, document)? {
            Some(applied) => applied,
            None => {
                let rehearsed = run::rehearse(database, context, deployment, document);
                let rehearsed = rehearsed.with_context(|| format!("cannot check {}", document.file))?;
                if document.area == Area::Deployment && rehearsed.faults.is_empty() {
                    deployment = Some(document);
                }
                rehearsed
            }
        };
        let Applied { steps, faults: wrong } = applied;
        faults.extend(wrong.into_iter().map(|fault| match fault.file.as_str() {
            "" => Fault { file: document.file.clone(), ..fault },
            _ => fault,
        }));
        parts.push(Part { document, steps });
    }
    // Ids that a rolled back transaction made are nobody's.
    for step in parts.iter_mut().flat_map(|part| &mut part.steps) {
        let is_in_file = step.thing.values.contains_key("id");
        step.changes.retain(|change| change.key != "id" || is_in_file);
    }
    if faults.is_empty() { Ok(parts) } else { Err(refused(faults)) }
}

/// The refusal of a folder with its faults.
fn refused(mut faults: Vec<Fault>) -> anyhow::Error {
    faults.sort();
    faults.dedup();
    let first = faults.first().map(ToString::to_string).unwrap_or_default();
    let sentence = match faults.len() {
        1 => format!("nothing was written: {first}"),
        count => format!("nothing was written, there are {count} errors; the first is {first}"),
    };
    let output = json!({ "written": false, "errors": report::faults(&faults) });
    anyhow!(Refused { sentence, output })
}

/// The refusal of a run that stopped at a file.
fn stopped(parts: &[Part<'_>], run: &str, at: &Document, error: anyhow::Error) -> anyhow::Error {
    let sentence = format!(
        "the run stopped at {}, of which nothing was written; the files before it are applied, run it again to go on: {error:#}",
        at.file
    );
    anyhow!(Refused { sentence, output: report::of(parts, Some(run)) })
}
