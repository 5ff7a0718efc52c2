//! Okta's test suites for a SCIM service (facts §4), run against a live one: SPEC, CRUD, group push, and entitlements. Each step says
//! exactly what was asked, what came back, and which of the suite's assertions failed. What a run creates has names that begin with its
//! own prefix, and [`Okta::clean_up`] removes it again.

mod crud;
mod entitlements;
mod request;
mod spec;

use std::fmt::Write as _;

use reqwest::Method;
use serde_json::Value;

use super::{bodies, trip::Trip};
use crate::{directory::App, okta::Okta, support::random};

/// A step of a suite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuiteStep {
    /// The suite: `SPEC`, `CRUD`, `Group push`, `Entitlements` or `Clean-up`.
    pub suite: &'static str,
    /// What the step does.
    pub title: String,
    /// Method and path of its last request; empty: none was sent.
    pub request: String,
    /// Status of the answer; 0: there was none.
    pub status: u16,
    /// The assertions that failed, one sentence each.
    pub failures: Vec<String>,
}

impl SuiteStep {
    /// Whether every assertion held.
    pub fn has_passed(&self) -> bool {
        self.failures.is_empty()
    }
}

/// The names of a run. The domain can't exist (RFC 2606 §2), so nobody real is meant.
#[derive(Clone, Debug)]
pub struct SuiteNames {
    prefix: String,
}

impl SuiteNames {
    /// Names that no other run has.
    pub fn new() -> Self {
        Self { prefix: format!("oin-kit-{}", random::word(8).to_lowercase()) }
    }

    /// The login name of somebody.
    pub fn login(&self, who: &str) -> String {
        format!("{}-{who}@oin-kit.invalid", self.prefix)
    }

    /// The name of the group.
    pub fn group(&self) -> String {
        format!("{} group", self.prefix)
    }

    fn logins(&self) -> [String; 3] {
        ["base", "spec", "crud"].map(|who| self.login(who))
    }

    fn groups(&self) -> [String; 2] {
        [self.group(), format!("{} renamed", self.group())]
    }
}

impl Default for SuiteNames {
    fn default() -> Self {
        Self::new()
    }
}

impl Okta {
    /// Runs every suite, and then removes what they made. The app must be enabled for provisioning.
    pub async fn run_suites(&self, app: &App, names: &SuiteNames) -> Vec<SuiteStep> {
        let mut steps = spec::run(self, app, names).await;
        steps.extend(crud::run(self, app, names).await);
        steps.extend(entitlements::run(self, app, names).await);
        steps.extend(self.clean_up(app, names).await);
        steps
    }

    /// Removes the people and groups of a run, found by their names, also those of a run that broke off.
    pub async fn clean_up(&self, app: &App, names: &SuiteNames) -> Vec<SuiteStep> {
        let mut suite = match Suite::start(self, app, "Clean-up") {
            Ok(suite) => suite,
            Err(step) => return vec![step],
        };
        for login in names.logins() {
            suite.remove("/Users", "userName", &login).await;
        }
        for group in names.groups() {
            suite.remove("/Groups", "displayName", &group).await;
        }
        suite.steps
    }
}

/// A running suite.
struct Suite {
    trip: Trip,
    name: &'static str,
    steps: Vec<SuiteStep>,
}

impl Suite {
    fn start(okta: &Okta, app: &App, name: &'static str) -> Result<Self, SuiteStep> {
        match Trip::start(okta, app) {
            Ok(trip) => Ok(Self { trip, name, steps: Vec::new() }),
            Err(failure) => Err(SuiteStep {
                suite: name,
                title: "Begin".to_owned(),
                request: String::new(),
                status: 0,
                failures: vec![failure.sentence],
            }),
        }
    }

    /// Adds a failed assertion to the last step, unless it holds.
    fn assert(&mut self, holds: bool, words: impl Into<String>) {
        if !holds && let Some(step) = self.steps.last_mut() {
            step.failures.push(words.into());
        }
    }

    /// Asserts that a member of a document has this value.
    fn equals(&mut self, document: &Value, pointer: &str, expected: &Value) {
        let found = document.pointer(pointer).unwrap_or(&Value::Null);
        let mut words = String::new();
        let _ = write!(words, "{pointer} is {found}, and must be {expected}");
        self.assert(found == expected, words);
    }

    /// Removes the resource of this name, if there is one.
    async fn remove(&mut self, endpoint: &str, attribute: &str, name: &str) {
        let path = format!("{endpoint}?{}", bodies::filter(attribute, name));
        let found = self.ask(format!("Look for {name}"), Method::GET, &path, None).await;
        self.assert(found.status == 200, "the status must be 200");
        let id = found.body.pointer("/Resources/0/id").and_then(Value::as_str).map(str::to_owned);
        if let Some(id) = id {
            let gone =
                self.ask(format!("Delete {name}"), Method::DELETE, &format!("{endpoint}/{id}"), None).await;
            self.assert([204, 404].contains(&gone.status), "the status must be 204");
        }
    }
}
