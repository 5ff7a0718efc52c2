//! XML of SAML messages as a small tree with two writers: the form on the wire, and the exclusive canonical form that is signed. It
//! must never share code with the service's verifier, because each tests the other.

mod read;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use read::read;

/// Namespaces of SAML, XML Signature, XML Encryption and XML Schema.
pub(super) mod ns {
    pub(crate) const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
    pub(crate) const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
    pub(crate) const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
    pub(crate) const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
    pub(crate) const EXC_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
    pub(crate) const XENC: &str = "http://www.w3.org/2001/04/xmlenc#";
    pub(crate) const XS: &str = "http://www.w3.org/2001/XMLSchema";
    pub(crate) const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
}

/// Prefixes and the namespaces that they are bound to. The default namespace has the empty prefix.
pub(super) type Scope = BTreeMap<String, String>;

/// An element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Element {
    /// Name with its prefix, such as `saml2:Issuer`.
    pub(super) name: String,
    /// The namespace of the prefix; empty without one.
    pub(super) namespace: String,
    /// Attributes and namespace declarations in the order of the wire; values unescaped.
    pub(super) attributes: Vec<(String, String)>,
    /// Content in document order.
    pub(super) children: Vec<Node>,
}

/// Content of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Element(Element),
    /// Unescaped.
    Text(String),
    /// Written on the wire, not in the canonical form. Only a mischief has one.
    Comment(String),
}

impl Element {
    pub(super) fn new(namespace: &str, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            namespace: namespace.to_owned(),
            attributes: Vec::new(),
            children: Vec::new(),
        }
    }

    #[must_use]
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.attributes.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With an attribute if there is a value.
    #[must_use]
    pub(super) fn with_some(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Declares the namespace of its own prefix.
    #[must_use]
    pub(super) fn declared(self) -> Self {
        let prefix = prefix(&self.name).to_owned();
        let namespace = self.namespace.clone();
        self.with(&format!("xmlns:{prefix}"), &namespace)
    }

    #[must_use]
    pub(super) fn child(mut self, child: Self) -> Self {
        self.children.push(Node::Element(child));
        self
    }

    #[must_use]
    pub(super) fn text(mut self, text: &str) -> Self {
        self.children.push(Node::Text(text.to_owned()));
        self
    }

    /// The value of an attribute of exactly this name.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn is(&self, namespace: &str, local: &str) -> bool {
        self.namespace == namespace && local_name(&self.name) == local
    }

    pub(super) fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            _ => None,
        })
    }

    /// The first child element of this name.
    pub(super) fn find(&self, namespace: &str, local: &str) -> Option<&Self> {
        self.elements().find(|element| element.is(namespace, local))
    }

    /// All text directly inside.
    pub(super) fn content(&self) -> String {
        let text = |node: &Node| match node {
            Node::Text(text) => text.clone(),
            _ => String::new(),
        };
        self.children.iter().map(text).collect()
    }

    /// `scope` with the namespaces that this element declares.
    pub(super) fn scope(&self, scope: &Scope) -> Scope {
        let mut inner = scope.clone();
        for (name, value) in &self.attributes {
            if let Some(prefix) = declared_prefix(name) {
                inner.insert(prefix.to_owned(), value.clone());
            }
        }
        inner
    }

    /// The form on the wire: attributes in their order, empty elements closed at once, as Okta writes.
    pub(super) fn wire(&self) -> String {
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
    pub(super) fn canonical(&self, scope: &Scope, inclusive: &[String]) -> String {
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

/// The prefix that this attribute declares, if it is a namespace declaration; empty for `xmlns` itself.
fn declared_prefix(name: &str) -> Option<&str> {
    if name == "xmlns" { Some("") } else { name.strip_prefix("xmlns:") }
}

fn prefix(name: &str) -> &str {
    name.split_once(':').map_or("", |(prefix, _)| prefix)
}

fn local_name(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, local)| local)
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
    use super::*;

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
