//! The content of the Okta page: the workspace's numbers, the doctor's findings, and six steps. One job reads everything.

use askama::Template;
use vestibule_core::{
    ids,
    providers::Provider,
    sets::{ClientKind, OktaAppKind, ProviderKind},
    time::{Micros, SECOND},
};
use vestibule_store::{
    Conn, Error,
    oauth::clients,
    people::{groups, users},
    providers::{
        connection_domains, setup_links,
        setup_progress::{self, SetUp},
    },
    rights::roles,
    workspaces::Workspace,
};
use vestibule_web::{observe::sightings::Sight, outbound::discovery::Discovered};

use crate::{
    layout::{error::PageError, moment::Moment, request::PageRequest},
    provider::{
        brake_view::BrakeView,
        doctor::{self, Facts, Finding, Weight, facts},
        okta::{
            connections::{self, OidcRow},
            form::{self, SettingsForm},
            progress::{Progress, progress},
        },
        paste::Paste,
        saml::list::{self, SamlRow},
        sync_status::SyncStatus,
    },
};

/// How long the page shows that a set-up link was used: thirty days.
const LINK_USE_SHOWN: Micros = 30 * 86_400 * SECOND;

/// Findings about the workspace's people, which a set-up link does not show.
const OF_THE_WORKSPACE: [&str; 7] =
    ["held", "undelivered", "conflicts", "scim_refused", "taken", "group_overlap", "not_managed"];

/// The content of the page.
#[derive(Template)]
#[template(path = "okta.html")]
pub(crate) struct OktaPage {
    pub workspace: Workspace,
    pub facts: Facts,
    pub paste: Paste,
    pub findings: Vec<Finding>,
    pub progress: [Progress; 6],
    pub found: Option<Discovered>,
    pub brake: BrakeView,
    pub users: i64,
    pub groups: i64,
    pub scim_clients: usize,
    pub link_used: Option<Moment>,
    pub last_request: Option<Moment>,
    pub last_error: Option<(Moment, String)>,
    pub set_up: SetUp,
    /// The OpenID Connect connections; a set-up link shows none.
    pub oidc: Vec<OidcRow>,
    /// Whether one was just deleted.
    pub oidc_deleted: bool,
    /// The SAML connections; a set-up link shows none.
    pub saml: Vec<SamlRow>,
    /// Whether one was just deleted.
    pub saml_deleted: bool,
    pub form: SettingsForm,
    pub now: Micros,
}

impl OktaPage {
    /// Whether this is a set-up link's page, which shows only the steps.
    fn by_link(&self) -> bool {
        self.form.by_link
    }

    /// The provider of the first connection; Okta while there is none.
    fn provider(&self) -> &'static Provider {
        let kind = self.facts.connection().map_or(ProviderKind::Okta, |one| one.provider);
        kind.facts()
    }

    /// Whether people sign in by SAML, and not by OpenID Connect.
    fn is_saml_alone(&self) -> bool {
        self.facts.oidc.is_empty() && !self.saml.is_empty()
    }

    fn step(&self, number: &usize) -> Progress {
        self.progress.get(*number - 1).copied().unwrap_or(Progress::Todo)
    }

    /// Whether a step is open: a step that works is folded, except the settings, which people come back for.
    fn is_open(&self, number: usize) -> bool {
        match self.step(&number) {
            Progress::NotNeeded => false,
            Progress::Working => number == 3,
            _ => true,
        }
    }

    fn findings_of(&self, number: &usize) -> impl Iterator<Item = &Finding> {
        let number = *number;
        self.facts.of_steps(&self.findings).filter(move |finding| usize::from(finding.step) == number)
    }

    /// The number of findings that something must be done about.
    fn grave(&self) -> usize {
        self.findings.iter().filter(|finding| finding.weight != Weight::Note).count()
    }

    /// The newest refused Universal Logout of a connection.
    fn logout_refused(&self) -> Option<&(Micros, String, String)> {
        self.facts.of_all().filter_map(|one| one.logout_refused.as_ref()).max_by_key(|(at, ..)| *at)
    }

    fn moment(&self, at: &Micros) -> Moment {
        Moment::of(*at, self.now)
    }

    fn sync(&self) -> SyncStatus {
        SyncStatus::of(&self.set_up, self.now)
    }

    /// The value for a catalog app and for an own app, while the kind of app is unknown.
    fn both(&self, value: fn(&Paste) -> String) -> [String; 2] {
        [OktaAppKind::Catalog, OktaAppKind::Own]
            .map(|app_kind| value(&Paste { app_kind, ..self.paste.clone() }))
    }

    /// The methods of client authentication that the form offers: value and words.
    fn auth_methods(&self) -> [(&'static str, &'static str); 4] {
        form::auth_methods()
    }
}

