//! The IPSIE self-check: each requirement of the levels and their two profiles, with the evidence seen in a workspace. [`facts`] reads,
//! in a constant number of statements; [`judge`] is pure. It is a workspace's own account of itself, and says so.

pub mod facts;
pub mod judge;
pub mod requirement;

use serde_json::{Value, json};
use vestibule_core::time::rfc3339;

use facts::Facts;
use judge::{Judged, Verdict};
use requirement::{Level, Source, Strength};

/// What a report is, and is not. Part of each.
pub const NOTE: &str =
    "A self-check by this service, from what it saw in this workspace. Nobody else has examined it.";

/// The result for a level. Each level includes the lower ones of its axis (IPSIE Levels, introduction).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfLevel {
    /// The level.
    pub level: Level,
    /// Not met: some requirement isn't. Not seen: none is unmet, and some has no evidence yet. Recommendations don't count.
    pub verdict: Verdict,
    /// How many of its own requirements have each verdict: met, not met, not seen yet, not this service's part.
    pub counts: [usize; 4],
}

/// The results by level, in order.
pub fn levels(judged: &[Judged]) -> Vec<OfLevel> {
    Level::ALL
        .into_iter()
        .map(|level| {
            let counts = Verdict::ALL.map(|verdict| {
                judged.iter().filter(|one| one.requirement.level == level && one.verdict == verdict).count()
            });
            let has = |verdict| {
                judged.iter().any(|one| {
                    one.requirement.strength == Strength::Must
                        && one.verdict == verdict
                        && level.includes(one.requirement.level)
                })
            };
            let verdict = [Verdict::NotMet, Verdict::NotSeen].into_iter().find(|verdict| has(*verdict));
            OfLevel { level, verdict: verdict.unwrap_or(Verdict::Met), counts }
        })
        .collect()
}

/// The report as JSON, for the command and for download.
pub fn json(facts: &Facts) -> Value {
    let judged = judge::judge(facts);
    let of_levels = levels(&judged).into_iter().map(|one| {
        let [met, not_met, not_seen, not_ours] = one.counts;
        json!({
            "level": one.level.name(), "verdict": one.verdict.name(),
            "met": met, "not_met": not_met, "not_seen": not_seen, "not_ours": not_ours,
        })
    });
    let requirements = judged.iter().map(|one| {
        let requirement = one.requirement;
        json!({
            "id": requirement.id, "level": requirement.level.name(), "verdict": one.verdict.name(),
            "requirement": requirement.text, "strength": requirement.strength.name(), "of": requirement.part.name(),
            "source": requirement.source.document(), "section": requirement.section,
            "evidence": one.evidence, "seen_at": one.at.map(rfc3339),
        })
    });
    let sources = Source::ALL
        .map(|source| json!({ "document": source.document(), "title": source.title(), "of": source.date() }));
    json!({
        "workspace": facts.workspace_id, "at": rfc3339(facts.now), "note": NOTE, "sources": sources,
        "levels": of_levels.collect::<Vec<_>>(), "requirements": requirements.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests;
