//! What the Okta page shows: the workspace's numbers, the doctor's findings, and six steps, each with its state. Reads only.

use askama::Template;
use vestibule_admin::connection::AUTH_METHODS;
use vestibule_core::{
    ids,
    sets::ClientKind,
    time::{Micros, SECOND},
};
use vestibule_store::{
    Conn, Error,
    oauth::clients,
    people::{groups, users},
    providers::{
        setup_links,
        setup_progress::{self, SetUp},
    },
    rights::roles,
    workspaces::Workspace,
};
use vestibule_web::{State, observe::sightings::Sight, outbound::discovery::Discovered};

use super::Form;
use crate::{
    account::sessions::Moment,
    provider::{
        brake::Held,
        doctor::{self, Facts, Finding, Weight},
        paste::Paste,
        sync,
    },
};

/// For how long an administrator is told that a set-up link was used: thirty days.
const LINKS_TOLD: Micros = 30 * 86_400 * SECOND;

/// Findings about the workspace's people, which are no part of setting up: a set-up link does not tell them.
const OF_THE_WORKSPACE: [&str; 7] =
    ["held", "undelivered", "conflicts", "scim_refused", "taken", "group_overlap", "not_managed"];

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    Todo,
    Waiting,
    Working,
    Attention,
}

impl Progress {
    /// Class, shape and word: never the colour alone.
    pub(crate) fn chip(self) -> (&'static str, &'static str) {
        match self {
            Progress::Todo => ("todo", "○ To do"),
            Progress::Waiting => ("todo", "◐ Waiting for Okta"),
            Progress::Working => ("working", "✓ Working"),
            Progress::Attention => ("attention", "! Needs attention"),
        }
    }
}

/// Everything the page shows.
#[derive(Template)]
#[template(path = "okta.html")]
pub(crate) struct OktaPage {
    pub workspace: Workspace,
    pub facts: Facts,
    pub paste: Paste,
    pub findings: Vec<Finding>,
    pub progress: [Progress; 6],
    pub found: Option<Discovered>,
    pub held: Held,
    pub users: i64,
    pub groups: i64,
    pub scim_clients: usize,
    pub link_used: Option<Moment>,
    pub last_request: Option<Moment>,
    pub last_error: Option<(Moment, String)>,
    pub set_up: SetUp,
    pub form: Form,
    pub now: Micros,
}

impl OktaPage {
    /// Whether this is a set-up link's page: the steps alone, nothing else of the workspace.
    fn by_link(&self) -> bool {
        self.form.by_link
    }

    fn step(&self, number: &usize) -> Progress {
        self.progress.get(*number - 1).copied().unwrap_or(Progress::Todo)
    }

    /// Whether a step stands open: what works folds away, but for the settings, which are what one comes back for.
    fn is_open(&self, number: usize) -> bool {
        number == 3 || self.step(&number) != Progress::Working
    }

    fn findings_of(&self, number: &usize) -> impl Iterator<Item = &Finding> {
        let number = *number;
        self.findings.iter().filter(move |finding| usize::from(finding.step) == number)
    }

    /// Those that something must be done about.
    fn grave(&self) -> usize {
        self.findings.iter().filter(|finding| finding.weight != Weight::Note).count()
    }

    fn moment(&self, at: &Micros) -> Moment {
        Moment::of(*at, self.now)
    }

    fn sync(&self) -> sync::Told {
        sync::told(&self.set_up, self.now)
    }

    /// A catalog app's value, and one's own app's, for who has not said which they have.
    fn both(&self, value: fn(&Paste) -> String) -> [String; 2] {
        [setup_progress::CATALOG, setup_progress::OWN]
            .map(|kind| value(&Paste { app_kind: kind.to_owned(), ..self.paste.clone() }))
    }

    /// How the client may authenticate, as the form offers it: value and words.
    fn auth_methods(&self) -> [(&'static str, &'static str); 4] {
        let words = [
            "Client secret, as this Okta prefers",
            "Client secret (client_secret_basic)",
            "Client secret (client_secret_post)",
            "Public key / Private key (private_key_jwt)",
        ];
        std::array::from_fn(|index| {
            (
                AUTH_METHODS.get(index).copied().unwrap_or_default(),
                words.get(index).copied().unwrap_or_default(),
            )
        })
    }
}

