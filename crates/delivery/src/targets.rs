//! What is under way to each receiver in this process, so that nobody slow takes the place of the others. Pure. Which receivers
//! do not answer is in the database (`store::deliveries::rests`), for all nodes.

use std::collections::HashMap;

/// The most that is under way to one receiver before others come first.
const MOST: usize = 8;

/// How many deliveries are under way, by receiver.
#[derive(Debug, Default)]
pub(crate) struct Targets {
    under_way: HashMap<String, usize>,
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
    /// Those that nothing more is claimed for now.
    pub(crate) fn busy(&self) -> Vec<String> {
        let busy = self.under_way.iter().filter(|(_, running)| **running >= MOST);
        let mut busy: Vec<String> = busy.map(|(target, _)| target.clone()).collect();
        busy.sort();
        busy
    }

    /// Something is under way to it.
    pub(crate) fn begin(&mut self, target: &str) {
        *self.under_way.entry(target.to_owned()).or_default() += 1;
    }

    /// It came to an end.
    pub(crate) fn end(&mut self, target: &str) {
        if let Some(running) = self.under_way.get_mut(target) {
            *running -= 1;
            if *running == 0 {
                self.under_way.remove(target);
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
        for _ in 0..MOST {
            assert!(targets.busy().is_empty());
            targets.begin("a");
        }
        targets.begin("b");
        assert_eq!(targets.busy(), ["a"]);
        targets.end("a");
        assert!(targets.busy().is_empty());
    }
}
