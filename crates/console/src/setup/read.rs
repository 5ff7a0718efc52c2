//! Reads what a step shows, in one job.

use vestibule_core::{
    ids::{self, UserId, WorkspaceId},
    sets::{ClientKind, DomainProof, EndReason, EventKind, OktaAppKind, ProviderKind},
};
use vestibule_store::{
    Conn, Error,
    oauth::clients,
    people::{groups, users},
    rights::owners,
    trail::{
        events::{self, Event},
        receipts::{self, Receipt},
    },
};
use vestibule_web::outbound::discovery::Discovered;

use crate::{
    layout::moment::Moment,
    provider::{
        doctor::{self, Facts, Finding},
        saml::set_up as saml,
    },
    settings::domain_list::Domains,
    setup::{
        state::{Judged, State, Tested, app_of, connection, provider_of},
        step::Step,
    },
};

/// Among so many receipts, that of the newest Universal Logout is looked for.
const RECEIPTS: i64 = 20;

/// Among so many tests, the newest that says something about the provider is looked for.
const TESTS: i64 = 20;
/// Outcomes of tests that are about the person, not about the provider or the settings.
const OF_PERSON: [&str; 9] = [
    "not_provisioned",
    "domain_not_verified",
    "conflict",
    "unlinked",
    "issuer_changed",
    "deactivated",
    "not_fresh",
    "shared_uid",
    "other_spelling",
];

/// A step in the list of steps.
pub(crate) struct Status {
    pub step: Step,
    pub title: String,
    pub state: State,
    /// Class and text of its chip.
    pub chip: (&'static str, String),
    /// When its state was seen.
    pub at: Option<Moment>,
}

/// What a step shows.
pub(super) struct Read {
    pub facts: Facts,
    pub findings: Vec<Finding>,
    pub app: OktaAppKind,
    pub tested: Option<Tested>,
    pub domains: Domains,
    pub saml: Option<saml::Form>,
    pub found: Option<Discovered>,
    /// The end of access by the newest Universal Logout.
    pub logout: Option<Receipt>,
    pub users: i64,
    pub groups: i64,
    pub scim_clients: usize,
    /// Whether somebody may administer the workspace.
    pub is_administered: bool,
}

impl Read {
    /// Reads everything; `facts` are of the same workspace.
    pub(super) fn of(conn: &mut Conn, facts: Facts, chosen: OktaAppKind) -> Result<Self, Error> {
        let id = facts.paste.workspace_id.clone();
        let id = &id;
        let app = app_of(&facts, chosen);
        let found = facts.connection().map(Discovered::of).transpose()?.flatten();
        let saml = match app {
            OktaAppKind::Saml => Some(saml::form(conn, id, connection(&facts, app).map(|one| one.id))?),
            _ => None,
        };
        let mut registered = 0;
        for owner in [id, &ids::DEPLOYMENT] {
            let all = clients::list(conn, owner)?;
            registered += all.iter().filter(|client| client.kind == ClientKind::Scim).count();
        }
        Ok(Self {
            findings: doctor::findings(&facts),
            app,
            tested: tested(conn, id)?,
            domains: Domains::read(conn, id)?,
            saml,
            found,
            logout: receipts::list(conn, id, None, None, RECEIPTS)?
                .into_iter()
                .find(|receipt| receipt.reason == EndReason::UniversalLogout),
            users: users::count_provisioned(conn, id)?,
            groups: groups::count(conn, id)?,
            scim_clients: registered,
            is_administered: owners::is_administered(conn, id)?,
            facts,
        })
    }

    pub(super) fn judged(&self) -> Judged<'_> {
        judged(&self.facts, &self.findings, self.app, self.tested.as_ref(), &self.domains)
    }

    /// The list of steps. `typed`: the kind of provider that the address names.
    pub(super) fn statuses(&self, typed: Option<ProviderKind>) -> Vec<Status> {
        list(&self.judged(), has_domain_step(&self.domains), typed)
    }
}

/// The steps with their states, for the page about the provider.
pub(crate) fn statuses(
    conn: &mut Conn,
    facts: &Facts,
    findings: &[Finding],
    chosen: OktaAppKind,
) -> Result<Vec<Status>, Error> {
    let id = &facts.paste.workspace_id;
    let (tested, domains) = (tested(conn, id)?, Domains::read(conn, id)?);
    let judged = judged(facts, findings, app_of(facts, chosen), tested.as_ref(), &domains);
    Ok(list(&judged, has_domain_step(&domains), None))
}

fn judged<'a>(
    facts: &'a Facts,
    findings: &'a [Finding],
    app: OktaAppKind,
    tested: Option<&'a Tested>,
    domains: &Domains,
) -> Judged<'a> {
    let live = domains.verified.iter().filter(|domain| domain.lapsed_at.is_none());
    Judged {
        facts,
        findings,
        app,
        tested,
        domain_verified: live.map(|domain| domain.verified_at).max(),
        domain_claimed: !domains.claims.is_empty(),
    }
}

fn list(judged: &Judged<'_>, has_domain_step: bool, typed: Option<ProviderKind>) -> Vec<Status> {
    let (app, now) = (judged.app, judged.facts.now);
    let at = provider_of(judged.facts, app, typed);
    let status = |step: Step| {
        let state = judged.state(step);
        let (title, chip) = (step.title(app, at), state.chip(at));
        Status { step, title, state, chip, at: state.at().map(|at| Moment::of(at, now)) }
    };
    Step::of(at, has_domain_step).into_iter().map(status).collect()
}

/// Whether the domain is a step: none is verified, or one was proved by its record.
fn has_domain_step(domains: &Domains) -> bool {
    domains.verified.iter().all(|domain| domain.verified_by == DomainProof::Dns)
}

/// The newest test sign-in that says something about the provider; else the newest.
fn tested(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Option<Tested>, Error> {
    let mut tests = events::newest_of(conn, workspace_id, EventKind::TestSignIn, TESTS)?;
    let is_person = |event: &Event| OF_PERSON.contains(&text(event, "outcome").as_str());
    let decisive = tests.iter().position(|event| !is_person(event)).unwrap_or_default();
    if tests.is_empty() {
        return Ok(None);
    }
    let event = tests.swap_remove(decisive);
    let text = |name: &str| text(&event, name);
    let outcome = text("outcome");
    let who = match event.target.strip_prefix("user:") {
        Some(id) => users::find(conn, workspace_id, &UserId::from_stored(id))?,
        None => None,
    };
    Ok(Some(Tested {
        at: event.at,
        person_refused: is_person(&event),
        passed: ["signs_in", "creates"].contains(&outcome.as_str()),
        who: who.map(|user| user.user_name).unwrap_or_default(),
        detail: text("detail"),
    }))
}

fn text(event: &Event, name: &str) -> String {
    event.data_or_text().get(name).and_then(|value| value.as_str()).unwrap_or_default().to_owned()
}

/// The state of a step in a list; to do where the list has no such step.
pub(super) fn state_of(statuses: &[Status], step: Step) -> State {
    statuses.iter().find(|status| status.step == step).map_or(State::Todo, |status| status.state)
}

/// The first step that is not done.
pub(super) fn first_open(statuses: &[Status]) -> Step {
    let open = statuses.iter().find(|status| !status.state.is_done());
    open.map_or(Step::Done, |status| status.step)
}

/// How many steps are done, of how many; the summary is no step to do.
pub(crate) fn done(statuses: &[Status]) -> (usize, usize) {
    let counted = statuses.iter().filter(|status| status.step != Step::Done);
    (counted.clone().filter(|status| status.state.is_done()).count(), counted.count())
}
