//! Sealing keys, and the text that lists them: one key per line, with a word that says what it is for.
//!
//! ```text
//! # a comment
//! current BASE64
//! next BASE64
//! former BASE64
//! ```
//!
//! A line without a word is `current` if it is the first key, otherwise `former`. The same text comes from the key ring file and from
//! `security.sealing_key_command`.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::SealError;

/// What a sealing key is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It seals, and opens what it sealed.
    Current,
    /// It opens already, and seals after `vestibule key rotate`.
    Next,
    /// It opens what it sealed.
    Former,
}

impl Standing {
    /// The word in a key ring file and in the output of commands.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Next => "next",
            Self::Former => "former",
        }
    }
}

/// One sealing key.
#[derive(Clone)]
pub struct Key {
    /// The first eight hexadecimal digits of the key's SHA-256 digest.
    pub id: String,
    /// What it is used for.
    pub standing: Standing,
    /// The configuration key that it comes from.
    pub from: &'static str,
    text: SecretString,
    cipher: XChaCha20Poly1305,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Key")
            .field("id", &self.id)
            .field("standing", &self.standing)
            .finish_non_exhaustive()
    }
}

impl Key {
    /// Reads a key: 32 bytes in base64.
    pub(super) fn read(text: &str, standing: Standing, from: &'static str) -> Result<Self, String> {
        let text = text.trim();
        let wrong =
            || format!("{from} must be 32 bytes in base64; generate one with: vestibule generate-key");
        let bytes = decode(text).ok_or_else(wrong)?;
        let cipher = XChaCha20Poly1305::new_from_slice(&bytes).map_err(|_| wrong())?;
        let id: String = Sha256::digest(&bytes).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { id, standing, from, text: text.to_owned().into(), cipher })
    }

    /// The same key with another use.
    pub(super) fn used_as(&self, standing: Standing) -> Self {
        Self { standing, ..self.clone() }
    }

    pub(super) fn cipher(&self) -> &XChaCha20Poly1305 {
        &self.cipher
    }

    /// The 32 bytes.
    pub(super) fn bytes(&self) -> Result<Vec<u8>, SealError> {
        decode(self.text.expose_secret()).ok_or(SealError::Damaged)
    }

    /// Whether it has the same bytes.
    pub(super) fn is(&self, other: &Key) -> bool {
        self.id == other.id && decode(self.text.expose_secret()) == decode(other.text.expose_secret())
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).or_else(|_| URL_SAFE_NO_PAD.decode(text)).ok()
}

/// Makes a sealing key: 32 random bytes, base64.
pub fn generate_key() -> Result<String, SealError> {
    let key: [u8; 32] = vestibule_store::access::secrets::random().map_err(|_| SealError::NoRandomness)?;
    Ok(STANDARD.encode(key))
}

/// Reads a list of keys. `from` is the configuration key that is named in errors.
pub(super) fn parse(text: &str, from: &'static str) -> Result<Vec<Key>, String> {
    let mut keys: Vec<Key> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (standing, key) = match line.split_once(char::is_whitespace) {
            Some(("current", key)) => (Standing::Current, key),
            Some(("next", key)) => (Standing::Next, key),
            Some(("former", key)) => (Standing::Former, key),
            Some(_) => {
                return Err(format!(
                    "{from}: line {} must be a key, after the word current, next or former",
                    number + 1
                ));
            }
            None if keys.is_empty() => (Standing::Current, line),
            None => (Standing::Former, line),
        };
        let key = Key::read(key, standing, from)?;
        if keys.iter().any(|known| known.is(&key)) {
            return Err(format!("{from} lists the key {} twice", key.id));
        }
        let twice = standing != Standing::Former && keys.iter().any(|known| known.standing == standing);
        if twice {
            return Err(format!("{from} lists more than one {} key", standing.as_str()));
        }
        keys.push(key);
    }
    Ok(keys)
}

/// The text of a key ring file.
pub(super) fn render(keys: &[Key]) -> String {
    let mut text = String::from(
        "# Sealing keys of Vestibule, written by `vestibule key rotate`. current seals and opens, next and former open.\n",
    );
    for key in keys {
        text.push_str(&format!("{} {}\n", key.standing.as_str(), key.text.expose_secret()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_and_written() {
        let (one, two, three) = (generate_key().unwrap(), generate_key().unwrap(), generate_key().unwrap());
        let text = format!("# mine\n\ncurrent {one}\n next  {two}\nformer {three}");
        let keys = parse(&text, "x").unwrap();
        let standings: Vec<Standing> = keys.iter().map(|key| key.standing).collect();
        assert_eq!(standings, [Standing::Current, Standing::Next, Standing::Former]);
        let again = parse(&render(&keys), "x").unwrap();
        assert!(keys.iter().zip(&again).all(|(key, other)| key.is(other) && key.standing == other.standing));
        let bare = parse(&format!("{one}\n{two}\n"), "x").unwrap();
        assert_eq!(
            bare.iter().map(|key| key.standing).collect::<Vec<_>>(),
            [Standing::Current, Standing::Former]
        );
        assert!(parse("", "x").unwrap().is_empty());
    }

    #[test]
    fn a_wrong_list_is_refused_by_name() {
        let one = generate_key().unwrap();
        let two = generate_key().unwrap();
        for (text, sentence) in [
            (format!("old {one}"), "x: line 1 must be a key"),
            (format!("{one}\nformer {one}"), "twice"),
            (format!("current {one}\ncurrent {two}"), "more than one current key"),
            ("current short".to_owned(), "x must be 32 bytes in base64"),
        ] {
            let refusal = parse(&text, "x").unwrap_err();
            assert!(refusal.contains(sentence), "{refusal}");
            assert!(!refusal.contains(&one), "an error has no key");
        }
    }

    #[test]
    fn a_key_prints_no_secret() {
        let text = generate_key().unwrap();
        let key = Key::read(&text, Standing::Current, "x").unwrap();
        assert!(!format!("{key:?}").contains(&text));
    }
}
