//! Applies one file in one transaction: compares it with what is stored, and calls the function of `vestibule_admin` for each difference.

mod access;
mod failure;
mod providers;
mod workspace;

use std::convert::Infallible;

use anyhow::anyhow;
use vestibule_admin::workspaces::{self as admin_workspaces, NewWorkspace};
use vestibule_core::ids::{DEPLOYMENT, WorkspaceId};
use vestibule_store::{
    Conn, Database, Error, Tx,
    rights::roles,
    workspaces::{self, Workspace},
};
use vestibule_transfer::configuration::{
    Action, Change, Compared, Document, Fault, Kind, Step, Thing, Value, compare,
};
use vestibule_web::config::region;

use super::{Context, stored};
use crate::cli::commands::{Sentence, read, write};
use failure::{Failure, is_fatal};

/// What happened to a file.
#[derive(Debug, Default)]
pub(super) struct Applied {
    /// The steps.
    pub steps: Vec<Step>,
    /// Why it can't be applied; then nothing of it is written.
    pub faults: Vec<Fault>,
}

/// What a file is about, as it is stored.
struct Subject {
    /// The workspace, or [`DEPLOYMENT`].
    id: WorkspaceId,
    settings: Document,
}

/// Compares a file without a transaction. `None`: there is something to write, or to refuse.
pub(super) fn settled(
    database: &Database,
    context: &Context<'_>,
    wanted: &Document,
) -> anyhow::Result<Option<Applied>> {
    read(database, |conn| {
        let Some(subject) = find(conn, context, wanted)? else { return Ok(None) };
        let Compared { steps, faults } = compared(context, &subject, wanted);
        let is_settled = faults.is_empty() && !steps.iter().any(Step::writes);
        Ok(is_settled.then_some(Applied { steps, faults }))
    })
}

/// How a rehearsal ends: always without a commit.
enum Rolled {
    Back(Applied),
    Failed(Sentence),
}

