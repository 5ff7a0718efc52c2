//! The content of the page about the provider: its health, the doctor's findings, the connections, and the steps of the set-up with their
//! states. One job reads everything.

use askama::Template;
use vestibule_core::{
    ids::WorkspaceId,
    providers::Provider,
    sets::ProviderKind,
    time::{Micros, SECOND},
};
use vestibule_store::{
    Conn, Error,
    people::{groups, users},
    providers::{
        connection_domains, setup_links,
        setup_progress::{self, SetUp},
    },
};
use vestibule_web::observe::sightings::SightingKind;

use crate::{
    layout::{error::PageError, moment::Moment, visitor::Visitor},
    provider::{
        brake_view::BrakeView,
        doctor::{self, Facts, Finding, Weight, facts},
        okta::connections::{self, OidcRow},
        saml::list::{self, SamlRow},
        sync_status::SyncStatus,
    },
    setup::{self, Status, step::Step},
};

/// How long the page shows that a set-up link was used: thirty days.
const LINK_USE_SHOWN: Micros = 30 * 86_400 * SECOND;

/// The content of the page.
#[derive(Template)]
#[template(path = "okta.html")]
pub(crate) struct OktaPage {
    pub csrf: String,
    pub may_change: bool,
    pub facts: Facts,
    pub findings: Vec<Finding>,
    pub steps: Vec<Status>,
    pub brake: BrakeView,
    pub users: i64,
    pub groups: i64,
    pub link_used: Option<Moment>,
    pub last_request: Option<Moment>,
    pub last_error: Option<(Moment, String)>,
    pub set_up: SetUp,
    /// The OpenID Connect connections.
    pub oidc: Vec<OidcRow>,
    /// Whether one was just deleted.
    pub oidc_deleted: bool,
    /// The SAML connections.
    pub saml: Vec<SamlRow>,
    /// Whether one was just deleted.
    pub saml_deleted: bool,
    pub now: Micros,
}

impl OktaPage {
    /// The provider of the page: Okta where a connection is Okta's.
    fn at(&self) -> &'static Provider {
        if self.facts.has_okta() { ProviderKind::Okta.facts() } else { self.facts.provider() }
    }

    fn done(&self) -> (usize, usize) {
        setup::done(&self.steps)
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
        SyncStatus::of(&self.set_up, self.facts.provider(), self.now)
    }
}

impl OktaPage {
    /// Reads the page; none while the workspace is being set up.
    pub(crate) async fn read(visitor: &Visitor) -> Result<Option<Self>, PageError> {
        let (workspace, state) = (visitor.workspace().clone(), visitor.state().clone());
        let (now, csrf, may_change) = (state.now(), visitor.csrf().to_owned(), visitor.may_change());
        let saml_deleted = visitor.query_is("saml_deleted=1");
        let oidc_deleted = visitor.query_is("oidc_deleted=1");
        facts::store_seen(&state).await.map_err(|error| visitor.failed(&error))?;
        visitor
            .read(move |conn| {
                let facts = facts::read(conn, &state, &workspace.workspace_id, now)?;
                if !facts.is_set_up() && !saml_deleted && !oidc_deleted {
                    return Ok(None);
                }
                let page = read(conn, &workspace.workspace_id, facts, now)?;
                Ok(Some(OktaPage { saml_deleted, oidc_deleted, csrf, may_change, ..page }))
            })
            .await
    }
}

fn read(conn: &mut Conn, workspace_id: &WorkspaceId, facts: Facts, now: Micros) -> Result<OktaPage, Error> {
    let findings = doctor::findings(&facts);
    let mut domains = connection_domains::list(conn, workspace_id)?;
    let oidc = connections::rows(&facts, &mut domains);
    let saml = list::list(conn, workspace_id, &mut domains, now)?;
    Ok(OktaPage {
        csrf: String::new(),
        may_change: false,
        steps: setup::statuses(conn, &facts, &findings, facts.chosen_app)?,
        users: users::count(conn, workspace_id)?,
        groups: groups::count(conn, workspace_id)?,
        link_used: setup_links::last_used(conn, workspace_id, now - LINK_USE_SHOWN)?
            .map(|at| Moment::of(at, now)),
        last_request: facts.last(SightingKind::ScimAnswered).map(|at| Moment::of(at, now)),
        last_error: facts
            .seen(SightingKind::ScimRefused)
            .or_else(|| facts.seen(SightingKind::ScimStranger))
            .map(|seen| (Moment::of(seen.last_at, now), seen.detail.clone())),
        brake: BrakeView::read(conn, workspace_id, now)?,
        set_up: setup_progress::find(conn, workspace_id)?,
        oidc,
        oidc_deleted: false,
        saml,
        saml_deleted: false,
        facts,
        findings,
        now,
    })
}
