//! Properties of canonicalization.

use proptest::prelude::*;
use roxmltree::Document;

use super::super::exclusive;

/// A tree of elements as text, in which every prefix is bound.
fn element() -> impl Strategy<Value = String> {
    let name = prop_oneof![Just("x"), Just("a:x"), Just("b:y"), Just("a:z")];
    let text =
        prop_oneof![Just(""), Just("t"), Just("&amp;&#13;"), Just("\n\t"), Just("<![CDATA[<]]>"), Just("ü𝄞")];
    let attributes =
        prop_oneof![Just(""), Just(" k='1' a:k=\"2\""), Just(" b:k='&#9;\"' k='\n'"), Just(" xml:lang='de'")];
    let declared = prop_oneof![
        Just(""),
        Just(" xmlns='urn:d'"),
        Just(" xmlns=''"),
        Just(" xmlns:a='urn:b2'"),
        Just(" xmlns:b='urn:a2' xmlns:c='urn:c'"),
    ];
    let leaf = (name.clone(), declared.clone(), attributes.clone(), text.clone());
    let leaf = leaf.prop_map(|(name, declared, attributes, text)| {
        format!("<{name}{declared}{attributes}>{text}</{name}>")
    });
    leaf.prop_recursive(5, 40, 4, move |inner| {
        let parts = (
            name.clone(),
            declared.clone(),
            attributes.clone(),
            text.clone(),
            prop::collection::vec(inner, 0..4),
        );
        parts.prop_map(|(name, declared, attributes, text, children)| {
            format!("<{name}{attributes}{declared}>{}{text}</{name}>", children.concat())
        })
    })
}

fn canonical(document: &str, prefixes: &[&str]) -> String {
    let document = Document::parse(document).unwrap();
    String::from_utf8(exclusive(document.root_element(), None, prefixes).unwrap()).unwrap()
}

/// What a reader of the tree sees: names with namespaces, attributes, texts. The tree has a separate text node for CDATA.
fn meaning(document: &str) -> String {
    let document = Document::parse(document).unwrap();
    let mut out = String::new();
    for node in document.descendants() {
        if node.is_text() {
            out.push_str(node.text().unwrap());
            continue;
        }
        let mut attributes: Vec<_> =
            node.attributes().map(|a| (a.namespace(), a.name(), a.value())).collect();
        attributes.sort_unstable();
        let namespace = node.tag_name().namespace().unwrap_or_default();
        out.push_str(&format!(
            "\0{} {namespace} {} {attributes:?}\0",
            node.ancestors().count(),
            node.tag_name().name()
        ));
    }
    out
}

proptest! {
    #[test]
    fn the_canonical_form_is_its_own(inner in element(), listed in prop::sample::subsequence(vec!["", "a", "b", "c", "d"], 0..5)) {
        let document = format!("<root xmlns:a='urn:a' xmlns:b='urn:b'>{inner}</root>");
        let once = canonical(&document, &listed);
        prop_assert_eq!(&canonical(&once, &listed), &once);
    }

    #[test]
    fn the_canonical_form_means_the_same(inner in element()) {
        let document = format!("<root xmlns:a='urn:a' xmlns:b='urn:b'>{inner}</root>");
        prop_assert_eq!(meaning(&canonical(&document, &[])), meaning(&document));
    }
}
