//! Random ids in Okta's form, and random secrets.

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

/// `length` decimal digits, the first of them not zero.
pub(crate) fn digits(length: usize) -> String {
    let bytes = josekit::util::random_bytes(length).into_iter().enumerate();
    let digit = |(at, byte): (usize, u8)| if at == 0 { b'1' + byte % 9 } else { b'0' + byte % 10 };
    bytes.map(|numbered| char::from(digit(numbered))).collect()
}

/// An id in Okta's form: a three-letter kind (`00u` person, `00g` group, `0oa` app) and 17 more.
pub(crate) fn okta_id(kind: &str) -> String {
    format!("{kind}{}", word(17))
}
