//! Parses a document once, and reads its nodes strictly: attributes by exact name, texts that are one text node.

use roxmltree::{Document, Node, ParsingOptions};

use crate::{
    limits, names,
    scan::{self, Comments},
};

/// Why a document is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It has the wrong encoding or is not well-formed.
    Form(String),
    /// It has refused markup, or is beyond a limit.
    Markup(String),
}

impl Unread {
    pub(crate) fn why(&self) -> &str {
        match self {
            Unread::Form(why) | Unread::Markup(why) => why,
        }
    }
}

/// Parses a text that [`scan::text`] has returned.
pub(crate) fn parse(text: &str, comments: Comments) -> Result<Document<'_>, Unread> {
    scan::markup(text, comments).map_err(Unread::Markup)?;
    let options =
        ParsingOptions { allow_dtd: false, nodes_limit: limits::NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|error| match error {
        roxmltree::Error::NodesLimitReached => {
            Unread::Markup(format!("the document has more than {} nodes", limits::NODES))
        }
        error => Unread::Form(error.to_string()),
    })?;
    walk(&document, comments).map_err(Unread::Markup)?;
    Ok(document)
}

/// Checks comments, processing instructions and depth again on the tree, in case the scan of the text missed one.
fn walk(document: &Document<'_>, comments: Comments) -> Result<(), String> {
    for node in document.descendants() {
        if node.is_pi() || (node.is_comment() && comments == Comments::Refused) {
            return Err("the document has a comment or a processing instruction".to_owned());
        }
        if node.ancestors().take(limits::DEPTH + 3).count() > limits::DEPTH + 2 {
            return Err(format!("elements are nested more than {} levels deep", limits::DEPTH));
        }
    }
    Ok(())
}

/// The first 80 characters of a text of the message, escaped, for a sentence.
pub(crate) fn short(text: &str) -> String {
    let mut out: String = text.chars().take(80).flat_map(char::escape_debug).collect();
    if text.chars().nth(80).is_some() {
        out.push('…');
    }
    out
}

pub(crate) fn is(node: Node<'_, '_>, namespace: &str, name: &str) -> bool {
    node.is_element() && node.tag_name().namespace() == Some(namespace) && node.tag_name().name() == name
}

/// Child elements.
pub(crate) fn elements<'a, 'i>(node: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(Node::is_element)
}

/// Child elements with this name.
pub(crate) fn children<'a, 'i>(
    node: Node<'a, 'i>,
    namespace: &str,
    name: &str,
) -> impl Iterator<Item = Node<'a, 'i>> {
    elements(node).filter(move |child| is(*child, namespace, name))
}

/// The first child element with this name.
pub(crate) fn child<'a, 'i>(node: Node<'a, 'i>, namespace: &str, name: &str) -> Option<Node<'a, 'i>> {
    children(node, namespace, name).next()
}

/// Value of the attribute with this name in no namespace.
pub(crate) fn attribute<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.attributes()
        .find(|attribute| attribute.namespace().is_none() && attribute.name() == name)
        .map(|found| found.value())
}

/// Text of an element that has only text: `""` when it is empty, `None` when it has another child.
pub(crate) fn text<'a>(node: Node<'a, '_>) -> Option<&'a str> {
    let mut children = node.children();
    match (children.next(), children.next()) {
        (None, _) => Some(""),
        (Some(only), None) if only.is_text() => only.text(),
        _ => None,
    }
}

/// Whether the element has only elements as children, and white space between them.
pub(crate) fn has_only_elements(node: Node<'_, '_>) -> bool {
    node.children().all(|child| match child.text() {
        Some(text) if child.is_text() => {
            text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
        }
        _ => child.is_element(),
    })
}

/// Prefix (`""` for none) and local name of a qualified name (Namespaces in XML 1.0 §4). `None` if the name is malformed.
pub(crate) fn prefix_of(qualified: &str) -> Option<(&str, &str)> {
    match qualified.split_once(':') {
        None => (!qualified.is_empty()).then_some(("", qualified)),
        Some((prefix, local)) => {
            (!prefix.is_empty() && !local.is_empty() && !local.contains(':')).then_some((prefix, local))
        }
    }
}

/// Namespace that a prefix is bound to at the element; `""` for none. The prefix `""` is the default namespace.
pub(crate) fn namespace_of<'a>(node: Node<'a, '_>, prefix: &str) -> &'a str {
    match prefix {
        "xml" => names::XML,
        _ => node.lookup_namespace_uri((!prefix.is_empty()).then_some(prefix)).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_well_formed_is_refused() {
        for document in [
            "<a><b></a></b>",
            "<a/><b/>",
            "<a b='1' b='2'/>",
            "<p:a/>",
            "<a:b:c xmlns:a='x'/>",
            "",
            "x",
            "<a/>x",
        ] {
            assert!(matches!(parse(document, Comments::Refused), Err(Unread::Form(_))), "{document}");
        }
        let many = format!("<a>{}</a>", "<b/>".repeat(limits::NODES as usize));
        assert!(parse(&many, Comments::Refused).unwrap_err().why().contains("nodes"));
    }

    #[test]
    fn attributes_go_by_namespace_and_exact_name() {
        let document = parse("<a xmlns:s='urn:s' s:ID='1' id='2' xml:id='3'/>", Comments::Refused).unwrap();
        assert_eq!(attribute(document.root_element(), "ID"), None);
        let document = parse("<a xmlns:s='urn:s' s:ID='1' ID='2'/>", Comments::Refused).unwrap();
        assert_eq!(attribute(document.root_element(), "ID"), Some("2"));
    }

    #[test]
    fn a_text_is_one_text_node() {
        let read = |document: &str| {
            let document = parse(document, Comments::Allowed).unwrap();
            text(document.root_element()).map(str::to_owned)
        };
        assert_eq!(read("<a>x&amp;y&#x7a;</a>").as_deref(), Some("x&yz"));
        assert_eq!(read("<a/>").as_deref(), Some(""));
        assert_eq!(read("<a>x<!-- c -->y</a>"), None);
        assert_eq!(read("<a>x<b/></a>"), None);
        assert_eq!(read("<a><b>x</b></a>"), None);
    }
}
