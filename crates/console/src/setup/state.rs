//! The state of each step, judged from facts alone: what was chosen, what the provider answered, what it was seen to do. Nothing counts as
//! done because somebody saved or looked at something. Refusals of single people are issues of the workspace, never states of a step. Pure.

use vestibule_core::{
    ids::ConnectionId,
    providers::Provider,
    sets::{OktaAppKind, ProviderKind},
    time::Micros,
};
use vestibule_web::observe::sightings::SightingKind;

use crate::{
    provider::doctor::{Facts, Finding, Weight, history::History},
    setup::step::Step,
};

/// The state of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Nothing was done yet.
    Todo,
    /// Everything is done here, and the provider has not been seen to use it.
    Waiting,
    /// Seen to work, at this time; `None`: there is no such time.
    Working(Option<Micros>),
    /// Seen to fail, at this time.
    Attention(Option<Micros>),
}

impl State {
    /// Whether the step is done.
    pub(crate) fn is_done(self) -> bool {
        matches!(self, Self::Working(_))
    }

    /// The time at which it was seen.
    pub(crate) fn at(self) -> Option<Micros> {
        match self {
            Self::Working(at) | Self::Attention(at) => at,
            Self::Todo | Self::Waiting => None,
        }
    }

    /// The chip's class and text. The text is clear without the color.
    pub(crate) fn chip(self, at: &Provider) -> (&'static str, String) {
        match self {
            Self::Todo => ("todo", "○ To do".to_owned()),
            Self::Waiting => ("wait", format!("◐ Waiting for {}", at.name)),
            Self::Working(_) => ("working", "✓ Working".to_owned()),
            Self::Attention(_) => ("attention", "! Needs attention".to_owned()),
        }
    }
}

/// The newest test sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tested {
    pub at: Micros,
    /// Whether the person would be signed in.
    pub passed: bool,
    /// Whether the answer was in order, and this person alone would be refused: that says nothing about the step.
    pub person_refused: bool,
    /// Name of the user; empty: none.
    pub who: String,
    /// Why it failed, or how the person was found; may be empty.
    pub detail: String,
}

/// What the states are judged from.
pub(crate) struct Judged<'a> {
    pub facts: &'a Facts,
    pub findings: &'a [Finding],
    pub app: OktaAppKind,
    pub tested: Option<&'a Tested>,
    /// When a domain was verified by its record, if one was.
    pub domain_verified: Option<Micros>,
    /// Whether a domain waits for its record.
    pub domain_claimed: bool,
}

/// The connection that the steps set up.
pub(crate) struct Connected<'a> {
    pub id: &'a ConnectionId,
    pub enabled: bool,
    pub updated_at: Micros,
    pub history: &'a History,
    pub provider: ProviderKind,
}

/// The connection that the steps set up: the first of the protocol of the app.
pub(crate) fn connection(facts: &Facts, app: OktaAppKind) -> Option<Connected<'_>> {
    if app == OktaAppKind::Saml {
        return facts.saml.first().map(|one| Connected {
            id: &one.connection.connection_id,
            enabled: one.connection.enabled,
            updated_at: one.connection.updated_at,
            history: &one.history,
            provider: one.connection.kind(),
        });
    }
    facts.oidc.first().map(|one| Connected {
        id: &one.connection.connection_id,
        enabled: one.connection.enabled,
        updated_at: one.connection.updated_at,
        history: &one.history,
        provider: one.connection.provider,
    })
}

/// The kind of app: as chosen; else as the connections show it. Unknown: nobody has chosen, and there is no connection.
pub(crate) fn app_of(facts: &Facts, chosen: OktaAppKind) -> OktaAppKind {
    if chosen != OktaAppKind::Unknown {
        return chosen;
    }
    match (facts.oidc.first(), facts.saml.is_empty()) {
        (Some(one), _) if !one.at().is_okta() => OktaAppKind::Other,
        // Only an app of the catalog provisions by OAuth without more.
        (Some(_), _) if facts.last(SightingKind::ScimTokens).is_some() => OktaAppKind::Catalog,
        (Some(_), _) => OktaAppKind::Own,
        (None, false) => OktaAppKind::Saml,
        (None, true) => OktaAppKind::Unknown,
    }
}

/// The provider of the steps: that of the connection, else that of the app. `typed`: the kind that the address names.
pub(crate) fn provider_of(facts: &Facts, app: OktaAppKind, typed: Option<ProviderKind>) -> &'static Provider {
    let kind = match app {
        OktaAppKind::Unknown | OktaAppKind::Catalog | OktaAppKind::Own => ProviderKind::Okta,
        OktaAppKind::Saml => match connection(facts, app) {
            Some(one) => one.provider,
            None => typed.unwrap_or(ProviderKind::Okta),
        },
        OktaAppKind::Other => match connection(facts, app).filter(|one| one.provider != ProviderKind::Okta) {
            Some(one) => one.provider,
            None => typed.filter(|kind| *kind != ProviderKind::Okta).unwrap_or(ProviderKind::Any),
        },
    };
    kind.facts()
}

/// Findings that say that the credentials, or the provider's answer to them, are wrong.
const OF_CREDENTIALS: [&str; 8] = [
    "client_secret",
    "client_id",
    "issuer",
    "issuer_unreachable",
    "keys",
    "dpop",
    "app_taken",
    "app_contested",
];
/// Findings that say that the app lacks our address.
const OF_APP: [&str; 2] = ["redirect_uri", "saml_not_back"];
/// Findings about provisioning that are about single people or groups, or about what an administrator decides.
const OF_PEOPLE: [&str; 10] = [
    "scim_refused",
    "taken",
    "group_overlap",
    "not_managed",
    "held",
    "undelivered",
    "shared_name",
    "owners_only",
    "oidc_without_scim",
    "token_unused",
];

