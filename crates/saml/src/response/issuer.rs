//! Who says it.

use roxmltree::Node;

use super::report::{CheckResult, Content};
use crate::{
    names,
    tree::{self, short},
};

/// The issuer of the assertion is the connection's, verbatim; and so is that of the response, if it names one.
pub(super) fn check(content: &Content<'_, '_>) -> CheckResult {
    let expected = content.expected.idp_issuer;
    let own = tree::child(content.assertion.node(), names::ASSERTION, "Issuer")
        .ok_or("the assertion has no Issuer")?;
    compare(own, expected, "the assertion")?;
    if let Some(outer) = tree::child(content.response, names::ASSERTION, "Issuer") {
        compare(outer, expected, "the response")?;
    }
    Ok(true)
}

/// An Issuer of the given name. Its format is `entity` (Core §2.2.5).
pub(crate) fn compare(issuer: Node<'_, '_>, expected: &str, what: &str) -> Result<(), String> {
    if !matches!(tree::attribute(issuer, "Format"), None | Some(names::ENTITY)) {
        return Err(format!("the Issuer of {what} has a format other than entity"));
    }
    let name = tree::text(issuer).ok_or_else(|| format!("the Issuer of {what} is not one text"))?;
    if name.is_empty() || name != expected {
        return Err(format!("{what} is from {}, not from {}", short(name), short(expected)));
    }
    Ok(())
}
