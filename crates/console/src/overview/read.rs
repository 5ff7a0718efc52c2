//! Reads everything of the page in one job.

use vestibule_core::{ids::UserId, time::Micros};
use vestibule_store::{
    Conn, Error,
    outbox::{
        deliveries::{self, pauses},
        webhooks,
    },
    people::users,
    providers::saml_certificates,
    trail::{counts, receipts},
    workspaces::Workspace,
};
use vestibule_web::{State, observe::sightings::SightingKind};

use crate::{
    audit::{
        activity::{self, Latest},
        refusals::{self, Refusals},
    },
    layout::chart::{Bars, Dots},
    overview::{
        charts::{self, Daily, End},
        issues::{self, Issue},
        tiles::{self, Tile},
    },
    provider::doctor::{self, facts},
    setup,
};

/// How many events the page shows.
const EVENTS: i64 = 8;
/// The most dots of a chart.
const DOTS: i64 = 90;

/// The data of the page.
pub(super) struct Overview {
    pub provider: &'static str,
    pub is_connected: bool,
    pub sentence: String,
    pub tiles: Vec<Tile>,
    /// How many steps of the set-up are done, and of how many.
    pub steps: (usize, usize),
    pub issues: Vec<Issue>,
    pub refusals: Vec<Refusals>,
    pub provisioning: Bars,
    pub sign_ins: Bars,
    pub ends: Dots,
    pub latest: Vec<Latest>,
}

impl Overview {
    pub(super) fn read(
        conn: &mut Conn,
        state: &State,
        workspace: &Workspace,
        now: Micros,
    ) -> Result<Self, Error> {
        let id = &workspace.workspace_id;
        let facts = facts::read(conn, state, id, now)?;
        let at = facts.provider();
        let provider = at.name;
        let daily = Daily::of(counts::by_day(conn, id, charts::first_day(now))?, now);
        let ends: Vec<End> = receipts::list(conn, id, None, None, DOTS)?
            .into_iter()
            .filter_map(|receipt| End::of(&receipt, now))
            .collect();
        let hooks = webhooks::list(conn, id)?;
        let hook_ids: Vec<String> = hooks.iter().map(|hook| hook.webhook_id.clone()).collect();
        let tally = deliveries::tally(conn, id, &hook_ids)?;
        let certificates = saml_certificates::list_of_workspace(conn, id)?;
        let (active, all) = (users::count_active(conn, id)?, users::count(conn, id)?);
        let mut issues = issues::of_webhooks(&hooks, &tally, &pauses(conn)?);
        let (findings, refusals) = (doctor::findings(&facts), refusals::read(conn, id, now)?);
        let stopped: Vec<UserId> = findings.iter().flat_map(|one| one.people.clone()).collect();
        let stopped = users::summaries(conn, id, &stopped)?;
        issues.extend(issues::of_findings(&findings, &stopped, !refusals.is_empty(), now));
        let steps = setup::done(&setup::statuses(conn, &facts, &findings, facts.chosen_app)?);
        Ok(Self {
            is_connected: facts.is_connected(),
            sentence: tiles::sentence(&facts, provider, facts.last(SightingKind::ScimAnswered)),
            tiles: vec![
                tiles::people(active, all),
                tiles::sign_ins(&daily),
                tiles::ends(&ends),
                tiles::credentials(&facts.provisioning, &certificates, now),
            ],
            steps,
            issues,
            refusals,
            provisioning: charts::provisioning(&daily, provider),
            sign_ins: charts::sign_ins(&daily),
            ends: charts::ends(&ends, now),
            latest: activity::latest(conn, id, EVENTS, (at, now))?,
            provider,
        })
    }
}