impl OktaPage {
    /// Reads the page; `stored` fills the form from the saved settings.
    pub(crate) async fn read(
        request: &PageRequest,
        workspace: &Workspace,
        form: SettingsForm,
        stored: bool,
    ) -> Result<Self, PageError> {
        let (workspace, state) = (workspace.clone(), request.state().clone());
        let now = state.now();
        let saml_deleted = request.query_is("saml_deleted=1");
        let oidc_deleted = request.query_is("oidc_deleted=1");
        facts::store_seen(&state).await.map_err(|error| request.failed(&error))?;
        request
            .read(move |conn| {
                let facts = facts::read(conn, &state, &workspace.workspace_id, now)?;
                let page = read(conn, workspace, facts, form, stored, now)?;
                Ok(OktaPage { saml_deleted, oidc_deleted, ..page })
            })
            .await
    }
}

fn read(
    conn: &mut Conn,
    workspace: Workspace,
    facts: Facts,
    mut form: SettingsForm,
    stored: bool,
    now: Micros,
) -> Result<OktaPage, Error> {
    let workspace_id = workspace.workspace_id.clone();
    let mut findings = doctor::findings(&facts);
    if form.by_link {
        findings.retain(|finding| !OF_THE_WORKSPACE.contains(&finding.id));
    }
    if stored {
        fill(&mut form, &facts);
    }
    let mut paste = facts.paste.clone();
    if form.app_kind != OktaAppKind::Unknown {
        paste.app_kind = form.app_kind;
    }
    let scim = |clients: Vec<clients::Client>| {
        clients.iter().filter(|client| client.kind == ClientKind::Scim).count()
    };
    let shared = scim(clients::list(conn, &ids::DEPLOYMENT)?);
    let by_okta = roles::any_by_okta(conn, &workspace_id)?;
    let mut domains = connection_domains::list(conn, &workspace_id)?;
    let oidc = connections::rows(&facts, &mut domains);
    let saml = list::list(conn, &workspace_id, &mut domains, now)?;
    Ok(OktaPage {
        progress: progress(&facts, &paste, &findings, (by_okta, !saml.is_empty())),
        users: users::count(conn, &workspace_id)?,
        groups: groups::count(conn, &workspace_id)?,
        link_used: setup_links::last_used(conn, &workspace_id, now - LINK_USE_SHOWN)?
            .map(|at| Moment::of(at, now)),
        scim_clients: shared + scim(clients::list(conn, &workspace_id)?),
        last_request: facts.last(Sight::ScimAnswered).map(|at| Moment::of(at, now)),
        last_error: facts
            .seen(Sight::ScimRefused)
            .or_else(|| facts.seen(Sight::ScimStranger))
            .map(|seen| (Moment::of(seen.last_at, now), seen.detail.clone())),
        found: facts.connection().map(Discovered::of).transpose()?.flatten(),
        brake: BrakeView::read(conn, &workspace_id, now)?,
        set_up: setup_progress::find(conn, &workspace_id)?,
        oidc,
        oidc_deleted: false,
        saml,
        saml_deleted: false,
        workspace,
        facts,
        paste,
        findings,
        form,
        now,
    })
}

/// Fills the form from the saved settings. Never the secret.
fn fill(form: &mut SettingsForm, facts: &Facts) {
    form.enabled = facts.connection().is_none_or(|connection| connection.enabled);
    let Some(connection) = facts.connection() else { return };
    form.jit = connection.jit;
    form.domain = connection.issuer.strip_prefix("https://").unwrap_or(&connection.issuer).to_owned();
    form.client_id.clone_from(&connection.client_id);
    form.auth_method = connection.auth_method.to_string();
    form.dpop = connection.dpop;
    form.groups_claim.clone_from(&connection.groups_claim);
}
