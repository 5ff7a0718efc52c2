//! `vestibule workspace observe` and `vestibule plan …`: what SCIM would change in an observed workspace.

use clap::Subcommand;
use serde_json::{Value, json};
use vestibule_admin::{self as admin, Actor, Refusal};
use vestibule_core::{ids::WorkspaceId, sets::EventKind, time::rfc3339};
use vestibule_scim::apply;
use vestibule_store::{Database, Error, observation, trail::events};
use vestibule_web::{clock::Clock, config::Config};

use crate::cli::commands::{self, Switch, open, read, write};

/// How often the copies are begun again, if another transaction changed the workspace at the same time.
const ATTEMPTS: usize = 10;

#[derive(Debug, Subcommand)]
pub(crate) enum Plan {
    /// Show what would change: numbers, people, groups, refused pushes, and what changed here since
    Show {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// At most this many people and groups
        #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(i64).range(1..=1000))]
        limit: i64,
        /// Only people after this id (people_after of the page before)
        #[arg(long, value_name = "ID", default_value = "")]
        people_after: String,
        /// Only groups after this id (groups_after of the page before)
        #[arg(long, value_name = "ID", default_value = "")]
        groups_after: String,
    },
    /// Carry out the plan, then stop to observe. Refused if something that it touches changed here since
    Apply {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
    },
    /// Forget the plan, and stop to observe. The provider's next push starts from what is here
    Discard {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
    },
}

impl Plan {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        let (database, now) = open(config)?;
        match self {
            Plan::Show { workspace, limit, people_after, groups_after } => read(&database, |conn| {
                let id = commands::workspace(conn, config, workspace)?.workspace_id;
                let plan = admin::workspaces::observation::read(conn, &id)?;
                let plan = plan.ok_or_else(|| anyhow::anyhow!("the workspace is not observed"))?;
                let people = observation::people(conn, &plan.of, people_after, *limit)?;
                let groups = observation::groups(conn, &plan.of, groups_after, *limit)?;
                Ok(plan.to_json((&people, &groups), *limit))
            }),
            Plan::Apply { workspace } => {
                let id =
                    read(&database, |conn| Ok(commands::workspace(conn, config, workspace)?.workspace_id))?;
                let mut actor = Actor::cli(now);
                // The events of the application have it, also if another process continues.
                actor.cause.request_id = vestibule_core::ids::new(now);
                write(&database, |conn| Ok(admin::workspaces::observation::apply(conn, &actor, &id)?))?;
                carry_out(&database, config, &id)?;
                remove_copies(&database)?;
                read(&database, |conn| {
                    let ended = events::newest(conn, &id, EventKind::WorkspaceObserveEnded)?;
                    Ok(ended.map(|event| event.data_or_text()).unwrap_or_default())
                })
            }
            Plan::Discard { workspace } => {
                write(&database, |conn| {
                    let id = commands::workspace(conn, config, workspace)?.workspace_id;
                    Ok(admin::workspaces::observation::discard(conn, &Actor::cli(now), &id)?)
                })?;
                remove_copies(&database)?;
                Ok(json!({ "observing": false }))
            }
        }
    }
}

/// `vestibule workspace observe`
pub(crate) fn observe(config: &Config, workspace: &str, state: Switch) -> anyhow::Result<Value> {
    let (database, now) = open(config)?;
    let id = read(&database, |conn| Ok(commands::workspace(conn, config, workspace)?.workspace_id))?;
    if !state.is_on() {
        write(&database, |conn| Ok(admin::workspaces::observation::stop(conn, &Actor::cli(now), &id)?))?;
        remove_copies(&database)?;
        return Ok(json!({ "id": id, "observing": false }));
    }
    let mut attempt = 1;
    let started = loop {
        match database.write(|conn| admin::workspaces::observation::start(conn, &Actor::cli(now), &id)) {
            Err(Refusal::Store(Error::Database(error))) if attempt < ATTEMPTS => {
                tracing::debug!(%error, attempt, "observation.begun_again");
                attempt += 1;
            }
            started => break started.map_err(|refusal| commands::Sentence::from(refusal).0)?,
        }
    };
    Ok(json!({ "id": id, "observing": true, "started_at": rfc3339(started.started_at) }))
}

/// Carries out a plan that is being applied, batch by batch. A running service may do a part of the work.
fn carry_out(database: &Database, config: &Config, id: &WorkspaceId) -> anyhow::Result<()> {
    loop {
        let Some(before) = read(database, |conn| Ok(observation::find(conn, id)?))? else { return Ok(()) };
        apply::batch(database, &config.region.name, &before, Clock::default().now())?;
    }
}

fn remove_copies(database: &Database) -> anyhow::Result<()> {
    while read(database, |conn| Ok(observation::has_copies_to_remove(conn)?))? {
        write(database, |conn| Ok(observation::remove_copies(conn)?))?;
    }
    Ok(())
}
