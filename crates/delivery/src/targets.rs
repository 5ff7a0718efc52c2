//! How the receivers are, as this process knows them: one that does not answer is left alone for a while, then asked with one
//! try, and nobody slow takes the place of the others. Pure; forgotten with the process.

use std::collections::HashMap;

use vestibule_store::Micros;

use crate::backoff;

/// The most that is under way to one receiver before others come first.
const MOST: usize = 8;

/// What is known of the receivers that are not simply well and idle.
#[derive(Debug, Default)]
pub(crate) struct Targets {
    under_way: HashMap<String, usize>,
    unwell: HashMap<String, Rest>,
}

/// A receiver that does not answer.
#[derive(Debug)]
struct Rest {
    /// How often it didn't, in a row.
    failures: i64,
    /// Until when it is left alone.
    until: Micros,
    /// Whether a try was asked for since.
    tried: bool,
}

/// How a receiver was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Health {
    /// It answered, whatever it said.
    Well,
    /// Nothing came back, or that it can't now.
    Unwell,
    /// It was not asked.
    Unknown,
}

impl Targets {
    /// Those that nothing is claimed for now.
    pub(crate) fn closed(&self, now: Micros) -> Vec<String> {
        let busy = self.under_way.iter().filter(|(target, running)| {
            let most = if self.unwell.contains_key(*target) { 1 } else { MOST };
            **running >= most
        });
        let mut closed: Vec<String> = busy.map(|(target, _)| target.clone()).collect();
        closed.extend(self.resting(now));
        closed.sort();
        closed.dedup();
        closed
    }

    /// Those that are left alone now.
    pub(crate) fn resting(&self, now: Micros) -> Vec<String> {
        self.unwell.iter().filter(|(_, rest)| rest.until > now).map(|(target, _)| target.clone()).collect()
    }

    /// Those whose rest is over and that are to be asked with one try; each is named once.
    pub(crate) fn rested(&mut self, now: Micros) -> Vec<String> {
        let over = self.unwell.iter_mut().filter(|(_, rest)| rest.until <= now && !rest.tried);
        over.map(|(target, rest)| {
            rest.tried = true;
            target.clone()
        })
        .collect()
    }

    /// Nothing waits for it: there is nothing to ask it with.
    pub(crate) fn forget(&mut self, target: &str) {
        self.unwell.remove(target);
    }

    /// Something is under way to it.
    pub(crate) fn begin(&mut self, target: &str) {
        *self.under_way.entry(target.to_owned()).or_default() += 1;
    }

    /// It came to an end; whether the receiver is well again by that.
    pub(crate) fn end(&mut self, target: &str, health: Health, chance: u8, now: Micros) -> bool {
        if let Some(running) = self.under_way.get_mut(target) {
            *running -= 1;
            if *running == 0 {
                self.under_way.remove(target);
            }
        }
        match health {
            Health::Well => self.unwell.remove(target).is_some(),
            Health::Unwell => {
                let rest = self.unwell.entry(target.to_owned()).or_insert(Rest {
                    failures: 0,
                    until: 0,
                    tried: false,
                });
                // What was under way together fails together, and counts once.
                if rest.until <= now {
                    rest.failures += 1;
                    rest.until = now + backoff::wait(rest.failures, backoff::UNWELL, chance);
                    rest.tried = false;
                }
                false
            }
            Health::Unknown => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use vestibule_store::SECOND;

    use super::*;

    #[test]
    fn a_receiver_that_does_not_answer_rests_and_is_asked_with_one_try() {
        let mut targets = Targets::default();
        for _ in 0..3 {
            targets.begin("a");
        }
        assert!(targets.closed(0).is_empty());
        for _ in 0..3 {
            assert!(!targets.end("a", Health::Unwell, 0, 0));
        }
        assert_eq!(
            (targets.closed(0), targets.resting(SECOND - 1)),
            (vec!["a".to_owned()], vec!["a".to_owned()])
        );
        assert!(targets.rested(SECOND - 1).is_empty());
        assert_eq!(targets.rested(SECOND), ["a"], "three that failed together count once");
        assert!(targets.rested(SECOND).is_empty(), "named once");
        assert!(targets.closed(SECOND).is_empty());
        targets.begin("a");
        assert_eq!(targets.closed(SECOND), ["a"], "one try");
        assert!(!targets.end("a", Health::Unwell, 0, SECOND));
        assert_eq!(targets.closed(3 * SECOND - 1), ["a"], "twice as long");
        targets.begin("a");
        assert!(targets.end("a", Health::Well, 0, 3 * SECOND), "well again");
        assert!(!targets.end("a", Health::Well, 0, 3 * SECOND), "told once");
        assert!(targets.closed(0).is_empty());
    }

    #[test]
    fn a_slow_receiver_does_not_take_the_others_place() {
        let mut targets = Targets::default();
        for _ in 0..MOST {
            assert!(targets.closed(0).is_empty());
            targets.begin("a");
        }
        targets.begin("b");
        assert_eq!(targets.closed(0), ["a"]);
        targets.end("a", Health::Unknown, 0, 0);
        assert!(targets.closed(0).is_empty());
    }
}
