//! The doctor: finds what is wrong with a workspace's Okta. Facts are read once (`facts`, `live`); judging them is pure (`sign_in`,
//! `saml`, `scim`, `logout`, `agents`). The Okta page and `vestibule doctor` say the same.

pub(crate) mod agents;
pub(crate) mod facts;
mod finding;
mod live;
mod logout;
pub(crate) mod saml;
mod scim;
mod sign_in;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};
use vestibule_store::{Error, workspaces::Workspace};
use vestibule_web::State;

pub(crate) use facts::Facts;
pub use finding::{Change, Finding, Weight};
pub(crate) use live::Check;

/// The findings from facts alone, the most severe first.
pub(crate) fn findings(facts: &Facts) -> Vec<Finding> {
    let judged = [sign_in::judge(facts), saml::judge(facts), logout::judge(facts), scim::judge(facts)];
    let mut found: Vec<Finding> = judged.concat();
    found.extend(agents::judge(facts));
    found.sort_by_key(|finding| (finding.weight, finding.step));
    found
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
        let asked: Vec<Finding> = checks.iter().filter_map(|check| check.finding.clone()).collect();
        // A finding of a live check replaces the earlier finding about the same fault.
        found.retain(|finding| !asked.iter().any(|other| replaces(other, finding)));
        found.extend(asked);
        found.sort_by_key(|finding| (finding.weight, finding.step));
    }
    Ok((facts, checks, found))
}

/// Whether a finding of a live check replaces an earlier one: both have the same id and, for SAML, begin with the name of the same
/// connection.
fn replaces(asked: &Finding, before: &Finding) -> bool {
    let of = |finding: &Finding| finding.saw.split_once(": ").map(|(name, _)| name.to_owned());
    asked.id == before.id && (asked.step != saml::STEP || of(asked) == of(before))
}

/// The findings as JSON, for `vestibule doctor --workspace`.
pub async fn report(state: &State, workspace: &Workspace, live: bool) -> Result<Value, Error> {
    let (facts, checks, found) = examine(state, workspace, live).await?;
    let checks: Vec<_> = checks
        .iter()
        .map(|check| json!({ "check": check.name, "well": check.known.then_some(check.finding.is_none()), "told": check.result }))
        .collect();
    Ok(json!({
        "workspace": workspace.workspace_id, "name": workspace.name,
        "connected": facts.connection.is_some() || !facts.saml.is_empty(), "checks": checks,
        // Only for the operator: a page names no other workspace.
        "app_also_claimed_by": facts.rivals.iter().map(|rival| json!({ "workspace": rival.workspace_id, "proven": rival.proven })).collect::<Vec<_>>(),
        "findings": found.iter().map(Finding::json).collect::<Vec<_>>(),
        "well": found.iter().all(|finding| finding.weight == Weight::Note),
    }))
}
