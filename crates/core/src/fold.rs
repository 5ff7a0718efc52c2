//! Folds names to the keys by which they are compared, following PRECIS (RFC 7644 §5, RFC 8265
//! UsernameCaseMapped, RFC 8266). The keys are computed here and stored in `*_key` columns, because neither database folds
//! text like this. The original name is stored too, and is what answers contain.

use icu_normalizer::{ComposingNormalizer, ComposingNormalizerBorrowed};
use icu_properties::props::{BinaryProperty, DefaultIgnorableCodePoint};
use serde_json::Value;

/// NFKC does the width mapping (RFC 8265 §3.3.1) and NFC (§3.3.4) in one step. For the identifier class the result is the same, because
/// it has no other compatibility characters (RFC 8264 §4.2). For other characters NFKC gives more spellings the same key, never fewer.
static NFKC: ComposingNormalizerBorrowed<'static> = ComposingNormalizer::new_nfkc();

static NFC: ComposingNormalizerBorrowed<'static> = ComposingNormalizer::new_nfc();

/// Whether a text has characters that [`letters`] replaces with others: compatibility characters, such as the Kelvin sign, whose key is
/// `k`. Width variants of letters do not count (RFC 8265 §3.3.1).
pub(crate) fn has_compatibility_characters(text: &str) -> bool {
    if text.is_ascii() {
        return false;
    }
    let is_wide = |letter: &char| ('\u{ff00}'..='\u{ffef}').contains(letter);
    let rest: String = text.chars().filter(|letter| !is_wide(letter)).collect();
    // NFC replaces the Kelvin sign and a few others too, so the comparison alone would not find them.
    NFKC.normalize(&rest) != NFC.normalize(&rest) || rest.chars().any(is_singleton)
}

/// Whether every normal form replaces the character with one other letter: the Kelvin, Ångström and Ohm signs.
fn is_singleton(letter: char) -> bool {
    matches!(letter, '\u{2126}' | '\u{212a}' | '\u{212b}')
}

/// Folds a name for matching: [`letters`], without outer blanks.
pub fn fold(text: &str) -> String {
    let key = letters(text);
    match key.trim() {
        trimmed if trimmed.len() == key.len() => key,
        trimmed => trimmed.to_owned(),
    }
}

/// Folds a text for matching: NFKC and lower case, with `ß` as `ss` and final `ς` as `σ`, as their upper case has it, and without
/// invisible characters (zero-width, joiners, direction marks). Folding twice changes nothing.
pub fn letters(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let visible: String = text.chars().filter(|letter| !is_invisible(*letter)).collect();
    NFKC.normalize(&lower(&NFKC.normalize(&visible))).into_owned()
}

/// The key that older versions stored: only letter case is folded. Rows that still have such a key are found with it.
pub fn letter_case(text: &str) -> String {
    lower(text.trim())
}

fn lower(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            'ß' | 'ẞ' => key.push_str("ss"),
            'ς' => key.push('σ'),
            other => key.extend(other.to_lowercase()),
        }
    }
    // `char::to_lowercase` maps Σ to σ always, so a final sigma cannot come back.
    key
}

/// Whether the character is invisible: Default_Ignorable_Code_Point, which PRECIS disallows in names (RFC 8264 §9.13).
pub(crate) fn is_invisible(letter: char) -> bool {
    !letter.is_ascii() && DefaultIgnorableCodePoint::for_char(letter)
}

/// A JSON document in the form that filters compare: texts are folded, and empty values are removed (RFC 7643 §2.5).
pub fn document(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(letters(text)),
        Value::Array(values) => values.iter().map(document).filter(|value| !is_empty(value)).collect(),
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(name, value)| (name.clone(), document(value)))
                .filter(|(_, value)| !is_empty(value))
                .collect(),
        ),
        other => other.clone(),
    }
}

/// Whether the value counts as absent: null, and empty texts, arrays and objects (RFC 7643 §2.5). `pr` asks for a non-empty value.
pub fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.iter().all(is_empty),
        Value::Object(members) => members.values().all(is_empty),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_name_share_a_key() {
        for (one, other) in [
            ("Ada@Acme.example", "ada@acme.EXAMPLE"),
            ("ÄÖÜ", "äöü"),
            ("STRASSE", "straße"),
            ("ΣΑΣ", "σας"),
            // RFC 8265 §3.3.1: full-width letters, and half-width ones.
            ("ａｄａ＠ａｃｍｅ．ｅｘａｍｐｌｅ", "ada@acme.example"),
            ("ｶﾞ", "ガ"),
            // RFC 8265 §3.3.4: NFC.
            ("Zoe\u{308}", "zoë"),
            ("\u{212b}ngstro\u{308}m", "ångström"),
            ("I\u{307}", "İ"),
            // Zero-width characters, a soft hyphen, a direction mark.
            ("a\u{200b}d\u{200d}a\u{feff}", "ada"),
            ("\u{200b} ada ", "ada"),
            ("a\u{ad}d\u{202e}a", "ada"),
            // RFC 8266 §2.1: other spaces are the space.
            ("Team\u{a0}A", "team a"),
        ] {
            assert_eq!(fold(one), fold(other), "{one:?} and {other:?}");
        }
        for (one, other) in [("zoe", "zoë"), ("a b", "ab"), ("ada", "аda")] {
            assert_ne!(fold(one), fold(other), "{one:?} and {other:?}");
        }
    }

    #[test]
    fn folding_any_character_twice_is_folding_it_once() {
        // Without ideographs and private use characters, which have neither case nor decompositions.
        for letter in ('\0'..='\u{33ff}').chain('\u{a000}'..='\u{abff}').chain('\u{f900}'..='\u{1ffff}') {
            let once = letters(&format!("a{letter}b"));
            assert_eq!(letters(&once), once, "U+{:04X}", u32::from(letter));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

        #[test]
        fn folding_twice_is_folding_once_and_an_older_key_folds_alike(text in any::<String>()) {
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
            prop_assert_eq!(letters(&letters(&text)), letters(&text));
            prop_assert_eq!(fold(&letter_case(&text)), fold(&text));
        }
    }
}
