//! Checks the bytes of a document before it is parsed: encoding, declaration, refused markup, and the limits on depth and tags. It
//! does not check that the document is well-formed: the parser does.

use crate::limits;

/// Whether comments may be in the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comments {
    /// In messages: a comment splits a text in two, and readers disagree about which part counts.
    Refused,
    /// In metadata. An element whose text is read must not have a comment there either.
    Allowed,
}

/// Whether XML 1.0 can carry the character (XML 1.0 §2.2).
pub(crate) fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// The document as text with line ends as LF (XML 1.0 §2.11). UTF-8 only, without a byte order mark.
pub(crate) fn text(bytes: &[u8]) -> Result<String, String> {
    if bytes.len() > limits::DOCUMENT {
        return Err(format!("the document is longer than {} KiB", limits::DOCUMENT / 1024));
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err("the document begins with a byte order mark".to_owned());
    }
    let text = std::str::from_utf8(bytes).map_err(|_| "the document is not UTF-8".to_owned())?;
    if let Some(c) = text.chars().find(|&c| !is_xml(c)) {
        return Err(format!("the character U+{:04X} is not allowed in XML", u32::from(c)));
    }
    declaration(text)?;
    Ok(text.replace("\r\n", "\n").replace('\r', "\n"))
}

/// Checks the XML declaration, if there is one: version 1.0, and no encoding other than UTF-8. Returns its length in bytes.
fn declaration(text: &str) -> Result<usize, String> {
    let Some(rest) = text.strip_prefix("<?xml").filter(|rest| rest.starts_with([' ', '\t', '\r', '\n']))
    else {
        return Ok(0);
    };
    let (inside, _) = rest.split_once("?>").ok_or("the XML declaration has no end")?;
    let mut left = inside.trim();
    let mut seen = Vec::new();
    while !left.is_empty() {
        let (name, rest) = left.split_once('=').ok_or("the XML declaration is malformed")?;
        let (name, rest) = (name.trim(), rest.trim_start());
        let quote = rest
            .chars()
            .next()
            .filter(|c| matches!(c, '"' | '\''))
            .ok_or("the XML declaration is malformed")?;
        let (value, rest) = rest.split_at(1).1.split_once(quote).ok_or("the XML declaration is malformed")?;
        match name {
            "version" if value == "1.0" => {}
            "version" => return Err("the document is not XML 1.0".to_owned()),
            "encoding" if value.eq_ignore_ascii_case("utf-8") => {}
            "encoding" => return Err("the document declares an encoding other than UTF-8".to_owned()),
            "standalone" if matches!(value, "yes" | "no") => {}
            _ => return Err("the XML declaration is malformed".to_owned()),
        }
        seen.push(name);
        left = rest.trim_start();
    }
    if !matches!(
        *seen,
        ["version"]
            | ["version", "encoding"]
            | ["version", "standalone"]
            | ["version", "encoding", "standalone"]
    ) {
        return Err("the XML declaration is malformed".to_owned());
    }
    Ok(text.len() - rest.len() + inside.len() + 2)
}

