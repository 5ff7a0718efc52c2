//! Checks and reads the statements of an assertion: authentications and attributes.

use roxmltree::Node;
use vestibule_core::time::Micros;

use super::{
    Attribute,
    content::{AHEAD, LEEWAY, read},
    report::{CheckResult, Content},
};
use crate::{instant, names, tree};

fn authn_statements<'a, 'i>(assertion: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    tree::children(assertion, names::ASSERTION, "AuthnStatement")
}

/// `SessionIndex` of the first statement that has one.
pub(super) fn session_index<'a>(assertion: Node<'a, '_>) -> Option<&'a str> {
    authn_statements(assertion).find_map(|statement| tree::attribute(statement, "SessionIndex"))
}

/// The earliest `AuthnInstant`; each statement must have one.
pub(super) fn authn_instant(assertion: Node<'_, '_>) -> Result<Micros, String> {
    let mut earliest = None;
    for statement in authn_statements(assertion) {
        let at = read(tree::attribute(statement, "AuthnInstant"), "AuthnInstant")?
            .ok_or("an AuthnStatement has no AuthnInstant")?;
        earliest = Some(earliest.map_or(at, |other: Micros| other.min(at)));
    }
    earliest.ok_or_else(|| "the assertion has no AuthnStatement".to_owned())
}

/// The earliest `SessionNotOnOrAfter`.
pub(super) fn session_not_on_or_after(assertion: Node<'_, '_>) -> Result<Option<Micros>, String> {
    let ends = authn_statements(assertion)
        .map(|statement| read(tree::attribute(statement, "SessionNotOnOrAfter"), "SessionNotOnOrAfter"));
    Ok(ends.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().min())
}

/// Checks that there is an AuthnStatement, and that no AuthnInstant is after the assertion's IssueInstant, with a minute's leeway.
pub(super) fn authn(content: &Content<'_, '_>) -> CheckResult {
    let (assertion, now) = (content.assertion.node(), content.expected.now);
    authn_instant(assertion)?;
    let issued = read(tree::attribute(assertion, "IssueInstant"), "IssueInstant")?.unwrap_or(now);
    let latest = issued.saturating_add(LEEWAY).min(now.saturating_add(AHEAD));
    for statement in authn_statements(assertion) {
        match read(tree::attribute(statement, "AuthnInstant"), "AuthnInstant")? {
            Some(at) if at > latest => {
                let (at, now) = (instant::text(at), instant::text(now));
                return Err(format!(
                    "the authentication is said to be of {at}, which is ahead: here it is {now}"
                ));
            }
            _ => {}
        }
    }
    Ok(true)
}

/// Checks that the provider's session has not ended. No leeway, because our session must end with it.
pub(super) fn session_end(content: &Content<'_, '_>) -> CheckResult {
    let now = content.expected.now;
    match session_not_on_or_after(content.assertion.node())? {
        Some(end) if end <= now => Err(format!(
            "the provider's session ended at {}: here it is {}",
            instant::text(end),
            instant::text(now)
        )),
        end => Ok(end.is_some()),
    }
}

fn attribute_nodes<'a, 'i>(assertion: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    tree::children(assertion, names::ASSERTION, "AttributeStatement")
        .flat_map(|statement| tree::children(statement, names::ASSERTION, "Attribute"))
}

/// Checks that each attribute has a name.
pub(super) fn attributes(content: &Content<'_, '_>) -> CheckResult {
    let nodes: Vec<_> = attribute_nodes(content.assertion.node()).collect();
    if nodes.iter().any(|node| tree::attribute(*node, "Name").is_none_or(|name| name.trim().is_empty())) {
        return Err("an attribute has no Name".to_owned());
    }
    Ok(!nodes.is_empty())
}

/// Attributes in order. A value with elements in it, or a null (`xsi:nil`), is left out.
pub(super) fn read_attributes(assertion: Node<'_, '_>) -> Vec<Attribute> {
    let read = |node: Node<'_, '_>| {
        let owned = |name| tree::attribute(node, name).map(str::to_owned);
        let values =
            tree::children(node, names::ASSERTION, "AttributeValue").filter(|value| !is_null(*value));
        Attribute {
            name: owned("Name").unwrap_or_default(),
            format: owned("NameFormat"),
            friendly_name: owned("FriendlyName"),
            values: values.filter_map(tree::text).map(str::to_owned).collect(),
        }
    };
    attribute_nodes(assertion).map(read).collect()
}

fn is_null(value: Node<'_, '_>) -> bool {
    matches!(value.attribute((names::XSI, "nil")), Some("true" | "1"))
}
