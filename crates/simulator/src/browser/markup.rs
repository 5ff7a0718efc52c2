//! A small HTML reader: splits a page into tags and texts, and tolerates errors. Scripts, styles and comments are skipped; entities are
//! resolved.

/// A piece of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Name in lower case and attributes, names in lower case, values unescaped.
    Open(String, Vec<(String, String)>),
    Close(String),
    Text(String),
}

/// An attribute's value.
pub(super) fn attribute<'a>(attributes: &'a [(String, String)], name: &str) -> Option<&'a str> {
    attributes.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
}

/// All pieces in order.
pub(super) fn pieces(html: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = html;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("<!--") {
            rest = after.split_once("-->").map_or("", |(_, after)| after);
        } else if let Some(after) = rest.strip_prefix("</") {
            let (name, after) = after.split_once('>').unwrap_or((after, ""));
            pieces.push(Piece::Close(name.trim().to_ascii_lowercase()));
            rest = after;
        } else if rest.starts_with("<!") || rest.starts_with("<?") {
            rest = rest.split_once('>').map_or("", |(_, after)| after);
        } else if let Some(after) =
            rest.strip_prefix('<').filter(|after| after.starts_with(char::is_alphabetic))
        {
            let (name, attributes, after) = tag(after);
            rest = after;
            if name == "script" || name == "style" {
                let end = rest.to_ascii_lowercase().find(&format!("</{name}")).unwrap_or(rest.len());
                rest = rest.get(end..).unwrap_or_default();
            }
            pieces.push(Piece::Open(name, attributes));
        } else {
            // A single `<` is text.
            let end = rest
                .char_indices()
                .skip(1)
                .find(|(_, letter)| *letter == '<')
                .map_or(rest.len(), |(at, _)| at);
            let (text, after) = rest.split_at(end);
            pieces.push(Piece::Text(unescape(text)));
            rest = after;
        }
    }
    pieces
}

/// A tag without its `<`: name, attributes, and the text after its `>`.
fn tag(text: &str) -> (String, Vec<(String, String)>, &str) {
    let end = text.find(|letter: char| letter.is_whitespace() || "/>".contains(letter)).unwrap_or(text.len());
    let (name, mut rest) = text.split_at(end);
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '/');
        if let Some(after) = rest.strip_prefix('>') {
            return (name.to_ascii_lowercase(), attributes, after);
        }
        if rest.is_empty() {
            return (name.to_ascii_lowercase(), attributes, rest);
        }
        let (attribute, after) = one_attribute(rest);
        attributes.push(attribute);
        rest = after;
    }
}

/// `name`, `name=value`, `name="value"` or `name='value'`, and the rest.
fn one_attribute(text: &str) -> ((String, String), &str) {
    // The first letter always belongs to the name, so that each turn makes progress.
    let first = text.chars().next().map_or(0, char::len_utf8);
    let ends = |letter: char| letter.is_whitespace() || "=/>".contains(letter);
    let end = text.get(first..).and_then(|more| more.find(ends)).map_or(text.len(), |at| first + at);
    let (name, rest) = text.split_at(end);
    let name = name.to_ascii_lowercase();
    let Some(value) = rest.trim_start().strip_prefix('=').map(str::trim_start) else {
        return ((name, String::new()), rest);
    };
    let quoted = ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.split_once(*quote));
    let (value, rest) = quoted.unwrap_or_else(|| {
        value.split_at(
            value.find(|letter: char| letter.is_whitespace() || letter == '>').unwrap_or(value.len()),
        )
    });
    ((name, unescape(value)), rest)
}

/// Resolves entities: the five of XML, the non-breaking space, and numbers. Others stay unchanged.
pub(super) fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let entity = after.split_once(';').and_then(|(name, after)| Some((resolve(name)?, after)));
        match entity {
            Some((letter, after)) => {
                plain.push(letter);
                rest = after;
            }
            None => {
                plain.push('&');
                rest = after;
            }
        }
    }
    plain + rest
}

fn resolve(entity: &str) -> Option<char> {
    match entity {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        other => {
            let number = other.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(name: &str, attributes: &[(&str, &str)]) -> Piece {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Piece::Open(name.to_owned(), attributes.iter().map(own).collect())
    }

    #[test]
    fn tags_and_texts() {
        let table = [
            (
                "<p>a &amp; b</p>",
                vec![open("p", &[]), Piece::Text("a & b".to_owned()), Piece::Close("p".to_owned())],
            ),
            (
                "<INPUT Name=x value='a>b' disabled/>",
                vec![open("input", &[("name", "x"), ("value", "a>b"), ("disabled", "")])],
            ),
            ("<!doctype html><!-- <p> --><br>", vec![open("br", &[])]),
            ("<script>if (a<b) {}</script>", vec![open("script", &[]), Piece::Close("script".to_owned())]),
            ("1 < 2", vec![Piece::Text("1 ".to_owned()), Piece::Text("< 2".to_owned())]),
            ("<a href=/x?a=1&amp;b=2>", vec![open("a", &[("href", "/x?a=1&b=2")])]),
            ("<a href=\"", vec![open("a", &[("href", "\"")])]),
            ("<é", vec![Piece::Open("é".to_owned(), vec![])]),
        ];
        for (html, expected) in table {
            assert_eq!(pieces(html), expected, "{html}");
        }
    }

    #[test]
    fn entities() {
        for (text, plain) in [
            ("&lt;&#39;&#x2F;&gt;", "<'/>"),
            ("a & b", "a & b"),
            ("&unknown;", "&unknown;"),
            ("&#xD800;", "&#xD800;"),
        ] {
            assert_eq!(unescape(text), plain);
        }
    }
}
