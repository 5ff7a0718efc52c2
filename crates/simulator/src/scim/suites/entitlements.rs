//! Okta's entitlements test (facts §4.3), the discovery before it (facts §3), and the assignment of a role to the person of the CRUD test
//! (facts §4.4, C9370 to C9373).

use reqwest::Method;
use serde_json::{Value, json};

use super::{Suite, SuiteNames, SuiteStep};
use crate::{directory::App, okta::Okta, scim::settings::Role};

/// Roles that a test must not give to anybody, even for a second.
const POWERFUL: [&str; 2] = ["owner", "admin"];

pub(super) async fn run(okta: &Okta, app: &App, names: &SuiteNames) -> Vec<SuiteStep> {
    let mut suite = match Suite::start(okta, app, "Entitlements") {
        Ok(suite) => suite,
        Err(step) => return vec![step],
    };
    let page = suite.ask("One role", Method::GET, "/Roles?count=1&startIndex=1", None).await;
    suite.list(&page);
    suite.equals(&page.body, "/itemsPerPage", &json!(1));
    let has_one = page.body.get("Resources").and_then(Value::as_array).is_some_and(|all| !all.is_empty());
    suite.assert(has_one, "Resources must not be empty");
    if !suite.acted("Discover the roles and entitlements", okta.discover_roles(app).await) {
        return suite.steps;
    }
    let harmless = |role: &&Role| role.entitlement.is_none() && !POWERFUL.contains(&role.id.as_str());
    let known = okta.roles(app);
    let Some(role) = known.iter().find(harmless) else {
        suite.acted("Assign a role: there is none besides owner and admin", Ok(Vec::new()));
        return suite.steps;
    };
    let login = names.login("crud");
    let Some(person) = okta.people().into_iter().find(|one| one.login == login) else { return suite.steps };
    if !suite.acted("Assign the person again", okta.assign(app, &person).await) {
        return suite.steps;
    }
    let id = okta.scim_id(app, &person).unwrap_or_default();
    suite.acted(format!("Assign the role {}", role.id), okta.assign_roles(app, &person, &[&role.id]).await);
    let read = suite.reads("The person has the role", &id).await;
    suite.equals(&read, "/roles/0/value", &json!(role.id));
    suite.acted("Remove the role", okta.assign_roles(app, &person, &[]).await);
    let read = suite.reads("The person has no assigned role", &id).await;
    suite
        .assert(read.get("roles").and_then(Value::as_array).is_none_or(Vec::is_empty), "roles must be empty");
    suite.steps
}
