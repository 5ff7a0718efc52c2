//! From facts to verdicts. Pure: each requirement has one function, and every function can refuse.

mod al1;
mod al2;
mod sl1;
mod sl1_provider;
mod sl2;

use vestibule_core::time::Micros;

use super::{
    facts::{End, Facts},
    requirement::{Level, Part, Requirement, Source, Strength},
};

/// What the evidence says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Met.
    Met,
    /// Not met.
    NotMet,
    /// Nothing was seen yet that could show it.
    NotSeen,
    /// Nothing that this service sees could show it: it is the identity service's alone.
    NotOurs,
}

impl Verdict {
    /// All verdicts.
    pub const ALL: [Verdict; 4] = [Verdict::Met, Verdict::NotMet, Verdict::NotSeen, Verdict::NotOurs];

    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Met => "met",
            Verdict::NotMet => "not_met",
            Verdict::NotSeen => "not_seen",
            Verdict::NotOurs => "not_ours",
        }
    }

    /// The words on a page.
    pub fn words(self) -> &'static str {
        match self {
            Verdict::Met => "Met",
            Verdict::NotMet => "Not met",
            Verdict::NotSeen => "Not seen yet",
            Verdict::NotOurs => "Not this service's part",
        }
    }
}

/// A requirement with its verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The requirement.
    pub requirement: &'static Requirement,
    /// The verdict.
    pub verdict: Verdict,
    /// What was seen, in a sentence or two.
    pub evidence: String,
    /// When it was last seen, if it happened at a time.
    pub at: Option<Micros>,
}

/// What a function answers.
#[derive(Debug)]
pub(super) struct Outcome {
    verdict: Verdict,
    evidence: String,
    at: Option<Micros>,
}

impl Outcome {
    fn at(mut self, at: Option<Micros>) -> Self {
        self.at = at;
        self
    }
}

fn met(evidence: impl Into<String>) -> Outcome {
    Outcome { verdict: Verdict::Met, evidence: evidence.into(), at: None }
}

fn not_met(evidence: impl Into<String>) -> Outcome {
    Outcome { verdict: Verdict::NotMet, evidence: evidence.into(), at: None }
}

fn not_seen(evidence: impl Into<String>) -> Outcome {
    Outcome { verdict: Verdict::NotSeen, evidence: evidence.into(), at: None }
}

fn not_ours(evidence: impl Into<String>) -> Outcome {
    Outcome { verdict: Verdict::NotOurs, evidence: evidence.into(), at: None }
}

pub(super) type JudgeFn = fn(&Facts) -> Outcome;
pub(super) type Row = (Requirement, JudgeFn);

/// A row that the application must meet.
const fn ours(
    level: Level,
    id: &'static str,
    cites: (Source, &'static str),
    text: &'static str,
) -> Requirement {
    Requirement {
        id,
        level,
        strength: Strength::Must,
        part: Part::Application,
        source: cites.0,
        section: cites.1,
        text,
    }
}

/// A row that the identity service must meet.
const fn theirs(
    level: Level,
    id: &'static str,
    cites: (Source, &'static str),
    text: &'static str,
) -> Requirement {
    Requirement { part: Part::IdentityService, ..ours(level, id, cites, text) }
}

/// The same as a recommendation.
const fn should(requirement: Requirement) -> Requirement {
    Requirement { strength: Strength::Should, ..requirement }
}

/// All requirements, by level.
pub(super) fn rows() -> impl Iterator<Item = &'static Row> {
    let tables: [&'static [Row]; 5] = [&sl1::ROWS, &sl1_provider::ROWS, &sl2::ROWS, &al1::ROWS, &al2::ROWS];
    tables.into_iter().flatten()
}

/// Judges every requirement.
pub fn judge(facts: &Facts) -> Vec<Judged> {
    rows()
        .map(|(requirement, judge)| {
            let Outcome { verdict, evidence, at } = judge(facts);
            Judged { requirement, verdict, evidence, at }
        })
        .collect()
}

/// Names in a sentence.
fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    names.join(", ")
}

/// A number with its noun.
fn count(number: i64, one: &str, several: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {several}") }
}

/// A short duration.
fn took(length: Micros) -> String {
    match length.max(0) {
        short @ ..1_000_000 => format!("{} ms", short / 1_000),
        long => format!("{} s", long / 1_000_000),
    }
}

/// What an end of access ended, in words.
fn ended(end: &End) -> String {
    match end.ended {
        Some((sessions, tokens)) => {
            format!("{} and {}", count(sessions, "session", "sessions"), count(tokens, "token", "tokens"))
        }
        None => "the person's access".to_owned(),
    }
}
