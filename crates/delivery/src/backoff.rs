//! When to try again: each wait twice the one before, up to a limit, and never exactly, so that what failed together does not
//! come back together. Pure.

use vestibule_core::time::{Micros, SECOND};

/// The longest wait for a receiver that is unwell: one that comes back is found within a minute.
pub(crate) const UNWELL: Micros = 60 * SECOND;

/// The longest wait for what the receiver, being well, refused.
pub(crate) const REFUSED: Micros = 3600 * SECOND;

/// How long to wait after this many tries: 1 s, 2 s, 4 s, … at most `longest`, less up to a quarter by `chance`.
pub(crate) fn wait(tries: i64, longest: Micros, chance: u8) -> Micros {
    let doublings = u32::try_from(tries.clamp(1, 32) - 1).unwrap_or_default();
    let whole = (SECOND << doublings).min(longest);
    whole - whole / 4 * Micros::from(chance) / Micros::from(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        for (tries, longest, seconds) in [
            (1, UNWELL, 1),
            (2, UNWELL, 2),
            (6, UNWELL, 32),
            (7, UNWELL, 60),
            (8, REFUSED, 128),
            (13, REFUSED, 3600),
            (i64::MAX, REFUSED, 3600),
            (0, REFUSED, 1),
            (-5, REFUSED, 1),
        ] {
            assert_eq!(wait(tries, longest, 0), seconds * SECOND, "{tries}");
            let least = wait(tries, longest, u8::MAX);
            assert_eq!(least, seconds * SECOND / 4 * 3, "{tries}");
            assert!((least..=seconds * SECOND).contains(&wait(tries, longest, 100)));
        }
    }
}
