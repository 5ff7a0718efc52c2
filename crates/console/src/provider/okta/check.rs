//! `POST /integrations/okta/check`: the doctor asks Okta itself, and the page shows the answers. It changes nothing, and is a form all
//! the same, so that a link on another site can't make Vestibule send requests.

use askama::Template;
use vestibule_core::time::Micros;
use vestibule_store::providers::saml_connections;

use crate::{
    layout::{access::Administrator, error::PageResult, form::Form, moment::Moment},
    provider::doctor::{self, Check, Finding, Weight},
};

#[derive(Template)]
#[template(path = "check.html")]
struct CheckPage {
    connected: bool,
    /// Whether there is a SAML connection.
    by_saml: bool,
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
    let (now, workspace_id) = (administrator.state().now(), administrator.workspace_id());
    let saml = administrator.read(move |conn| saml_connections::list(conn, &workspace_id)).await?;
    let connected = facts.connection.is_some();
    let content = CheckPage { connected, by_saml: !saml.is_empty(), checks, findings, now };
    administrator.page("Live checks", &content)
}