impl Judged<'_> {
    fn connection(&self) -> Option<Connected<'_>> {
        connection(self.facts, self.app)
    }

    /// The findings of a step that stand in its way.
    pub(crate) fn faults(&self, step: Step) -> Vec<&Finding> {
        let id = self.connection().map(|one| one.id.clone());
        let is_ours = |finding: &&Finding| {
            finding.weight != Weight::Note
                && finding.about.as_ref().is_none_or(|about| Some(&about.connection) == id.as_ref())
                && match step {
                    Step::Create => OF_APP.contains(&finding.id),
                    Step::Credentials => {
                        OF_CREDENTIALS.contains(&finding.id)
                            || (finding.step == 7 && !OF_APP.contains(&finding.id))
                    }
                    Step::Provisioning => finding.step == 5 && !OF_PEOPLE.contains(&finding.id),
                    Step::Logout => finding.step == 4,
                    Step::App | Step::Test | Step::Domain | Step::Done => false,
                }
        };
        self.findings.iter().filter(is_ours).collect()
    }

    /// When a fault of the step was seen, if there is one.
    fn fault(&self, step: Step) -> Option<Option<Micros>> {
        let faults = self.faults(step);
        (!faults.is_empty()).then(|| faults.iter().filter_map(|finding| finding.at).max())
    }

    /// When somebody was last seen to sign in, or to be able to.
    fn signed_in(&self, history: &History) -> Option<Micros> {
        history.signed_in.max(self.tested().filter(|tested| tested.passed).map(|tested| tested.at))
    }

    /// The newest test of the app that is connected now.
    pub(crate) fn tested(&self) -> Option<&Tested> {
        let one = self.connection()?;
        let replaced = one.history.last(SightingKind::ConnectionReplaced);
        self.tested.filter(|tested| replaced.is_none_or(|at| tested.at >= at))
    }

    /// The state of a step.
    pub(crate) fn state(&self, step: Step) -> State {
        let seen = match step {
            Step::App => match self.app {
                OktaAppKind::Unknown => State::Todo,
                _ => State::Working(None),
            },
            Step::Create => self.create(),
            Step::Credentials => self.credentials(),
            Step::Test => self.test(),
            Step::Provisioning => self.provisioning(),
            Step::Logout => match (self.facts.last_logout(), self.connection()) {
                (Some(at), _) => State::Working(Some(at)),
                (None, Some(one)) if self.signed_in(one.history).is_some() => State::Waiting,
                (None, _) => State::Todo,
            },
            Step::Domain => match (self.domain_verified, self.domain_claimed) {
                (Some(at), _) => State::Working(Some(at)),
                (None, true) => State::Waiting,
                (None, false) => State::Todo,
            },
            Step::Done => State::Todo,
        };
        self.fault(step).map_or(seen, State::Attention)
    }

    /// The provider knows the app and our address once somebody came back from it, or it said so when it was asked.
    fn create(&self) -> State {
        let Some(one) = self.connection() else {
            return if self.app == OktaAppKind::Unknown { State::Todo } else { State::Waiting };
        };
        let history = one.history;
        let failed = history.sightings.get(SightingKind::ChecksFailed.name());
        let blames = |name: &str| failed.is_some_and(|seen| seen.detail.split(' ').any(|part| part == name));
        let is_app = ["redirect_uri", "client_id"].into_iter().any(&blames);
        let known = [
            history.last(SightingKind::SignInCameBack),
            self.signed_in(history),
            history.last(SightingKind::ChecksPassed),
            failed.filter(|_| !is_app && !blames("issuer")).map(|seen| seen.last_at),
        ];
        let known = known.into_iter().flatten().max();
        match failed.filter(|_| is_app).map(|seen| seen.last_at) {
            Some(at) if known.is_none_or(|known| known < at) => State::Attention(Some(at)),
            _ => known.map_or(State::Waiting, |at| State::Working(Some(at))),
        }
    }

    /// The credentials are right once the provider took them: at a sign-in, at a test, or when it was asked.
    fn credentials(&self) -> State {
        let Some(one) = self.connection() else { return State::Todo };
        let right = one.history.last(SightingKind::ChecksPassed).max(self.signed_in(one.history));
        match one.history.last(SightingKind::ChecksFailed) {
            Some(at) if right.is_none_or(|right| right < at) => State::Attention(Some(at)),
            _ => right.map_or(State::Waiting, |at| State::Working(Some(at))),
        }
    }

    /// The test is done once somebody could sign in and sign-in is on. A test that failed counts until the settings change.
    fn test(&self) -> State {
        let Some(one) = self.connection() else { return State::Todo };
        match (
            self.tested().filter(|tested| !tested.passed && !tested.person_refused),
            self.signed_in(one.history),
        ) {
            (Some(failed), right)
                if failed.at >= one.updated_at && right.is_none_or(|right| right < failed.at) =>
            {
                State::Attention(Some(failed.at))
            }
            (_, Some(at)) if one.enabled => State::Working(Some(at)),
            (_, Some(_)) => State::Todo,
            (_, None) => State::Waiting,
        }
    }

    fn provisioning(&self) -> State {
        let facts = self.facts;
        match facts.last(SightingKind::ScimAnswered) {
            Some(at) => State::Working(Some(at)),
            None if facts.provisioned > 0 => State::Working(None),
            None if !facts.provisioning.is_empty() || facts.last(SightingKind::ScimTokens).is_some() => {
                State::Waiting
            }
            None => State::Todo,
        }
    }
}

#[cfg(test)]
mod tests;
