//! Rotation of signing keys: decides when the next key is due and which state a key has. Pure functions: they read and write
//! nothing.

use vestibule_core::{sets::Algorithm, time::Micros};

use super::{PUBLISHED_BEFORE, SigningKey};

/// Key that is due for one algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// No key is due.
    Nothing,
    /// The first key, which signs at once.
    First,
    /// The next key, published now; it signs after [`PUBLISHED_BEFORE`].
    Next,
}

/// State of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Published, but does not sign yet.
    Next,
    /// Signs.
    Current,
    /// Published, but does not sign any more.
    Retired,
}

impl Standing {
    /// Display name.
    pub fn name(self) -> &'static str {
        match self {
            Standing::Next => "next",
            Standing::Current => "current",
            Standing::Retired => "retired",
        }
    }
}

/// State of a key at this time.
pub fn standing(key: &SigningKey, now: Micros) -> Standing {
    match key.signs_until {
        Some(until) if until <= now => Standing::Retired,
        _ if key.signs_from > now => Standing::Next,
        _ => Standing::Current,
    }
}

/// Returns the key that is due for this algorithm when a key signs for `every` microseconds. The next key is published
/// [`PUBLISHED_BEFORE`] ahead of the end of the current one.
pub fn due(keys: &[SigningKey], algorithm: Algorithm, now: Micros, every: Micros) -> Due {
    let last = keys.iter().filter(|key| key.algorithm == algorithm && key.signs_until.is_none());
    match last.map(|key| key.signs_from).max() {
        None => Due::First,
        // The next key exists and does not sign yet.
        Some(signs_from) if signs_from > now => Due::Nothing,
        Some(signs_from) if now - signs_from >= every - PUBLISHED_BEFORE => Due::Next,
        Some(_) => Due::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::json::Json;
    use vestibule_core::{ids::DEPLOYMENT, time::SECOND};

    const DAY: Micros = 24 * 3600 * SECOND;
    const NOW: Micros = 1000 * DAY;

    fn key(algorithm: Algorithm, signs_from: Micros, signs_until: Option<Micros>) -> SigningKey {
        SigningKey {
            workspace_id: DEPLOYMENT.clone(),
            key_id: String::new(),
            algorithm,
            private_key: String::new(),
            public_jwk: Json::missing(),
            created_at: 0,
            signs_from: NOW + signs_from,
            signs_until: signs_until.map(|until| NOW + until),
        }
    }

    #[test]
    fn the_next_key_is_made_a_day_before_its_turn() {
        let rs = |from, until| key(Algorithm::Rs256, from, until);
        let (young, old) = (rs(-88 * DAY, None), rs(-89 * DAY, None));
        for (keys, every, what) in [
            (vec![], 90 * DAY, Due::First),
            (vec![key(Algorithm::Es256, -200 * DAY, None)], 90 * DAY, Due::First),
            (vec![rs(-100 * DAY, Some(-DAY))], 90 * DAY, Due::First),
            (vec![rs(0, None)], 90 * DAY, Due::Nothing),
            (vec![young.clone()], 90 * DAY, Due::Nothing),
            (vec![old.clone()], 90 * DAY, Due::Next),
            (vec![rs(-900 * DAY, None)], 90 * DAY, Due::Next),
            (vec![key(Algorithm::Es256, -900 * DAY, None), young], 90 * DAY, Due::Nothing),
            // A next key exists already, so none is due at any age of the current one.
            (vec![rs(-89 * DAY, Some(DAY)), rs(DAY, None)], 90 * DAY, Due::Nothing),
            (vec![rs(-900 * DAY, Some(1)), rs(1, None)], 0, Due::Nothing),
            // The next key has started to sign; the previous one is still published.
            (vec![rs(-90 * DAY, Some(0)), rs(0, None)], 90 * DAY, Due::Nothing),
            // Rotation by hand: due whenever no next key exists.
            (vec![rs(0, None)], 0, Due::Next),
            // A node with a fast clock created it.
            (vec![rs(5 * SECOND, None)], 90 * DAY, Due::Nothing),
            (vec![old.clone(), old], 90 * DAY, Due::Next),
        ] {
            assert_eq!(due(&keys, Algorithm::Rs256, NOW, every), what, "{keys:?}");
        }
    }

    #[test]
    fn a_key_is_next_then_current_then_retired() {
        for (from, until, is) in [
            (1, None, Standing::Next),
            (1, Some(DAY), Standing::Next),
            (0, None, Standing::Current),
            (-DAY, Some(1), Standing::Current),
            (-DAY, Some(0), Standing::Retired),
            (-DAY, Some(-DAY), Standing::Retired),
        ] {
            assert_eq!(standing(&key(Algorithm::Rs256, from, until), NOW), is, "{from} {until:?}");
        }
    }
}
