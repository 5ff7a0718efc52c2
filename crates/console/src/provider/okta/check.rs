//! `POST /integrations/okta/check`: the doctor asks Okta itself, and the page shows the answers. It changes nothing, but needs a form of
//! this session, so that a link on another site can't make Vestibule send requests.

use askama::Template;
use vestibule_core::{providers::Provider, time::Micros};

use crate::{
    layout::{access::Administrator, error::PageResult, form::Form, moment::Moment},
    provider::doctor::{self, Check, Finding, Weight},
};

#[derive(Template)]
#[template(path = "check.html")]
struct CheckPage {
    /// Whether there is a connection to ask.
    connected: bool,
    provider: &'static Provider,
    checks: Vec<Check>,
    findings: Vec<Finding>,
    now: Micros,
}

impl CheckPage {
    fn moment(&self, at: &Micros) -> Moment {
        Moment::of(*at, self.now)
    }
}

/// Asks Okta and shows the answers.
pub async fn post(form: Form<Administrator, ()>) -> PageResult {
    let administrator = form.visitor;
    let examined = doctor::examine(administrator.state(), administrator.workspace(), true).await;
    let (facts, checks, findings) = examined.map_err(|error| administrator.failed(&error))?;
    let connected = facts.is_connected();
    let content = CheckPage {
        connected,
        provider: facts.provider(),
        checks,
        findings,
        now: administrator.state().now(),
    };
    administrator.page("Live checks", &content)
}
