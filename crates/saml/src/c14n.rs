//! Exclusive XML Canonicalization 1.0 without comments (<https://www.w3.org/TR/xml-exc-c14n/>) of a node of the parsed tree.
//!
//! On an error the caller must refuse the signature. The result is never empty.

use std::collections::BTreeMap;

use roxmltree::{Node, NodeId};

use crate::{limits, tree};

/// Canonical form of the element, without its descendant `without`. `prefixes` is the `InclusiveNamespaces` list; `""` means
/// `#default`.
pub(crate) fn exclusive(
    apex: Node<'_, '_>,
    without: Option<NodeId>,
    prefixes: &[&str],
) -> Result<Vec<u8>, String> {
    if !apex.is_element() || without == Some(apex.id()) {
        return Err("there is nothing to canonicalize".to_owned());
    }
    if prefixes.len() > limits::PREFIXES {
        return Err(format!("more than {} prefixes are listed", limits::PREFIXES));
    }
    let mut writer =
        Writer { out: Vec::with_capacity(apex.range().len()), without, prefixes, rendered: Vec::new() };
    writer.element(apex, 0)?;
    if writer.out.is_empty() {
        return Err("the canonical form is empty".to_owned());
    }
    Ok(writer.out)
}

struct Writer<'w, 'a> {
    out: Vec<u8>,
    without: Option<NodeId>,
    prefixes: &'w [&'w str],
    /// Namespace declarations written by the open elements, the innermost last.
    rendered: Vec<(&'a str, &'a str)>,
}

impl<'a> Writer<'_, 'a> {
    fn element(&mut self, node: Node<'a, '_>, depth: usize) -> Result<(), String> {
        if depth > limits::DEPTH + 1 {
            return Err("elements are nested too deep".to_owned());
        }
        let qualified = qualified(node)?;
        let outer = self.rendered.len();
        self.push("<")?;
        self.push(qualified)?;
        self.namespaces(node, qualified)?;
        self.attributes(node)?;
        self.push(">")?;
        let without = self.without;
        for child in node.children().filter(|child| Some(child.id()) != without) {
            match child.text() {
                _ if child.is_element() => self.element(child, depth + 1)?,
                Some(text) if child.is_text() => self.escaped(text, false)?,
                _ => return Err("the element has a comment or a processing instruction".to_owned()),
            }
        }
        self.push("</")?;
        self.push(qualified)?;
        self.push(">")?;
        self.rendered.truncate(outer);
        Ok(())
    }

    /// Exclusive C14N §3: declares the prefixes that the element and its attributes use, and those of the list that are in scope.
    /// Leaves out a prefix that an open element has declared with the same namespace. Sorted by prefix.
    fn namespaces(&mut self, node: Node<'a, '_>, qualified: &'a str) -> Result<(), String> {
        let mut wanted: BTreeMap<&'a str, &'a str> = BTreeMap::new();
        let (own, _) = tree::prefix_of(qualified).ok_or("a name has two colons")?;
        wanted.insert(own, node.tag_name().namespace().unwrap_or_default());
        for attribute in node.attributes() {
            let (prefix, _) =
                tree::prefix_of(source(node, attribute.range_qname())?).ok_or("a name has two colons")?;
            if !prefix.is_empty() {
                wanted.insert(prefix, attribute.namespace().unwrap_or_default());
            }
        }
        for &prefix in self.prefixes {
            if let Some(declared) =
                node.namespaces().find(|declared| declared.name().unwrap_or_default() == prefix)
            {
                wanted.insert(declared.name().unwrap_or_default(), tree::namespace_of(node, prefix));
            } else if prefix.is_empty() {
                wanted.insert("", "");
            }
        }
        wanted.remove("xml");
        for (prefix, uri) in wanted {
            let written = self.rendered.iter().rev().find(|(name, _)| *name == prefix).map(|(_, uri)| *uri);
            if written == Some(uri) || (written.is_none() && prefix.is_empty() && uri.is_empty()) {
                continue;
            }
            if uri.is_empty() && !prefix.is_empty() {
                return Err("a prefix has no namespace".to_owned());
            }
            self.push(if prefix.is_empty() { " xmlns" } else { " xmlns:" })?;
            self.push(prefix)?;
            self.push("=\"")?;
            self.escaped(uri, true)?;
            self.push("\"")?;
            self.rendered.push((prefix, uri));
        }
        Ok(())
    }

    /// Canonical XML §2.3: sorted by namespace, then by local name.
    fn attributes(&mut self, node: Node<'a, '_>) -> Result<(), String> {
        let mut sorted: Vec<_> = node.attributes().collect();
        sorted.sort_by_key(|attribute| (attribute.namespace().unwrap_or_default(), attribute.name()));
        for attribute in sorted {
            self.push(" ")?;
            self.push(source(node, attribute.range_qname())?)?;
            self.push("=\"")?;
            self.escaped(attribute.value(), true)?;
            self.push("\"")?;
        }
        Ok(())
    }

    /// Canonical XML §2.3: text, or the value of an attribute.
    fn escaped(&mut self, text: &str, in_attribute: bool) -> Result<(), String> {
        let mut from = 0;
        for (at, byte) in text.bytes().enumerate() {
            let escape = match byte {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' if !in_attribute => "&gt;",
                b'"' if in_attribute => "&quot;",
                b'\t' if in_attribute => "&#x9;",
                b'\n' if in_attribute => "&#xA;",
                b'\r' => "&#xD;",
                _ => continue,
            };
            self.push(text.get(from..at).unwrap_or_default())?;
            self.push(escape)?;
            from = at + 1;
        }
        self.push(text.get(from..).unwrap_or_default())
    }

    fn push(&mut self, text: &str) -> Result<(), String> {
        if self.out.len() + text.len() > limits::CANONICAL {
            return Err(format!("the canonical form is longer than {} MiB", limits::CANONICAL / 1024 / 1024));
        }
        self.out.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// Text of a range of the source.
fn source<'a>(node: Node<'a, '_>, range: std::ops::Range<usize>) -> Result<&'a str, String> {
    node.document().input_text().get(range).ok_or_else(|| "the source has no such range".to_owned())
}

/// Name of an element with its prefix, read from the source because the tree doesn't keep prefixes.
fn qualified<'a>(node: Node<'a, '_>) -> Result<&'a str, String> {
    let tag = source(node, node.range())?.strip_prefix('<').ok_or("an element does not begin with <")?;
    let end = tag.find([' ', '\t', '\n', '\r', '/', '>']).ok_or("a tag has no end")?;
    let name = tag.get(..end).unwrap_or_default();
    match tree::prefix_of(name) {
        Some((_, local)) if local == node.tag_name().name() => Ok(name),
        _ => Err("the name of an element differs from its source".to_owned()),
    }
}

#[cfg(test)]
mod tests;
