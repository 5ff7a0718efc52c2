//! The progress of each step of the set-up: by what was seen to work. Only the first step counts as done when settings are saved. Pure.

use vestibule_web::observe::sightings::Sight;

use crate::provider::{
    doctor::{Facts, Finding, Weight},
    paste::Paste,
};

/// The progress of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    Todo,
    Waiting,
    Working,
    Attention,
    /// Not for this workspace, which signs people in by SAML alone.
    NotNeeded,
}

impl Progress {
    /// The chip's class and text. The text is clear without the color.
    pub(crate) fn chip(self) -> (&'static str, &'static str) {
        match self {
            Progress::Todo => ("todo", "○ To do"),
            Progress::Waiting => ("todo", "◐ Waiting for Okta"),
            Progress::Working => ("working", "✓ Working"),
            Progress::Attention => ("attention", "! Needs attention"),
            Progress::NotNeeded => ("todo", "○ Not needed"),
        }
    }
}

/// The progress of the six steps. `by_okta`: whether Okta gives a role; `by_saml`: whether there is a SAML connection.
pub(super) fn progress(
    facts: &Facts,
    paste: &Paste,
    findings: &[Finding],
    (by_okta, by_saml): (bool, bool),
) -> [Progress; 6] {
    let connected = !facts.oidc.is_empty() || by_saml;
    let came_back =
        facts.of_oidc().any(|one| one.signed_in.is_some() || one.last(Sight::SignInCameBack).is_some());
    let provisioned = facts.last(Sight::ScimAnswered).is_some() || facts.provisioned > 0;
    let of = |works: bool, waits: bool| match (works, waits) {
        (true, _) => Progress::Working,
        (false, true) => Progress::Waiting,
        (false, false) => Progress::Todo,
    };
    let mut steps = [
        of(connected, paste.is_chosen()),
        of(came_back, connected),
        of(connected && facts.has_signed_in(), connected),
        of(facts.last_logout().is_some(), connected),
        of(provisioned, !facts.provisioning.is_empty() || facts.last(Sight::ScimTokens).is_some()),
        of(by_okta, provisioned),
    ];
    if facts.oidc.is_empty() && by_saml {
        for step in steps.iter_mut().skip(1).take(2) {
            *step = Progress::NotNeeded;
        }
    }
    for finding in facts.of_steps(findings).filter(|finding| finding.weight != Weight::Note) {
        if let Some(step) = steps.get_mut(usize::from(finding.step) - 1) {
            *step = Progress::Attention;
        }
    }
    steps
}
