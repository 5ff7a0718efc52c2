//! Isolation of texts that set a writing direction. Pure.

use std::borrow::Cow;

/// Isolates a text whose characters set a writing direction, so that they don't affect the text around it (Unicode Annex #9 §2.4:
/// FIRST STRONG ISOLATE before it and POP DIRECTIONAL ISOLATE after it, and no isolate within). For places without elements, such as a
/// title; elsewhere `<bdi>` does it.
pub fn isolate(text: &str) -> Cow<'_, str> {
    let sets_direction = |letter: char| matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if !text.contains(sets_direction) {
        return Cow::Borrowed(text);
    }
    let inner: String = text.chars().filter(|letter| !matches!(letter, '\u{2066}'..='\u{2069}')).collect();
    Cow::Owned(format!("\u{2068}{inner}\u{2069}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_sets_a_direction_sets_its_own_alone() {
        assert_eq!(isolate("Ada"), "Ada");
        assert_eq!(isolate("A\u{202e}da"), "\u{2068}A\u{202e}da\u{2069}");
        assert_eq!(isolate("A\u{2069}\u{202e}da\u{2067}"), "\u{2068}A\u{202e}da\u{2069}");
    }
}
