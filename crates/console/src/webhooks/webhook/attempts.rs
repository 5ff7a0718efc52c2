//! Attempts to deliver as the page shows them, and the chart of their numbers by the hour.

use vestibule_core::{
    sets::CountKind,
    time::{self, Micros, SECOND},
};
use vestibule_store::{outbox::attempts::Attempt, trail::counts};

use crate::layout::{
    chart::{Bar, Bars},
    moment::Moment,
    number::{grouped, took},
};

/// How many hours the chart shows.
pub(super) const HOURS: i64 = 48;

/// A row of the list of attempts.
pub(super) struct AttemptRow {
    pub at: Moment,
    pub accepted: bool,
    pub outcome: String,
    pub took: String,
    pub body: String,
}

impl AttemptRow {
    pub(super) fn of(attempt: Attempt, now: Micros) -> Self {
        Self {
            at: Moment::of(attempt.at, now),
            accepted: attempt.accepted,
            outcome: attempt.outcome.chars().take(300).collect(),
            took: took(attempt.micros),
            body: attempt.body,
        }
    }
}

/// The chart of delivered and failed attempts.
pub(super) fn chart(counts: &[(i64, CountKind, i64)], now: Micros) -> Bars {
    let last = counts::hour_of(now);
    let of = |hour: i64, kind: CountKind| {
        counts.iter().filter(|one| (one.0, one.1) == (hour, kind)).map(|one| one.2).sum::<i64>()
    };
    let bars: Vec<Bar> = (last - HOURS + 1..=last)
        .map(|hour| Bar {
            label: time::short_minute(hour * 3_600 * SECOND),
            first: of(hour, CountKind::WebhookDelivered),
            second: of(hour, CountKind::WebhookFailed),
        })
        .collect();
    let sum = |of: fn(&Bar) -> i64| grouped(bars.iter().map(of).sum());
    let sentence = format!(
        "Deliveries an hour, last {HOURS} hours: {} delivered, {} failed",
        sum(|bar| bar.first),
        sum(|bar| bar.second)
    );
    Bars { id: "w", sentence, series: ["Delivered", "Failed"], bars }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_has_the_last_two_days() {
        let now = 500_000 * 3_600 * SECOND + 5;
        let counts = [(500_000, CountKind::WebhookFailed, 2), (499_953, CountKind::WebhookDelivered, 3)];
        let chart = chart(&counts, now);
        assert_eq!(chart.bars.len(), 48);
        assert_eq!((chart.bars[0].first, chart.bars[47].second), (3, 2));
        assert_eq!(chart.sentence, "Deliveries an hour, last 48 hours: 3 delivered, 2 failed");
    }
}
