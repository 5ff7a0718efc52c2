//! Whether the name that a client chose can be read by the person who is to approve it: visible characters, one line, one direction
//! (Unicode Technical Report 36 §2.10; RFC 7591 §5 warns of misleading names).

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

/// Most characters of a name.
const LONGEST: usize = 100;
/// Longest word, in characters, because pages are narrow.
const LONGEST_WORD: usize = 40;
/// Most combining marks on one letter; real scripts have fewer.
const MARKS: usize = 3;
/// Letters and symbols that are invisible: Hangul fillers and the empty Braille pattern.
const BLANK: [char; 5] = ['\u{115f}', '\u{1160}', '\u{3164}', '\u{ffa0}', '\u{2800}'];

/// Whether the text has one to a hundred visible characters, among them a letter or a digit.
pub(crate) fn is_name(text: &str) -> bool {
    let mut marks = 0;
    for letter in text.chars() {
        let group = letter.general_category_group();
        marks = if group == GeneralCategoryGroup::Mark { marks + 1 } else { 0 };
        let is_visible = match group {
            GeneralCategoryGroup::Other => false,
            GeneralCategoryGroup::Separator => letter == ' ',
            // The grapheme joiner and the variation selectors are invisible.
            GeneralCategoryGroup::Mark => {
                marks <= MARKS
                    && !matches!(letter, '\u{34f}' | '\u{fe00}'..='\u{fe0e}' | '\u{e0100}'..='\u{e01ef}')
            }
            _ => !BLANK.contains(&letter),
        };
        if !is_visible {
            return false;
        }
    }
    text.chars().count() <= LONGEST
        && text.chars().any(char::is_alphanumeric)
        && text.split(' ').all(|word| word.chars().count() <= LONGEST_WORD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invisible_or_misleading_characters_are_refused() {
        for name in [
            "Claude",
            "Visual Studio Code 1.2 (Insiders)",
            "Müllers Café",
            "Cafe\u{301}",
            "कर्म",
            "編集者",
            "محرر",
            "R2 🚀",
        ] {
            assert!(is_name(name), "{name}");
        }
        for name in [
            "",
            "   ",
            "…",
            "Okta\u{2028}Approved",
            "Okta\u{2029}Approved",
            "a\nb",
            "Tool\u{202e}",
            "To\u{61c}ol",
            "\u{feff}Tool",
            "To\u{ad}ol",
            "To\u{180e}ol",
            "\u{3164}",
            "\u{2800}",
            "Tool\u{e0041}",
            "To\u{34f}ol",
            "To\u{a0}ol",
            "Z\u{301}\u{301}\u{301}\u{301}algo",
            &"x".repeat(41),
            &"word ".repeat(21),
        ] {
            assert!(!is_name(name), "{name:?}");
        }
    }
}
