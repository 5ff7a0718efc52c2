//! Which characters a new name may have. Characters that PRECIS disallows and a reader can't see are refused. The rule is for new names
//! only: users and groups that already have such a name can still be found, changed and removed.

use crate::fold::{has_compatibility_characters, is_invisible};

/// Kind of resource that has the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// A user, by `userName` (RFC 8265).
    User,
    /// A group, by `displayName` (RFC 8266). It may have the joiners, variation selectors and tags that emoji and Persian need.
    /// They are not compared, so they make no second name.
    Group,
}

/// The first character that a new name may not have: a control character, an invisible character or a noncharacter.
pub fn disallowed(name: &str, of: Named) -> Option<char> {
    name.chars().find(|letter| {
        // RFC 8264 §9.12 (controls), §9.13 (invisible), §9.2 and RFC 5892 (noncharacters).
        let bad = letter.is_control() || is_invisible(*letter) || is_noncharacter(*letter);
        bad && !(of == Named::Group && is_written_with(*letter))
    })
}

/// Whether a login name from an identity provider may match an existing user. Two names with the same key differ by more than letter case
/// if they have compatibility or invisible characters, which PRECIS disallows (RFC 8264 §9.13, §9.17). A name with the Kelvin sign must
/// not match the one with `k`, which is another account at the provider.
pub fn may_name_a_user(name: &str) -> bool {
    disallowed(name, Named::User).is_none() && !has_compatibility_characters(name)
}

/// Notation of an invisible character in messages: `U+200B`.
pub fn code_point(letter: char) -> String {
    format!("U+{:04X}", u32::from(letter))
}

fn is_noncharacter(letter: char) -> bool {
    let code = u32::from(letter);
    (0xfdd0..=0xfdef).contains(&code) || code & 0xfffe == 0xfffe
}

/// Whether emoji or Persian need the character: zero-width (non-)joiner, variation selectors, tags of flags.
fn is_written_with(letter: char) -> bool {
    matches!(letter, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0020}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_alike_names_no_user() {
        for name in [
            "mike@acme.example",
            "MIKE@ACME.example",
            "zoë@acme.example",
            "zoe\u{308}@acme.example",
            "日本",
            "ｍｉｋｅ",
        ] {
            assert!(may_name_a_user(name), "{name:?}");
        }
        for name in [
            "mi\u{212a}e",
            "\u{17f}am",
            "o\u{fb01}ce",
            "\u{1d2e}ob",
            "ada\u{2460}",
            "mi\u{200b}ke",
            "\u{1d426}ike",
            "x\u{b2}",
        ] {
            assert!(!may_name_a_user(name), "{name:?}");
        }
    }

    #[test]
    fn what_nobody_sees_is_refused() {
        for (name, of_user, of_group) in [
            ("Zoë O'Neil-日本 +x@acme.example", None, None),
            ("ada\u{200b}@acme.example", Some('\u{200b}'), Some('\u{200b}')),
            ("a\u{202e}da", Some('\u{202e}'), Some('\u{202e}')),
            ("a\tda", Some('\t'), Some('\t')),
            ("a\u{7f}", Some('\u{7f}'), Some('\u{7f}')),
            ("a\u{85}", Some('\u{85}'), Some('\u{85}')),
            ("\u{feff}ada", Some('\u{feff}'), Some('\u{feff}')),
            ("a\u{ad}da", Some('\u{ad}'), Some('\u{ad}')),
            ("a\u{ffff}", Some('\u{ffff}'), Some('\u{ffff}')),
            ("ni\u{200c}a", Some('\u{200c}'), None),
            ("❤\u{fe0f} 👩\u{200d}💻", Some('\u{fe0f}'), None),
        ] {
            let found = (disallowed(name, Named::User), disallowed(name, Named::Group));
            assert_eq!(found, (of_user, of_group), "{name:?}");
        }
        assert_eq!(code_point('\u{200b}'), "U+200B");
    }
}
