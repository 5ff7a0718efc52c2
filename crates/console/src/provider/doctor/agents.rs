//! The finding about AI clients: the last assertion that was refused since one was accepted. Pure.

use vestibule_web::observe::sightings::SightingKind;

use super::{
    facts::Facts,
    finding::{Finding, Weight::Warn},
};
use crate::agents::hint;

/// The step of this finding. The page of the set-up has no such step.
pub(crate) const STEP: u8 = 8;

pub(super) fn judge(facts: &Facts) -> Option<Finding> {
    let seen = facts.uncured(SightingKind::AgentRefused, SightingKind::AgentAccess)?;
    let (check, sentence) = seen.detail.split_once(' ').unwrap_or((&seen.detail, ""));
    Some(
        Finding::new(
            "agent_refused",
            Warn,
            STEP,
            format!("An AI client was refused: {sentence}."),
            "It could not act for the person (Cross App Access).",
        )
        .go(hint::of(check, facts.provider()))
        .go(format!("AI access here: which clients act, and what to enter in {}", facts.provider().name))
        .seen(seen),
    )
}
