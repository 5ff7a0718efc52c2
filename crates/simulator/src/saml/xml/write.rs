//! The two written forms of the tree: as Okta sends it, and the exclusive canonical form that is signed.

use std::collections::BTreeSet;

use super::{Element, Node, Scope, declared_prefix, local_name, prefix};

impl Element {
    /// The form on the wire: attributes in their order, empty elements closed at once, as Okta writes.
    pub(in super::super) fn wire(&self) -> String {
        let mut out = String::new();
        self.write_wire(&mut out);
        out
    }

    fn write_wire(&self, out: &mut String) {
        out.push('<');
        out.push_str(&self.name);
        for (name, value) in &self.attributes {
            write_attribute(out, name, value);
        }
        if self.children.is_empty() {
            out.push_str("/>");
            return;
        }
        out.push('>');
        for node in &self.children {
            match node {
                Node::Element(element) => element.write_wire(out),
                Node::Text(text) => out.push_str(&escape_text(text)),
                Node::Comment(comment) => {
                    out.push_str("<!--");
                    out.push_str(comment);
                    out.push_str("-->");
                }
            }
        }
        out.push_str("</");
        out.push_str(&self.name);
        out.push('>');
    }

    /// Exclusive canonical form without comments (Exclusive XML Canonicalization 1.0 §3), with this element as the apex. `scope`: what
    /// its ancestors declare. `inclusive`: the PrefixList of `InclusiveNamespaces`.
    pub(in super::super) fn canonical(&self, scope: &Scope, inclusive: &[String]) -> String {
        let mut out = String::new();
        self.write_canonical(&mut out, scope, &Scope::new(), inclusive);
        out
    }

    fn write_canonical(&self, out: &mut String, scope: &Scope, rendered: &Scope, inclusive: &[String]) {
        let scope = self.scope(scope);
        let mut rendered = rendered.clone();
        let plain: Vec<_> =
            self.attributes.iter().filter(|(name, _)| declared_prefix(name).is_none()).collect();
        let mut used: BTreeSet<&str> = BTreeSet::from([prefix(&self.name)]);
        used.extend(plain.iter().map(|(name, _)| prefix(name)).filter(|prefix| !prefix.is_empty()));
        used.extend(inclusive.iter().map(|prefix| if prefix == "#default" { "" } else { prefix.as_str() }));
        used.remove("xml");
        out.push('<');
        out.push_str(&self.name);
        for prefix in used {
            let namespace = match scope.get(prefix) {
                Some(namespace) => namespace.as_str(),
                None if prefix.is_empty() => "",
                None => continue,
            };
            let known = rendered.get(prefix).map_or("", String::as_str);
            if known == namespace {
                continue;
            }
            let name = if prefix.is_empty() { "xmlns".to_owned() } else { format!("xmlns:{prefix}") };
            write_attribute(out, &name, namespace);
            rendered.insert(prefix.to_owned(), namespace.to_owned());
        }
        // Attributes in the order of their namespace and then their local name (Canonical XML 1.0 §2.2).
        let mut sorted: Vec<(&str, &str, &str, &str)> = plain
            .iter()
            .map(|(name, value)| {
                let namespace = match prefix(name) {
                    "" => "",
                    prefix => scope.get(prefix).map_or("", String::as_str),
                };
                (namespace, local_name(name), name.as_str(), value.as_str())
            })
            .collect();
        sorted.sort_unstable();
        for (_, _, name, value) in sorted {
            write_attribute(out, name, value);
        }
        out.push('>');
        for node in &self.children {
            match node {
                Node::Element(element) => element.write_canonical(out, &scope, &rendered, inclusive),
                Node::Text(text) => out.push_str(&escape_text(text)),
                Node::Comment(_) => {}
            }
        }
        out.push_str("</");
        out.push_str(&self.name);
        out.push('>');
    }
}

fn write_attribute(out: &mut String, name: &str, value: &str) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    for letter in value.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '"' => out.push_str("&quot;"),
            '\t' => out.push_str("&#x9;"),
            '\n' => out.push_str("&#xA;"),
            '\r' => out.push_str("&#xD;"),
            other => out.push(other),
        }
    }
    out.push('"');
}

fn escape_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#xD;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{super::read, *};

    fn canonical(xml: &str, inclusive: &[&str]) -> String {
        let inclusive: Vec<String> = inclusive.iter().map(|prefix| (*prefix).to_owned()).collect();
        read(xml).unwrap().canonical(&Scope::new(), &inclusive)
    }

    #[test]
    fn the_canonical_form() {
        for (xml, inclusive, expected) in [
            (
                "<a:x xmlns:b='urn:b' xmlns:a='urn:a' z='1' b:y='2' a:y='3'/>",
                &[][..],
                "<a:x xmlns:a=\"urn:a\" xmlns:b=\"urn:b\" z=\"1\" a:y=\"3\" b:y=\"2\"></a:x>",
            ),
            (
                "<x xmlns:u='urn:u'><u:y/><u:y/></x>",
                &[],
                "<x><u:y xmlns:u=\"urn:u\"></u:y><u:y xmlns:u=\"urn:u\"></u:y></x>",
            ),
            ("<x xmlns:u='urn:u'><u:y/></x>", &["u"], "<x xmlns:u=\"urn:u\"><u:y></u:y></x>"),
            ("<x xmlns='urn:d'><y xmlns=''/></x>", &[], "<x xmlns=\"urn:d\"><y xmlns=\"\"></y></x>"),
            (
                "<x xmlns:u='urn:u'><u:y xmlns:u='urn:u'><u:z xmlns:u='urn:v'/></u:y></x>",
                &[],
                "<x><u:y xmlns:u=\"urn:u\"><u:z xmlns:u=\"urn:v\"></u:z></u:y></x>",
            ),
            ("<x a='&lt;&#x9;&quot;&gt;'>&gt;&#13;é</x>", &[], "<x a=\"&lt;&#x9;&quot;>\">&gt;&#xD;é</x>"),
        ] {
            assert_eq!(canonical(xml, inclusive), expected, "{xml}");
        }
    }

    #[test]
    fn a_comment_is_on_the_wire_and_not_signed() {
        let mut element = Element::new("", "x").text("a");
        element.children.push(Node::Comment("c".to_owned()));
        let element = element.text("b");
        assert_eq!(element.wire(), "<x>a<!--c-->b</x>");
        assert_eq!(element.canonical(&Scope::new(), &[]), "<x>ab</x>");
        assert_eq!(element.content(), "ab");
    }
}
