//! A JWK set (RFC 7517 §5), read into typed keys. At most 50 small keys of a set are kept, so it is cheap to store and to search.

use serde_json::Value;

use crate::{json, key::Key};

/// Most keys of a set that are kept: the first sound ones.
pub const MOST_KEPT: usize = 50;

/// The sound public keys of a JWK set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeySet {
    keys: Vec<Key>,
}

/// The document has no member `keys` that is an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no JSON Web Key Set: {{\"keys\": […]}}")]
pub struct NotAKeySet;

impl KeySet {
    /// Reads a JWK set. Keys that are unsound or of another type are skipped (RFC 7517 §5), so the set may be empty.
    ///
    /// # Errors
    /// [`NotAKeySet`].
    pub fn read(set: &Value) -> Result<Self, NotAKeySet> {
        let keys = set.get("keys").and_then(Value::as_array).ok_or(NotAKeySet)?;
        let mut kept = Self::default();
        for key in keys.iter().filter_map(Value::as_object).filter_map(|jwk| Key::read(jwk).ok()) {
            if kept.len() == MOST_KEPT {
                break;
            }
            kept.add(key);
        }
        Ok(kept)
    }

    /// Reads the text of a JWK set, in which no member is repeated.
    ///
    /// # Errors
    /// [`NotAKeySet`], also when the text is no JSON or repeats a member.
    pub fn read_text(set: &str) -> Result<Self, NotAKeySet> {
        Self::read(&json::strict(set.as_bytes()).map_err(|_| NotAKeySet)?)
    }

    /// Reads a single JWK; the set is empty when it is unsound.
    pub fn of_key(jwk: &str) -> Self {
        let jwk = json::object(jwk.as_bytes()).ok();
        Self { keys: jwk.and_then(|jwk| Key::read(&jwk).ok()).into_iter().collect() }
    }

    /// Adds the keys of another set after those of this one, up to [`MOST_KEPT`].
    #[must_use]
    pub fn and(mut self, more: Self) -> Self {
        for key in more.keys {
            if self.len() < MOST_KEPT {
                self.add(key);
            }
        }
        self
    }

    /// Adds a key unless the set has it already.
    fn add(&mut self, key: Key) {
        if !self.keys.contains(&key) {
            self.keys.push(key);
        }
    }

    /// Number of keys in the set.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether the set has no key.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// How much memory the set takes, in bytes.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.keys.iter().map(Key::bytes).sum::<usize>()
    }

    pub(crate) fn keys(&self) -> &[Key] {
        &self.keys
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use serde_json::json;

    use super::*;

    /// A public key without a private key.
    fn key(number: usize, exponent: &[u8]) -> Value {
        let modulus = [&[0xff; 200][..], &number.to_be_bytes(), &[0xff; 48]].concat();
        json!({
            "kty": "RSA", "kid": number.to_string(), "n": URL_SAFE_NO_PAD.encode(modulus),
            "e": URL_SAFE_NO_PAD.encode(exponent), "x5c": ["x".repeat(1000)],
        })
    }

    #[test]
    fn a_large_set_becomes_at_most_fifty_small_keys() {
        let keys: Vec<Value> = (0..480).map(|number| key(number, &[1, 0, 1])).collect();
        let set = KeySet::read(&json!({ "keys": keys })).unwrap();
        assert_eq!((set.len(), set.keys()[49].id.as_deref()), (50, Some("49")));
        assert!(set.bytes() < 50_000, "{}", set.bytes());
    }

    #[test]
    fn unsound_keys_take_no_place() {
        let mut keys: Vec<Value> = (0..480).map(|number| key(number, &[0xff; 375])).collect();
        keys.extend([json!(1), json!({}), json!({ "kty": "oct", "k": "AA" }), key(480, &[1, 0, 1])]);
        let set = KeySet::read(&json!({ "keys": keys })).unwrap();
        assert_eq!((set.len(), set.keys()[0].id.as_deref()), (1, Some("480")));
    }

    #[test]
    fn a_key_is_kept_once_and_sets_are_joined_in_order() {
        let of = |numbers: &[usize]| {
            let keys: Vec<Value> = numbers.iter().map(|number| key(*number, &[3])).collect();
            KeySet::read(&json!({ "keys": keys })).unwrap()
        };
        assert_eq!(of(&[1, 1, 2]).len(), 2);
        assert_eq!(of(&[1, 2]).and(of(&[2, 3])), of(&[1, 2, 3]));
        let full: Vec<usize> = (0..50).collect();
        assert_eq!(of(&full).and(of(&[50])), of(&full));
    }

    #[test]
    fn what_is_no_set_is_refused() {
        for text in ["", "[]", "{}", r#"{"keys":1}"#, r#"{"keys":[],"keys":[]}"#] {
            assert_eq!(KeySet::read_text(text), Err(NotAKeySet), "{text}");
        }
        assert!(KeySet::read_text(r#"{"keys":[]}"#).unwrap().is_empty());
        assert!(KeySet::of_key("{}").is_empty() && KeySet::of_key("nonsense").is_empty());
    }
}
