//! Checks of the IDs of a document.

use std::collections::HashSet;

use roxmltree::Node;

use crate::{names, tree::short};

/// Checks that every `ID` is an XML name and unique. Refuses attributes that a less strict parser could take for an ID: `Id`, `id`,
/// `xml:id`, `saml2:ID`. Only elements of XML Signature (§4.2) and XML Encryption (§3.1) may have an `Id`, which some signers write. It
/// must differ from all other IDs. No element is ever looked up by an ID.
pub(crate) fn check_ids(root: Node<'_, '_>) -> Result<(), String> {
    let mut seen = HashSet::new();
    for element in root.descendants().filter(Node::is_element) {
        for attribute in element.attributes().filter(|attribute| attribute.name().eq_ignore_ascii_case("id"))
        {
            let has_own = [names::DSIG, names::XENC].map(Some).contains(&element.tag_name().namespace());
            match (attribute.namespace(), attribute.name()) {
                (None, "ID") => {}
                (None, "Id") if has_own => {}
                _ => {
                    return Err(format!(
                        "the document has the attribute {}, which is not ID",
                        short(attribute.name())
                    ));
                }
            }
            if !is_name(attribute.value()) {
                return Err(format!("the ID {} is not a name", short(attribute.value())));
            }
            if !seen.insert(attribute.value()) {
                return Err(format!("the ID {} is repeated", short(attribute.value())));
            }
        }
    }
    Ok(())
}

/// Whether a text is an NCName (Namespaces in XML 1.0 §3). Stricter than the specification for non-ASCII letters.
pub(in crate::response) fn is_name(text: &str) -> bool {
    let begins = text.starts_with(|c: char| c.is_alphabetic() || c == '_');
    begins && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_begin_with_a_letter_or_an_underscore() {
        for (text, expected) in [
            ("id123", true),
            ("_0af", true),
            ("a.b-c_d", true),
            ("", false),
            ("1a", false),
            ("-a", false),
            ("a b", false),
            ("a:b", false),
            ("a#b", false),
            ("a\n", false),
        ] {
            assert_eq!(is_name(text), expected, "{text}");
        }
    }
}
