//! What needs an administrator: the doctor's findings and failing webhooks, each with one place to go. Pure.

use vestibule_core::{ids::UserId, sets::DeliveryState, time::Micros};
use vestibule_store::{
    outbox::{deliveries::Pause, webhooks::Webhook},
    people::users::UserSummary,
};

use crate::{
    layout::moment::Moment,
    provider::doctor::{Finding, Weight},
};

/// One of them.
pub(super) struct Issue {
    /// `bad` or `warn`.
    pub style: &'static str,
    pub what: String,
    pub detail: String,
    pub at: Option<Moment>,
    /// When it was first seen, if that is another time.
    pub since: Option<Moment>,
    pub times: Option<i64>,
    /// The people whom it stopped: name and address.
    pub people: Vec<(String, String)>,
    pub link: String,
    pub button: &'static str,
}

impl Issue {
    /// The mark, in words with a shape.
    pub(super) fn mark(&self) -> &'static str {
        if self.style == "bad" { "✕ Not working" } else { "! Action needed" }
    }
}

/// Findings about single requests, which have a list of their own while they are stored.
const SINGLE: [&str; 2] = ["scim_refused", "taken"];

/// The findings about which something must be done. `has_refusals`: whether refused requests are listed beside them.
pub(super) fn of_findings(
    findings: &[Finding],
    people: &[UserSummary],
    has_refusals: bool,
    now: Micros,
) -> Vec<Issue> {
    // Webhooks have issues of their own, which name them.
    let wanted = findings.iter().filter(|one| {
        let is_elsewhere = one.id == "undelivered" || (has_refusals && SINGLE.contains(&one.id));
        one.weight != Weight::Note && !is_elsewhere
    });
    wanted
        .map(|finding| {
            let (link, button) = place(finding);
            let named = |id: &UserId| people.iter().find(|one| one.user_id == *id);
            let person = |one: &UserSummary| (one.greeting().to_owned(), format!("/people/{}", one.user_id));
            Issue {
                style: finding.weight.name(),
                what: finding.saw.clone(),
                detail: finding.means.clone(),
                at: finding.at.map(|at| Moment::of(at, now)),
                since: finding.since.filter(|since| Some(*since) != finding.at).map(|at| Moment::of(at, now)),
                times: finding.times.filter(|times| *times > 1),
                people: finding.people.iter().filter_map(named).map(person).collect(),
                link,
                button,
            }
        })
        .collect()
}

/// Where a finding is dealt with.
fn place(finding: &Finding) -> (String, &'static str) {
    let to = |link: &str, button| (link.to_owned(), button);
    match finding.id {
        "conflicts" => to("/integrations/okta/conflicts", "Choose who they are"),
        "scim_refused" | "taken" => to("/requests?door=scim&outcome=refused", "See the requests"),
        "token_expiring" | "token_expired" | "token_unused" => to("/tokens", "Open Credentials"),
        "no_domain" | "domain_lapsing" | "domain_lapsed" => to("/settings", "Open Settings"),
        _ => (format!("/integrations/okta#{}", finding.anchor()), "What to change"),
    }
}

/// Webhooks whose receiver does not answer, or with deliveries that were given up.
pub(super) fn of_webhooks(
    hooks: &[Webhook],
    tally: &[(String, DeliveryState, i64)],
    pauses: &[Pause],
) -> Vec<Issue> {
    let count = |id: &str, state: DeliveryState| {
        let of = tally.iter().find(|(target, of, _)| target == id && *of == state);
        of.map_or(0, |(_, _, count)| *count)
    };
    let issue = |hook: &Webhook| {
        let id = hook.webhook_id.as_str();
        let (waiting, dead) = (count(id, DeliveryState::Waiting), count(id, DeliveryState::Dead));
        let is_resting = hook.enabled && pauses.iter().any(|pause| pause.target_id == id);
        if !is_resting && dead == 0 {
            return None;
        }
        let what = if is_resting { "does not answer" } else { "did not accept every event" };
        Some(Issue {
            style: if is_resting { "bad" } else { "warn" },
            what: format!("The webhook {} {what}", hook.url.chars().take(120).collect::<String>()),
            detail: format!("{} waiting, {} failed.", events(waiting), events(dead)),
            at: None,
            since: None,
            times: None,
            people: Vec::new(),
            link: format!("/webhooks/{id}"),
            button: "See the deliveries",
        })
    };
    hooks.iter().filter_map(issue).collect()
}

fn events(count: i64) -> String {
    if count == 1 { "1 event".to_owned() } else { format!("{count} events") }
}

#[cfg(test)]
mod tests {
    use vestibule_core::ids::WorkspaceId;

    use super::*;

    #[test]
    fn a_webhook_that_works_is_no_issue() {
        let hook = Webhook::new(&WorkspaceId::new(1), "https://api.example/told", "*", 1);
        let id = hook.webhook_id.clone();
        let hooks = [hook];
        assert!(of_webhooks(&hooks, &[(id.clone(), DeliveryState::Waiting, 3)], &[]).is_empty());
        let found = of_webhooks(&hooks, &[(id, DeliveryState::Dead, 1)], &[]);
        assert_eq!((found[0].style, found[0].detail.as_str()), ("warn", "0 events waiting, 1 event failed."));
    }
}
