//! The doctor: what is wrong with a workspace's Okta, each finding with what was seen, what it means, and the Okta field to
//! change with the exact text. Facts are read once (`facts`, `live`); judging them is pure (`sign_in`, `scim`, `logout`).
//! The Okta page and `vestibule doctor` tell the same.

mod facts;
mod live;
mod logout;
mod scim;
mod sign_in;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};
use vestibule_core::time::{self, Micros};
use vestibule_store::{Error, workspaces::Workspace};
use vestibule_web::State;

pub(crate) use facts::Facts;
pub(crate) use live::Check;

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Something does not work.
    Bad,
    /// Something will not work, or does harm.
    Warn,
    /// Good to know.
    Note,
}

impl Weight {
    /// As JSON and stylesheets name it.
    pub fn name(self) -> &'static str {
        match self {
            Weight::Bad => "bad",
            Weight::Warn => "warn",
            Weight::Note => "note",
        }
    }
}

/// One thing to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Where: Okta's own labels, or a page of ours.
    pub place: String,
    /// The exact text to put there; `None`: the place says it all.
    pub value: Option<String>,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// A name that stays.
    pub id: &'static str,
    /// How grave.
    pub weight: Weight,
    /// The step of the set-up it belongs to: 2 OIDC, 3 settings, 4 Universal Logout, 5 SCIM, 6 entitlements.
    pub step: u8,
    /// What was seen.
    pub saw: String,
    /// What it means.
    pub means: String,
    /// What to change.
    pub change: Vec<Change>,
    /// When it was last seen.
    pub at: Option<Micros>,
}

impl Finding {
    fn new(
        id: &'static str,
        weight: Weight,
        step: u8,
        saw: impl Into<String>,
        means: impl Into<String>,
    ) -> Self {
        Self { id, weight, step, saw: saw.into(), means: means.into(), change: Vec::new(), at: None }
    }

    fn at(mut self, at: Micros) -> Self {
        self.at = Some(at);
        self
    }

    /// Names a place to change.
    fn go(mut self, place: impl Into<String>) -> Self {
        self.change.push(Change { place: place.into(), value: None });
        self
    }

    /// Names a field and its exact text.
    fn put(mut self, place: impl Into<String>, value: impl Into<String>) -> Self {
        self.change.push(Change { place: place.into(), value: Some(value.into()) });
        self
    }

    fn told(&self) -> Value {
        let change: Vec<_> = self
            .change
            .iter()
            .map(|change| json!({ "place": change.place, "value": change.value }))
            .collect();
        json!({
            "id": self.id, "weight": self.weight.name(), "saw": self.saw, "means": self.means,
            "change": change, "at": self.at.map(time::rfc3339),
        })
    }
}

/// Everything that facts alone tell, the gravest first.
pub(crate) fn findings(facts: &Facts) -> Vec<Finding> {
    let mut found: Vec<Finding> = [sign_in::judge(facts), logout::judge(facts), scim::judge(facts)].concat();
    found.sort_by_key(|finding| (finding.weight, finding.step));
    found
}

/// What the doctor says: with `live`, it also asks Okta itself.
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
        // What Okta itself answers just now outweighs what was seen.
        found.retain(|finding| !asked.iter().any(|other| other.id == finding.id));
        found.extend(asked);
        found.sort_by_key(|finding| (finding.weight, finding.step));
    }
    Ok((facts, checks, found))
}

/// The same as JSON, for `vestibule doctor --workspace`.
pub async fn report(state: &State, workspace: &Workspace, live: bool) -> Result<Value, Error> {
    let (facts, checks, found) = examine(state, workspace, live).await?;
    let checks: Vec<_> = checks
        .iter()
        .map(|check| json!({ "check": check.name, "well": check.known.then_some(check.finding.is_none()), "told": check.told }))
        .collect();
    Ok(json!({
        "workspace": workspace.workspace_id, "name": workspace.name,
        "connected": facts.connection.is_some(), "checks": checks,
        // For the operator alone: a page names no other workspace.
        "app_also_claimed_by": facts.rivals.iter().map(|rival| json!({ "workspace": rival.workspace_id, "proven": rival.proven })).collect::<Vec<_>>(),
        "findings": found.iter().map(Finding::told).collect::<Vec<_>>(),
        "well": found.iter().all(|finding| finding.weight == Weight::Note),
    }))
}
