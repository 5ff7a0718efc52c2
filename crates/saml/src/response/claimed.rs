//! The issuer that a response claims, read before anything is verified.

use super::form;
use crate::{
    names,
    scan::{self, Comments},
    tree,
};

/// The Issuer of the response, or of its assertion, within the budgets of [`verify`](super::verify). Unverified: it may choose which
/// connection's certificates must have signed the response, and nothing else.
pub fn claimed_issuer(form_value: &str) -> Option<String> {
    let bytes = form::bytes(form_value).ok()?;
    let text = scan::text(&bytes).ok()?;
    scan::markup(&text, Comments::Refused).ok()?;
    let document = tree::parse(&text, Comments::Refused).ok()?;
    let root = document.root_element();
    let issuer = |parent: roxmltree::Node<'_, '_>| {
        let found = parent.children().find(|child| tree::is(*child, names::ASSERTION, "Issuer"))?;
        found.text().map(str::to_owned)
    };
    issuer(root).or_else(|| {
        root.children().find(|child| tree::is(*child, names::ASSERTION, "Assertion")).and_then(issuer)
    })
}
