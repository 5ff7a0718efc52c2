//! The condition of a webhook: paused, failing since when, healthy, or nothing sent yet. Pure.

use vestibule_core::time::{self, Micros};
use vestibule_store::outbox::attempts::Failing;

/// The condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Condition {
    /// Switched off by an administrator.
    Paused,
    /// The last attempt failed: since when (in UTC), and the last outcome.
    Failing { since: String, outcome: String, attempts: i64 },
    /// The last attempt was accepted.
    Healthy,
    /// No attempt was made yet.
    New,
}

impl Condition {
    pub(super) fn of(enabled: bool, failing: Option<&Failing>, has_delivered: bool, now: Micros) -> Self {
        match failing {
            _ if !enabled => Self::Paused,
            Some(failing) => Self::Failing {
                since: since(failing.since, now),
                outcome: failing.outcome.chars().take(120).collect(),
                attempts: failing.attempts,
            },
            None if has_delivered => Self::Healthy,
            None => Self::New,
        }
    }

    /// The style of its mark.
    pub(super) fn style(&self) -> &'static str {
        match self {
            Self::Failing { .. } => "bad",
            Self::Healthy => "good",
            Self::Paused | Self::New => "todo",
        }
    }

    /// Its mark in words with a shape.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Paused => "○ Paused".to_owned(),
            Self::Failing { since, .. } => format!("✕ Failing since {since}"),
            Self::Healthy => "✓ Healthy".to_owned(),
            Self::New => "○ Nothing sent yet".to_owned(),
        }
    }

    /// Why it fails, in a sentence.
    pub(super) fn why(&self) -> Option<String> {
        let Self::Failing { outcome, attempts, .. } = self else { return None };
        let times = if *attempts == 1 { "1 attempt".to_owned() } else { format!("{attempts} attempts") };
        let is_status = !outcome.is_empty() && outcome.bytes().all(|byte| byte.is_ascii_digit());
        Some(match is_status {
            true => format!("The last answer was {outcome}; {times} failed since then."),
            false => format!("There was no answer: {outcome}; {times} failed since then."),
        })
    }
}

/// The time of today, or the day and the time, in UTC.
fn since(at: Micros, now: Micros) -> String {
    let words = time::short_minute(at);
    match words.split_once(", ") {
        Some((day, clock)) if day == time::short_day(now) => format!("{clock} UTC"),
        _ => format!("{words} UTC"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Micros = 1_700_000_000_123_000;

    #[test]
    fn a_time_of_another_day_has_its_day() {
        assert_eq!(since(NOW, NOW), "22:13 UTC");
        assert_eq!(since(NOW - 86_400_000_000, NOW), "Nov 13, 22:13 UTC");
    }

    #[test]
    fn a_webhook_is_healthy_only_after_it_accepted_something() {
        assert_eq!(Condition::of(true, None, false, NOW), Condition::New);
        assert_eq!(Condition::of(true, None, true, NOW).words(), "✓ Healthy");
        assert_eq!(Condition::of(false, None, true, NOW), Condition::Paused);
        let failing = |outcome: &str| Condition::Failing {
            since: "22:13 UTC".to_owned(),
            outcome: outcome.to_owned(),
            attempts: 3,
        };
        assert_eq!(failing("500").why().unwrap(), "The last answer was 500; 3 attempts failed since then.");
        assert!(
            failing("connection refused")
                .why()
                .unwrap()
                .starts_with("There was no answer: connection refused")
        );
        assert_eq!(failing("500").words(), "✕ Failing since 22:13 UTC");
    }
}
