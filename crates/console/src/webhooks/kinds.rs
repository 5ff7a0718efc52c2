//! The kinds of events of a webhook: read from a form, and in words. Pure.

use vestibule_core::sets::EventKind;
use vestibule_store::outbox::webhooks::{DEFAULT_KINDS, EVERY_KIND};

/// The most that a row shows of an address or of a list of kinds, in characters.
const CLIPPED: usize = 200;

/// The kinds in words.
pub(super) fn kinds_in_words(kinds: &str) -> String {
    match kinds {
        DEFAULT_KINDS => "people and their rights".to_owned(),
        kinds if kinds.split(' ').any(|kind| kind == EVERY_KIND) => "all".to_owned(),
        kinds => clip(&kinds.replace(' ', ", ")),
    }
}

/// The beginning of a text, as long as a row shows it.
pub(super) fn clip(text: &str) -> String {
    if text.chars().count() <= CLIPPED {
        return text.to_owned();
    }
    text.chars().take(CLIPPED).chain([' ', '…']).collect()
}

/// A sentence about the first kind that no event has. A webhook of it would never get a message.
pub(super) fn problem_with(kinds: &[String]) -> Option<String> {
    let is_unknown = |kind: &&String| *kind != EVERY_KIND && kind.parse::<EventKind>().is_err();
    let unknown = kinds.iter().find(is_unknown)?;
    let clipped: String = unknown.chars().take(60).collect();
    Some(format!("{clipped} is no kind of event; see the list below the form"))
}

/// The kinds in a form's text, separated by white space or commas.
pub(super) fn kinds_of(text: &str) -> Vec<String> {
    text.split(|letter: char| letter.is_whitespace() || letter == ',')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_shown_in_words_and_read_whatever_separates_them() {
        assert_eq!(kinds_in_words("*"), "all");
        assert_eq!(kinds_in_words("user_created user_deleted"), "user_created, user_deleted");
        assert!(kinds_in_words(DEFAULT_KINDS).contains("people"));
        assert!(kinds_in_words(&"user_created ".repeat(50)).ends_with('…'));
        assert_eq!(kinds_of(" user_created,user_deleted\r\n *"), ["user_created", "user_deleted", "*"]);
        assert!(kinds_of(" , ").is_empty());
    }
}
