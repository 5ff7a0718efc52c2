//! The doctor: finds what is wrong with a workspace's Okta. Facts are read once (`facts`, `live`); judging them is pure (`sign_in`,
//! `saml`, `scim`, `logout`, `agents`). The Okta page and `vestibule doctor` say the same.

pub(crate) mod agents;
pub(crate) mod facts;
mod finding;
mod histories;
pub(crate) mod history;
mod live;
mod logout;
pub(crate) mod oidc;
pub(crate) mod saml;
mod scim;
mod sign_in;
#[cfg(test)]
pub(crate) mod tests;

use serde_json::{Value, json};
use vestibule_store::{Error, workspaces::Workspace};
use vestibule_web::State;

pub(crate) use facts::Facts;
pub use finding::{Change, Finding, Weight};
pub(crate) use live::{Check, ask_one, remember};

/// The findings from facts alone, the most severe first.
pub(crate) fn findings(facts: &Facts) -> Vec<Finding> {
    let mut found = sign_in::of_workspace(facts);
    for oidc in &facts.oidc {
        let of_connection = sign_in::judge(facts, oidc);
        found.extend(of_connection.into_iter().map(|finding| finding.about(&facts.about_oidc(oidc))));
    }
    for saml in &facts.saml {
        let of_connection = saml::judge(facts, saml);
        found.extend(of_connection.into_iter().map(|finding| finding.about(&facts.about_saml(saml))));
    }
    found.extend(logout::unsigned(facts));
    found.extend(scim::judge(facts));
    found.extend(agents::judge(facts));
    sort(&mut found);
    found
}

/// Sorts by severity, then by step.
fn sort(found: &mut [Finding]) {
    found.sort_by_key(|finding| (finding.weight, finding.step));
}

/// Reads the facts and judges them; with `live`, also asks Okta itself.
pub(crate) async fn examine(
    state: &State,
    workspace: &Workspace,
    live: bool,
) -> Result<(Facts, Vec<Check>, Vec<Finding>), Error> {
    let facts = facts::gather(state, workspace).await?;
    let mut found = findings(&facts);
    let mut checks = Vec::new();
    if live {
        checks = live::ask(state, &facts).await;
        for id in facts.ids() {
            let of_it = |check: &&Check| check.about.as_ref().is_some_and(|about| about.connection == *id);
            let of_it: Vec<&Check> = checks.iter().filter(of_it).collect();
            remember(state, &workspace.workspace_id, id, &of_it).await?;
        }
        let asked: Vec<Finding> = checks.iter().filter_map(|check| check.finding.clone()).collect();
        // A finding of a live check replaces the earlier finding about the same fault.
        let replaces =
            |other: &Finding, finding: &Finding| (other.id, &other.about) == (finding.id, &finding.about);
        found.retain(|finding| !asked.iter().any(|other| replaces(other, finding)));
        found.extend(asked);
        sort(&mut found);
    }
    Ok((facts, checks, found))
}

/// The findings as JSON, for `vestibule doctor --workspace`.
pub async fn report(state: &State, workspace: &Workspace, live: bool) -> Result<Value, Error> {
    let (facts, checks, found) = examine(state, workspace, live).await?;
    let checks: Vec<_> = checks.iter().map(Check::json).collect();
    Ok(json!({
        "workspace": workspace.workspace_id, "name": workspace.name,
        "connected": facts.is_connected(), "checks": checks,
        // Only for the operator: a page names no other workspace.
        "app_also_claimed_by": facts.rivals().map(|rival| json!({ "workspace": rival.workspace_id, "proven": rival.proven })).collect::<Vec<_>>(),
        "findings": found.iter().map(Finding::json).collect::<Vec<_>>(),
        "well": found.iter().all(|finding| finding.weight == Weight::Note),
    }))
}
