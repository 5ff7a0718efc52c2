//! Check of the Issuer.

use roxmltree::Node;

use super::report::{CheckResult, Content};
use crate::{
    names,
    tree::{self, short},
};

/// Checks that the Issuer of the assertion is exactly the connection's, and so is the Issuer of the response, if it has one.
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

/// Checks that an Issuer has the expected name, and no format other than `entity` (Core §2.2.5).
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
