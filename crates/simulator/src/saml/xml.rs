//! XML of SAML messages as a small tree with two writers: the form on the wire, and the exclusive canonical form that is signed. It
//! must never share code with the service's verifier, because each tests the other.

mod read;
mod write;

use std::collections::BTreeMap;

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
    /// Written on the wire, not in the canonical form. Only a fault has one.
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

    /// Adds an attribute if there is a value.
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
