//! What a response claims, read before anything is verified.

use roxmltree::Node;

use super::form;
use crate::{
    names,
    scan::{self, Comments},
    tree,
};

/// What a response claims. Anybody may have written it: use it only to choose the connection whose certificates must have signed the
/// response.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Claimed {
    /// The Issuer of the response, or of its assertion.
    pub issuer: Option<String>,
    /// `InResponseTo`: ID of the request that the response answers.
    pub in_response_to: Option<String>,
    /// Whether the assertion is encrypted, so that decryption keys are needed.
    pub is_encrypted: bool,
}

/// Reads what a response claims, within the limits of [`verify`](super::verify). `None`: it can't be parsed.
pub fn claimed(form_value: &str) -> Option<Claimed> {
    let bytes = form::bytes(form_value).ok()?;
    let text = scan::text(&bytes).ok()?;
    scan::markup(&text, Comments::Refused).ok()?;
    let document = tree::parse(&text, Comments::Refused).ok()?;
    let root = document.root_element();
    let assertion = || root.children().find(|child| tree::is(*child, names::ASSERTION, "Assertion"));
    Some(Claimed {
        issuer: issuer(root).or_else(|| assertion().and_then(issuer)),
        in_response_to: tree::attribute(root, "InResponseTo").map(str::to_owned),
        is_encrypted: root.descendants().any(|node| tree::is(node, names::ASSERTION, "EncryptedAssertion")),
    })
}

fn issuer(parent: Node<'_, '_>) -> Option<String> {
    let found = parent.children().find(|child| tree::is(*child, names::ASSERTION, "Issuer"))?;
    found.text().map(str::to_owned)
}