/// Refuses DOCTYPE, CDATA, processing instructions, comments unless allowed, references to anything but characters of XML 1.0, and
/// documents beyond the limits on depth, tags and namespaces.
pub(crate) fn markup(text: &str, comments: Comments) -> Result<(), String> {
    let mut rest = text.get(declaration(text)?..).unwrap_or_default();
    // Namespace declarations of each open element.
    let mut open: Vec<usize> = Vec::new();
    while let Some(at) = rest.find(['<', '&']) {
        rest = rest.get(at..).unwrap_or_default();
        if rest.starts_with('&') {
            rest = reference(rest)?;
        } else if let Some(after) = rest.strip_prefix("<!--") {
            if comments == Comments::Refused {
                return Err("the document has a comment".to_owned());
            }
            rest = after.split_once("-->").ok_or("a comment has no end")?.1;
        } else if rest.starts_with("<![CDATA[") {
            return Err("the document has a CDATA section".to_owned());
        } else if rest.starts_with("<!") {
            return Err("the document has a document type declaration".to_owned());
        } else if rest.starts_with("<?") {
            return Err("the document has a processing instruction".to_owned());
        } else {
            let tag = tag(rest)?;
            if tag.starts_with("</") {
                open.pop().ok_or("an element ends that was not begun")?;
            } else {
                let (attributes, declared) = attributes(tag)?;
                open.push(declared);
                if attributes > limits::ATTRIBUTES {
                    return Err(format!("an element has more than {} attributes", limits::ATTRIBUTES));
                }
                if open.len() > limits::DEPTH {
                    return Err(format!("elements are nested more than {} levels deep", limits::DEPTH));
                }
                if open.iter().sum::<usize>() > limits::NAMESPACES {
                    return Err(format!(
                        "more than {} namespaces are declared around an element",
                        limits::NAMESPACES
                    ));
                }
                if tag.ends_with("/>") {
                    open.pop();
                }
            }
            rest = rest.get(tag.len()..).unwrap_or_default();
        }
    }
    Ok(())
}

/// The text after a reference, which must be to a character of XML 1.0 or to one of the five predefined entities (XML 1.0 §4.1).
fn reference(rest: &str) -> Result<&str, String> {
    let end = rest.bytes().take(16).position(|byte| byte == b';').ok_or("a reference has no end")?;
    let name = rest.get(1..end).unwrap_or_default();
    let character = |digits: &str, radix| {
        let digits = Some(digits).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        u32::from_str_radix(digits, radix).ok().and_then(char::from_u32).filter(|&c| is_xml(c))
    };
    let is_allowed = match name.strip_prefix('#') {
        Some(number) => match number.strip_prefix('x') {
            Some(digits) => character(digits, 16).is_some(),
            None => character(number, 10).is_some(),
        },
        None => matches!(name, "amp" | "lt" | "gt" | "quot" | "apos"),
    };
    if !is_allowed {
        return Err(
            "the document has a reference to an entity or to a character that XML does not allow".to_owned()
        );
    }
    Ok(rest.get(end + 1..).unwrap_or_default())
}

/// The tag at the beginning of the text, up to the `>` outside quotes.
fn tag(rest: &str) -> Result<&str, String> {
    let mut quote = None;
    for (at, byte) in rest.bytes().enumerate().take(limits::TAG) {
        match (quote, byte) {
            (None, b'>') => return Ok(rest.get(..=at).unwrap_or_default()),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    if rest.len() > limits::TAG {
        return Err(format!("a tag is longer than {} KiB", limits::TAG / 1024));
    }
    Err("a tag has no end".to_owned())
}

/// Counts the attributes of a start tag, and the namespace declarations among them. Refuses invalid references in attribute values, and
/// two declarations that the parser accepts: one that removes the namespace of a prefix, and one of the prefix `xmlns` (Namespaces in
/// XML 1.0 §3, §5).
fn attributes(tag: &str) -> Result<(usize, usize), String> {
    let (mut all, mut declarations, mut left) = (0, 0, tag);
    while let Some((before, rest)) = left.split_once(['"', '\'']) {
        let quote = left.as_bytes().get(before.len()).map_or('"', |&byte| char::from(byte));
        let Some((value, rest)) = rest.split_once(quote) else { break };
        let mut at = value;
        while let Some(from) = at.find('&') {
            at = reference(at.get(from..).unwrap_or_default())?;
        }
        let name = before.trim_ascii_end().strip_suffix('=').unwrap_or_default();
        let name = name.split_ascii_whitespace().next_back().unwrap_or_default();
        if name == "xmlns:xmlns" {
            return Err("the document declares the prefix xmlns".to_owned());
        }
        if name.starts_with("xmlns:") && value.is_empty() {
            return Err("the document takes the namespace of a prefix away".to_owned());
        }
        all += 1;
        declarations += usize::from(name.starts_with("xmlns"));
        left = rest;
    }
    Ok((all, declarations))
}

#[cfg(test)]
mod tests;
