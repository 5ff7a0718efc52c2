//! Random words: Okta-shaped ids and secrets that are made at start and never written down.

const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// `length` letters and digits.
pub(crate) fn word(length: usize) -> String {
    josekit::util::random_bytes(length)
        .into_iter()
        .map(|byte| {
            ALPHABET.get(usize::from(byte) % ALPHABET.len()).map_or('0', |&letter| char::from(letter))
        })
        .collect()
}

/// An id as Okta makes them: a three-letter kind (`00u` person, `00g` group, `0oa` app) and 17 more.
pub(crate) fn okta_id(kind: &str) -> String {
    format!("{kind}{}", word(17))
}
