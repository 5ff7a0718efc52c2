//! The three charts: their numbers from counts and receipts. Pure.

use std::collections::BTreeMap;

use vestibule_core::{
    sets::CountKind,
    time::{self, Micros, SECOND},
};
use vestibule_store::trail::receipts::Receipt;

use crate::layout::{
    chart::{Bar, Bars, Dot, Dots},
    number::{grouped, took},
};

/// How many days a chart shows.
pub(super) const DAYS: i64 = 30;
const DAY: Micros = 86_400 * SECOND;

/// The first day of the charts, in days since 1970.
pub(super) fn first_day(now: Micros) -> i64 {
    now.div_euclid(DAY) - DAYS + 1
}

/// The counts of each day, the oldest first, of every day.
pub(super) struct Daily {
    days: Vec<(i64, BTreeMap<CountKind, i64>)>,
}

impl Daily {
    pub(super) fn of(counts: Vec<(i64, CountKind, i64)>, now: Micros) -> Self {
        let from = first_day(now);
        let mut days: Vec<_> = (from..from + DAYS).map(|day| (day, BTreeMap::new())).collect();
        for (day, kind, times) in counts {
            let place = usize::try_from(day - from).ok();
            if let Some((_, kinds)) = place.and_then(|place| days.get_mut(place)) {
                *kinds.entry(kind).or_insert(0) += times;
            }
        }
        Self { days }
    }

    /// How many of a kind in the last days.
    pub(super) fn total(&self, kind: CountKind, days: usize) -> i64 {
        self.days.iter().rev().take(days).filter_map(|(_, kinds)| kinds.get(&kind)).sum()
    }

    fn bars(&self, [first, second]: [CountKind; 2]) -> Vec<Bar> {
        let of = |kinds: &BTreeMap<CountKind, i64>, kind| kinds.get(&kind).copied().unwrap_or_default();
        let bar = |(day, kinds): &(i64, BTreeMap<CountKind, i64>)| Bar {
            label: time::short_day(day * DAY),
            first: of(kinds, first),
            second: of(kinds, second),
        };
        self.days.iter().map(bar).collect()
    }

    fn chart(&self, id: &'static str, what: &str, kinds: [CountKind; 2], series: [&'static str; 2]) -> Bars {
        let bars = self.bars(kinds);
        let sum = |of: fn(&Bar) -> i64| bars.iter().map(of).sum::<i64>();
        let (first, second) = (sum(|bar| bar.first), sum(|bar| bar.second));
        let most =
            bars.iter().max_by_key(|bar| bar.first + bar.second).filter(|bar| bar.first + bar.second > 0);
        let most = most.map(|bar| format!("; most on {}", bar.label)).unwrap_or_default();
        let sentence = format!(
            "{what} a day, last {DAYS} days: {} {}, {} {}{most}",
            grouped(first),
            series[0].to_lowercase(),
            grouped(second),
            series[1].to_lowercase()
        );
        Bars { id, sentence, series, bars }
    }
}

pub(super) fn provisioning(daily: &Daily, provider: &str) -> Bars {
    let what = format!("Provisioning requests from {provider}");
    daily.chart(
        "p",
        &what,
        [CountKind::Provisioned, CountKind::ProvisioningRefused],
        ["Succeeded", "Refused"],
    )
}

pub(super) fn sign_ins(daily: &Daily) -> Bars {
    daily.chart("s", "Sign-ins", [CountKind::SignedIn, CountKind::SignInRefused], ["Succeeded", "Refused"])
}

/// One end of access: when it was in force, and how long that took from the acceptance of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct End {
    pub at: Micros,
    pub took: Micros,
}

impl End {
    /// That of a receipt in the charts' days, if it was in force already.
    pub(super) fn of(receipt: &Receipt, now: Micros) -> Option<Self> {
        let at = receipt.in_force_at.filter(|at| *at >= first_day(now) * DAY)?;
        Some(Self { at, took: (at - receipt.accepted_at).max(0) })
    }
}

/// The median of these ends.
pub(super) fn median(ends: &[End]) -> Option<Micros> {
    let mut all: Vec<Micros> = ends.iter().map(|end| end.took).collect();
    all.sort_unstable();
    all.get(all.len() / 2).copied()
}

#[expect(clippy::cast_precision_loss, reason = "a drawing")]
pub(super) fn ends(ends: &[End], now: Micros) -> Dots {
    let from = first_day(now) * DAY;
    let most = ends.iter().map(|end| end.took).max().unwrap_or_default();
    let sentence = match median(ends) {
        None => format!("Time to end access, last {DAYS} days: no access was ended"),
        Some(median) => format!(
            "Time to end access, last {DAYS} days: {} ends, median {}, slowest {}",
            ends.len(),
            took(median),
            took(most)
        ),
    };
    let dot = |end: &End| Dot {
        label: time::short_minute(end.at),
        at: (end.at - from) as f64 / (now - from).max(1) as f64,
        value: end.took as f64,
        words: took(end.took),
    };
    Dots {
        sentence,
        columns: ["In force (UTC)", "Time to end access"],
        ends: [time::short_day(from), time::short_day(now)],
        most: if ends.is_empty() { String::new() } else { took(most) },
        dots: ends.iter().rev().map(dot).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Micros = 20_000 * DAY + 5 * 3_600 * SECOND;

    #[test]
    fn a_chart_has_every_day_and_no_other() {
        let counts = vec![
            (20_000, CountKind::SignedIn, 3),
            (20_000, CountKind::SignInRefused, 1),
            (19_994, CountKind::SignedIn, 4),
            (19_993, CountKind::SignedIn, 5),
            (19_971, CountKind::SignedIn, 7),
            (19_970, CountKind::SignedIn, 100),
            (20_001, CountKind::SignedIn, 100),
        ];
        let daily = Daily::of(counts, NOW);
        assert_eq!((daily.total(CountKind::SignedIn, 7), daily.total(CountKind::SignedIn, 30)), (7, 19));
        let chart = sign_ins(&daily);
        assert_eq!(chart.bars.len(), 30);
        assert_eq!(chart.bars[29], Bar { label: time::short_day(NOW), first: 3, second: 1 });
        assert!(
            chart.sentence.starts_with("Sign-ins a day, last 30 days: 19 succeeded, 1 refused; most on "),
            "{}",
            chart.sentence
        );
    }

    #[test]
    fn the_time_to_end_access_has_its_median() {
        let end = |took| End { at: NOW - SECOND, took };
        let all = [end(9_000), end(3_000), end(4_000)];
        assert_eq!(median(&all), Some(4_000));
        let chart = ends(&all, NOW);
        assert!(chart.sentence.ends_with("3 ends, median 4.0 ms, slowest 9.0 ms"), "{}", chart.sentence);
        assert_eq!(chart.dots.len(), 3);
        assert!(ends(&[], NOW).sentence.ends_with("no access was ended"));
    }
}
