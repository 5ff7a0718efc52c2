//! The finding about AI clients: the last assertion that was refused since one was accepted. Pure.

use vestibule_web::observe::sightings::Sight;

use super::{
    facts::Facts,
    finding::{Finding, Weight::Warn},
};
use crate::agents::hint;

/// The step of this finding. The Okta page has no such step.
pub(crate) const STEP: u8 = 8;

pub(super) fn judge(facts: &Facts) -> Option<Finding> {
    let seen = facts.uncured(Sight::AgentRefused, Sight::AgentAccess)?;
    let (check, sentence) = seen.detail.split_once(' ').unwrap_or((&seen.detail, ""));
    Some(
        Finding::new(
            "agent_refused",
            Warn,
            STEP,
            format!("An AI client was refused: {sentence}."),
            "It could not act for the person (Cross App Access).",
        )
        .go(hint::of(check))
        .go("AI access here: which clients act, and what to enter in Okta")
        .at(seen.last_at),
    )
}
