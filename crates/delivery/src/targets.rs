//! Counts the running deliveries of each receiver in this process, so that a slow receiver does not use up the workers. Pure.
//! Receivers that do not answer are paused in the database (`store::outbox::deliveries`), for all nodes.

use std::collections::HashMap;

/// The most deliveries to one receiver at a time.
const MOST_PER_TARGET: usize = 8;

/// Number of running deliveries, by receiver.
#[derive(Debug, Default)]
pub(crate) struct Targets {
    running: HashMap<String, usize>,
}

/// Condition of a receiver, as an attempt found it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Health {
    /// The receiver answered, with a status that does not mean overload or failure.
    Well,
    /// The receiver did not answer, or answered 408, 429 or 5xx.
    Unwell,
    /// No request was sent.
    Unknown,
}

impl Targets {
    /// Receivers at their limit, for which nothing more is claimed.
    pub(crate) fn busy(&self) -> Vec<String> {
        let busy = self.running.iter().filter(|(_, running)| **running >= MOST_PER_TARGET);
        let mut busy: Vec<String> = busy.map(|(target, _)| target.clone()).collect();
        busy.sort();
        busy
    }

    /// Counts a delivery that begins.
    pub(crate) fn begin(&mut self, target: &str) {
        *self.running.entry(target.to_owned()).or_default() += 1;
    }

    /// Counts a delivery that ended.
    pub(crate) fn end(&mut self, target: &str) {
        if let Some(running) = self.running.get_mut(target) {
            *running -= 1;
            if *running == 0 {
                self.running.remove(target);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_receiver_does_not_take_the_others_place() {
        let mut targets = Targets::default();
        for _ in 0..MOST_PER_TARGET {
            assert!(targets.busy().is_empty());
            targets.begin("a");
        }
        targets.begin("b");
        assert_eq!(targets.busy(), ["a"]);
        targets.end("a");
        assert!(targets.busy().is_empty());
    }
}