impl From<Error> for Rolled {
    fn from(error: Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Applies a file in a transaction that is rolled back. `deployment`: the file of the deployment, whose resources it may name.
pub(super) fn rehearse(
    database: &Database,
    context: &Context<'_>,
    deployment: Option<&Document>,
    wanted: &Document,
) -> anyhow::Result<Applied> {
    let outcome = database.write(|conn| -> Result<Infallible, Rolled> {
        if let Some(deployment) = deployment {
            run(conn, context, deployment).map_err(Rolled::Failed)?;
        }
        let applied = run(conn, context, wanted).map_err(Rolled::Failed)?;
        Err(Rolled::Back(applied))
    });
    match outcome {
        Err(Rolled::Back(applied)) => Ok(applied),
        Err(Rolled::Failed(Sentence(error))) => Err(error),
        Ok(never) => match never {},
    }
}

/// Applies a file. With faults nothing of it is written.
pub(super) fn apply(
    database: &Database,
    context: &Context<'_>,
    wanted: &Document,
) -> anyhow::Result<Applied> {
    let mut refused = None;
    let outcome = write(database, |conn| {
        let applied = run(conn, context, wanted)?;
        if applied.faults.is_empty() {
            return Ok(applied);
        }
        refused = Some(applied);
        Err(anyhow!("refused").into())
    });
    match (outcome, refused) {
        (_, Some(applied)) => Ok(applied),
        (outcome, None) => outcome,
    }
}

/// The workspace or the deployment that a file is about; `None`: the workspace is to be created.
fn find(conn: &mut Conn, context: &Context<'_>, wanted: &Document) -> Result<Option<Subject>, Sentence> {
    let Some(thing) = wanted.workspace() else {
        let settings = stored::of_deployment(conn, context.sealer)?;
        return Ok(Some(Subject { id: DEPLOYMENT.clone(), settings }));
    };
    match workspace(conn, context, thing)? {
        Some(found) => {
            let settings = stored::of_workspace(conn, context.sealer, &found)?;
            Ok(Some(Subject { id: found.workspace_id, settings }))
        }
        None => Ok(None),
    }
}

fn workspace(conn: &mut Conn, context: &Context<'_>, wanted: &Thing) -> Result<Option<Workspace>, Sentence> {
    let id = WorkspaceId::from_stored(wanted.text("id").unwrap_or_default());
    Ok(workspaces::find(conn, &id, &context.config.region.name)?)
}

fn compared(context: &Context<'_>, subject: &Subject, wanted: &Document) -> Compared {
    // Nobody has to name the built-in roles: `without_roles` names those that a workspace lacks.
    let is_built_in = |thing: &Thing| {
        let is_it = |(id, ..): &(&str, &str, &str)| thing.text("id") == Some(*id);
        thing.kind == Kind::Role && roles::BUILT_IN.iter().any(is_it)
    };
    compare(&subject.settings, wanted, context.prunes, is_built_in)
}

fn run(conn: &mut Tx<'_>, context: &Context<'_>, wanted: &Document) -> Result<Applied, Sentence> {
    // A second run waits here, and then finds what the first has written.
    workspaces::lock_settings(conn)?;
    let mut applied = Applied::default();
    let (subject, is_new) = match find(conn, context, wanted)? {
        Some(subject) => (subject, false),
        None => {
            if let Err(fault) = create_workspace(conn, context, wanted)? {
                applied.faults.push(fault);
                return Ok(applied);
            }
            let created = find(conn, context, wanted)?;
            (created.ok_or(Error::NotFound)?, true)
        }
    };
    let Compared { mut steps, faults } = compared(context, &subject, wanted);
    applied.faults = faults;
    steps.sort_by_key(phase);
    for step in &mut steps {
        if is_faulty(&applied.faults, &step.thing) {
            continue;
        }
        match write_step(conn, context, &subject.id, step) {
            Ok(Some(id)) => {
                step.changes.retain(|change| change.key != "id");
                step.changes.insert(0, Change { key: "id", before: None, after: Value::Text(id) });
            }
            Ok(None) => {}
            Err(failure) => {
                let is_fatal = is_fatal(&failure);
                applied.faults.push(failure.fault(step)?);
                if is_fatal {
                    return Ok(applied);
                }
            }
        }
    }
    if let (true, Some(thing)) = (is_new, wanted.workspace()) {
        steps.retain(|step| step.kind() != Kind::Workspace);
        let all = thing.values.iter();
        let changes = all.map(|(key, after)| Change { key, before: None, after: after.clone() }).collect();
        let thing = thing.clone();
        steps.insert(0, Step { action: Action::Create, thing, stored: None, changes });
    }
    applied.steps = steps;
    Ok(applied)
}

/// Whether a thing can't be written for a reason that is known already.
fn is_faulty(faults: &[Fault], thing: &Thing) -> bool {
    let path = thing.at.path.as_str();
    let is_of_thing = |fault: &Fault| {
        fault.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    !path.is_empty() && faults.iter().any(is_of_thing)
}

/// Creates the workspace of a file.
fn create_workspace(
    conn: &mut Tx<'_>,
    context: &Context<'_>,
    wanted: &Document,
) -> Result<Result<(), Fault>, Sentence> {
    let thing = wanted.workspace().ok_or(Error::NotFound)?;
    let region = &context.config.region;
    let id = WorkspaceId::from_stored(thing.text("id").unwrap_or_default());
    if workspaces::exists(conn, &id)? {
        return Ok(Err(thing.fault(Some("id"), region::not_here(region, &id))));
    }
    let Some(name) = thing.text("name") else {
        return Ok(Err(thing.fault(Some("name"), "is missing: a new workspace needs it")));
    };
    let new = NewWorkspace { id: Some(&id), name, region: &region.name, domains: &[] };
    match admin_workspaces::create(conn, &context.actor, new) {
        Ok(_) => Ok(Ok(())),
        Err(refusal) => Failure::from(refusal).fault_of(thing).map(Err),
    }
}

/// The order of steps: what frees a name goes first, and what others refer to is created before them and deleted after them.
fn phase(step: &Step) -> (u8, u8) {
    let kind = match step.kind() {
        Kind::Attribute => 0,
        Kind::Role => 1,
        Kind::Entitlement => 2,
        Kind::Workspace => 3,
        Kind::Domain => 4,
        Kind::Mapping => 5,
        Kind::OidcConnection => 6,
        Kind::SamlConnection => 7,
        Kind::Resource => 8,
        Kind::Client => 9,
        Kind::Webhook => 10,
    };
    match step.action {
        Action::Delete if kind > 3 => (0, 20 - kind),
        Action::Change => (1, 2 * kind),
        Action::Create => (1, 2 * kind + 1),
        Action::Delete => (2, 20 - kind),
        Action::Leave => (3, kind),
    }
}

/// Writes a step. Returns the id of a new thing that the file gives none.
fn write_step(
    conn: &mut Tx<'_>,
    context: &Context<'_>,
    id: &WorkspaceId,
    step: &Step,
) -> Result<Option<String>, Failure> {
    if !step.writes() {
        return Ok(None);
    }
    match step.kind() {
        Kind::Workspace => workspace::settings(conn, context, id, step).map(|()| None),
        Kind::Domain => workspace::domain(conn, context, id, step).map(|()| None),
        Kind::Attribute => workspace::attribute(conn, context, id, step).map(|()| None),
        Kind::Role => workspace::role(conn, context, id, step).map(|()| None),
        Kind::Entitlement => workspace::entitlement(conn, context, id, step).map(|()| None),
        Kind::Mapping => workspace::mapping(conn, context, id, step).map(|()| None),
        Kind::OidcConnection => providers::oidc(conn, context, id, step),
        Kind::SamlConnection => providers::saml(conn, context, id, step),
        Kind::Resource => access::resource(conn, context, id, step).map(|()| None),
        Kind::Client => access::client(conn, context, id, step),
        Kind::Webhook => access::webhook(conn, context, id, step),
    }
}
