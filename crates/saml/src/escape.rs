//! Escapes text for the XML that this crate writes.

use std::borrow::Cow;

/// Text for an element or for an attribute in double quotes. Characters that XML 1.0 can't carry are left out.
pub(crate) fn xml(text: &str) -> Cow<'_, str> {
    let is_plain =
        |c: char| !matches!(c, '&' | '<' | '>' | '"' | '\'' | '\t' | '\n' | '\r') && crate::scan::is_xml(c);
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' => out.push_str("&#9;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            c if crate::scan::is_xml(c) => out.push(c),
            _ => {}
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    #[test]
    fn text_is_read_back_as_it_was() {
        for text in ["plain", "a<b>&\"'\t\n\r", "ü𝄞", "]]>"] {
            let document = format!("<a b=\"{0}\">{0}</a>", super::xml(text));
            let document = roxmltree::Document::parse(&document).unwrap();
            assert_eq!(document.root_element().attribute("b"), Some(text));
            assert_eq!(document.root_element().text(), Some(text));
        }
        assert_eq!(super::xml("a\u{0}\u{b}\u{ffff}b"), "ab");
    }
}