/// Reads what the steps show; `stored` fills the form from the saved settings.
pub(crate) async fn gather(
    state: &State,
    workspace: &Workspace,
    mut form: Form,
    stored: bool,
) -> Result<OktaPage, Error> {
    let (facts, _, findings) = doctor::examine(state, workspace, false).await?;
    if stored {
        fill(&mut form, &facts);
    }
    let mut paste = facts.paste.clone();
    if !form.app_kind.is_empty() {
        paste.app_kind.clone_from(&form.app_kind);
    }
    let (workspace, now) = (workspace.clone(), state.now());
    state.read(move |conn| read(conn, workspace, facts, paste, findings, form, now)).await
}

fn read(
    conn: &mut Conn,
    workspace: Workspace,
    facts: Facts,
    paste: Paste,
    mut findings: Vec<Finding>,
    form: Form,
    now: Micros,
) -> Result<OktaPage, Error> {
    let workspace_id = workspace.workspace_id.clone();
    if form.by_link {
        findings.retain(|finding| !OF_THE_WORKSPACE.contains(&finding.id));
    }
    let scim = |clients: Vec<clients::Client>| {
        clients.iter().filter(|client| client.kind == ClientKind::Scim).count()
    };
    let shared = scim(clients::list(conn, ids::DEPLOYMENT)?);
    let by_okta = roles::any_by_okta(conn, &workspace_id)?;
    Ok(OktaPage {
        progress: progress(&facts, &paste, &findings, by_okta),
        users: users::count(conn, &workspace_id)?,
        groups: groups::count(conn, &workspace_id)?,
        link_used: setup_links::last_used(conn, &workspace_id, now - LINKS_TOLD)?
            .map(|at| Moment::of(at, now)),
        scim_clients: shared + scim(clients::list(conn, &workspace_id)?),
        last_request: facts.last(Sight::ScimAnswered).map(|at| Moment::of(at, now)),
        last_error: facts
            .seen(Sight::ScimRefused)
            .or_else(|| facts.seen(Sight::ScimStranger))
            .map(|seen| (Moment::of(seen.last_at, now), seen.detail.clone())),
        found: facts.connection.as_ref().and_then(Discovered::of),
        held: Held::of(conn, &workspace_id, now)?,
        set_up: setup_progress::find(conn, &workspace_id)?,
        workspace,
        facts,
        paste,
        findings,
        form,
        now,
    })
}

/// The form as it is saved. Never the secret.
fn fill(form: &mut Form, facts: &Facts) {
    form.enabled = facts.connection.as_ref().is_none_or(|connection| connection.enabled);
    let Some(connection) = &facts.connection else { return };
    form.jit = connection.jit;
    form.domain = connection.issuer.strip_prefix("https://").unwrap_or(&connection.issuer).to_owned();
    form.client_id.clone_from(&connection.client_id);
    form.auth_method.clone_from(&connection.auth_method);
    form.dpop = connection.dpop;
    form.groups_claim.clone_from(&connection.groups_claim);
}

/// How far each step is: by what was seen to work, never by what was typed alone. Pure.
fn progress(facts: &Facts, paste: &Paste, findings: &[Finding], by_okta: bool) -> [Progress; 6] {
    let connected = facts.connection.is_some();
    let came_back = facts.signed_in.is_some() || facts.last(Sight::SignInCameBack).is_some();
    let provisioned = facts.last(Sight::ScimAnswered).is_some() || facts.provisioned > 0;
    let of = |works: bool, waits: bool| match (works, waits) {
        (true, _) => Progress::Working,
        (false, true) => Progress::Waiting,
        (false, false) => Progress::Todo,
    };
    let mut steps = [
        of(connected, paste.is_chosen()),
        of(came_back, connected),
        of(connected && facts.signed_in.is_some(), connected),
        of(facts.logout.is_some(), connected),
        of(provisioned, !facts.provisioning.is_empty() || facts.last(Sight::ScimTokens).is_some()),
        of(by_okta, provisioned),
    ];
    for finding in findings.iter().filter(|finding| finding.weight != Weight::Note) {
        if let Some(step) = steps.get_mut(usize::from(finding.step) - 1) {
            *step = Progress::Attention;
        }
    }
    steps
}
