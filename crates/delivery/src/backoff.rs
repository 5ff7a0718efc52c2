//! Waiting times between attempts: exponential back-off with a limit and jitter, so that deliveries that failed together are not
//! retried together. Pure.

use vestibule_core::time::{Micros, SECOND};

/// The longest wait for a receiver that does not answer. One that recovers is noticed within a minute.
pub(crate) const UNWELL: Micros = 60 * SECOND;

/// The longest wait for a delivery that a working receiver refused.
pub(crate) const REFUSED: Micros = 3600 * SECOND;

/// The wait after this many attempts: 1 s, 2 s, 4 s, …, at most `longest`, shortened by up to a quarter according to `jitter`.
pub(crate) fn wait(attempts: i64, longest: Micros, jitter: u8) -> Micros {
    let doublings = u32::try_from(attempts.clamp(1, 32) - 1).unwrap_or_default();
    let whole = (SECOND << doublings).min(longest);
    whole - whole / 4 * Micros::from(jitter) / Micros::from(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        for (attempts, longest, seconds) in [
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
            assert_eq!(wait(attempts, longest, 0), seconds * SECOND, "{attempts}");
            let least = wait(attempts, longest, u8::MAX);
            assert_eq!(least, seconds * SECOND / 4 * 3, "{attempts}");
            assert!((least..=seconds * SECOND).contains(&wait(attempts, longest, 100)));
        }
    }
}
