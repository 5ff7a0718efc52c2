//! The content of a step.

use std::borrow::Borrow;

use askama::Template;
use vestibule_core::{
    providers::{PROVIDERS, Provider},
    sets::{OktaAppKind, ProviderKind},
    time::Micros,
};
use vestibule_store::trail::receipts::Receipt;
use vestibule_web::{observe::sightings::SightingKind, outbound::discovery::Discovered};

use crate::{
    layout::{moment::Moment, number::took},
    provider::{
        doctor::{Change, Check, Facts},
        okta::form::{self, SettingsForm},
        paste::Paste,
    },
    setup::{
        drawn::Drawn,
        read::{self, Status},
        state::{State, Tested, connection},
        step::Step,
    },
};

/// A fault that stands in the way of a step.
pub(super) struct Fault {
    pub saw: String,
    pub means: String,
    pub change: Vec<Change>,
}

/// A provisioning token that was just created; it is on this page and nowhere else.
pub(super) struct Issued {
    pub name: String,
    pub secret: String,
}

/// The page of a step.
#[derive(Template)]
#[template(path = "setup.html")]
pub(super) struct SetupPage {
    /// Whether only the parts that change by themselves are wanted.
    pub only_parts: bool,
    pub step: Step,
    pub app: OktaAppKind,
    pub provider: &'static Provider,
    pub workspace: String,
    pub workspace_id: String,
    pub statuses: Vec<Status>,
    pub facts: Facts,
    pub paste: Paste,
    pub faults: Vec<Fault>,
    pub by_link: bool,
    pub may_change: bool,
    pub csrf: String,
    /// The path above the steps.
    pub base: &'static str,
    /// Where the form of the step is sent.
    pub action: String,
    /// Why nothing was changed; empty: there is no reason.
    pub problem: String,
    /// Where a sign-in that the provider starts begins.
    pub initiate: String,
    /// The settings of the connection.
    pub form: SettingsForm,
    /// Rendered parts: the form and the addresses of SAML; the domains.
    pub saml_form: String,
    pub saml_addresses: String,
    pub domains: String,
    pub found: Option<Discovered>,
    /// What the provider just answered; none: it was not asked.
    pub checks: Vec<Check>,
    pub tested: Option<Tested>,
    pub issued: Option<Issued>,
    pub logout: Option<Receipt>,
    pub drawn: Option<Drawn>,
    pub people: i64,
    pub groups: i64,
    pub scim_clients: usize,
    pub is_administered: bool,
    /// Where a sign-in of this workspace begins.
    pub sign_in: String,
    /// Where the summary leads: the console, and the vendor's product.
    pub console: String,
    pub product: Option<String>,
    pub product_name: String,
    pub now: Micros,
}

impl SetupPage {
    fn title(&self) -> String {
        self.step.title(self.app, self.provider)
    }

    fn done(&self) -> (usize, usize) {
        read::done(&self.statuses)
    }

    fn path(&self, step: impl Borrow<Step>) -> String {
        format!("{}/{}", self.base, step.borrow().name())
    }

    fn state(&self) -> State {
        read::state_of(&self.statuses, self.step)
    }

    /// Whether the kind of app is this.
    fn is(&self, app: OktaAppKind) -> bool {
        self.app == app
    }

    /// Whether a step can be opened: before the choice of an app there is only that choice.
    fn is_open(&self, step: &Step) -> bool {
        *step == Step::App || self.app != OktaAppKind::Unknown
    }

    fn beside(&self, offset: isize) -> Option<&Status> {
        let here = self.statuses.iter().position(|status| status.step == self.step)?;
        self.statuses.get(here.checked_add_signed(offset)?).filter(|status| self.is_open(&status.step))
    }

    fn previous(&self) -> Option<&Status> {
        self.beside(-1)
    }

    fn next(&self) -> Option<&Status> {
        self.beside(1)
    }

    /// Whether the step waits for requests of the provider.
    fn listens(&self) -> bool {
        let is_measured = self.logout.as_ref().is_some_and(|receipt| receipt.in_force_at.is_some());
        match self.step {
            Step::Provisioning => !self.state().is_done(),
            Step::Logout => !self.state().is_done() || !is_measured,
            _ => false,
        }
    }

    /// The connection's id; empty: there is none.
    fn connection(&self) -> String {
        connection(&self.facts, self.app).map(|one| one.id.to_string()).unwrap_or_default()
    }

    fn is_connected(&self) -> bool {
        connection(&self.facts, self.app).is_some()
    }

    fn is_on(&self) -> bool {
        connection(&self.facts, self.app).is_some_and(|one| one.enabled)
    }

    /// Whether the newest test, or a sign-in, succeeded.
    fn has_passed(&self) -> bool {
        self.tested.as_ref().is_some_and(|tested| tested.passed)
            || connection(&self.facts, self.app).is_some_and(|one| one.history.signed_in.is_some())
    }

    fn moment(&self, at: &Micros) -> Moment {
        Moment::of(*at, self.now)
    }

    /// The first provisioning request.
    fn first_request(&self) -> Option<Moment> {
        let seen = self.facts.sightings.get(SightingKind::ScimAnswered.name())?;
        Some(self.moment(&seen.first_at))
    }

    /// The name of the person, when their access ended, how long it took, and what ended.
    fn ended(&self) -> Option<(String, Moment, String, i64)> {
        let receipt = self.logout.as_ref()?;
        let at = receipt.in_force_at?;
        let sessions = receipt.ended().ok().flatten().map_or(0, |counts| counts.sessions);
        let length = took((at - receipt.accepted_at).max(0));
        Some((receipt.user_name.clone(), self.moment(&at), length, sessions))
    }

    /// The methods of client authentication that the form offers: value and words.
    fn auth_methods(&self) -> [(&'static str, &'static str); 4] {
        form::auth_methods()
    }

    /// The kinds of other providers than Okta: value, words, and whether it is the one of the page.
    fn kinds(&self) -> Vec<(&'static str, &'static str, bool)> {
        let others = PROVIDERS.iter().filter(|other| !other.is_okta());
        others.map(|other| (other.kind.as_str(), other.choice(), other.kind == self.provider.kind)).collect()
    }

    /// The kinds whose labels a step can have that belongs to no connection yet.
    fn other_labels(&self) -> Vec<&'static Provider> {
        if self.is_connected() || ![OktaAppKind::Other, OktaAppKind::Saml].contains(&self.app) {
            return Vec::new();
        }
        let fits = |other: &&Provider| {
            other.kind != self.provider.kind && (self.app == OktaAppKind::Saml || !other.is_okta())
        };
        PROVIDERS.iter().filter(fits).collect()
    }

    /// The query that keeps the labels of the chosen provider.
    fn labels(&self) -> String {
        match self.other_labels().is_empty() {
            true => String::new(),
            false => format!("?provider={}", self.provider.kind),
        }
    }

    /// Where a sign-in of this workspace begins.
    fn sign_in_address(&self) -> &str {
        &self.sign_in
    }
}
