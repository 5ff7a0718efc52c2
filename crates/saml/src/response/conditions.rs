//! Checks of the conditions of an assertion: when and for whom it is valid.

use roxmltree::Node;
use vestibule_core::time::Micros;

use super::{
    content::{LEEWAY, not_over, read},
    report::{CheckResult, Content},
};
use crate::{
    instant, names,
    tree::{self, short},
};

/// The Conditions of an assertion. The order of elements was checked, so there is at most one.
fn conditions<'a, 'i>(assertion: Node<'a, 'i>) -> Result<Node<'a, 'i>, String> {
    tree::child(assertion, names::ASSERTION, "Conditions")
        .ok_or_else(|| "the assertion has no Conditions".to_owned())
}

/// End of the conditions, if they have one.
pub(super) fn end(assertion: Node<'_, '_>) -> Result<Option<Micros>, String> {
    read(tree::attribute(conditions(assertion)?, "NotOnOrAfter"), "NotOnOrAfter")
}

/// Checks that the conditions are true now, and that each is of a known kind.
pub(super) fn check(content: &Content<'_, '_>) -> CheckResult {
    let now = content.expected.now;
    let conditions = conditions(content.assertion.node())?;
    let start = read(tree::attribute(conditions, "NotBefore"), "NotBefore")?;
    let end = read(tree::attribute(conditions, "NotOnOrAfter"), "NotOnOrAfter")?;
    if start.zip(end).is_some_and(|(start, end)| start >= end) {
        return Err("the conditions end before they begin".to_owned());
    }
    if let Some(start) = start.filter(|start| now < start.saturating_sub(LEEWAY)) {
        return Err(format!(
            "the assertion is good from {}: here it is {}",
            instant::text(start),
            instant::text(now)
        ));
    }
    if let Some(end) = end {
        not_over(end, now, "the assertion")?;
    }
    // Every assertion is used only once, as OneTimeUse asks. ProxyRestriction limits issuers of further assertions, which we are not.
    let known = ["AudienceRestriction", "OneTimeUse", "ProxyRestriction"];
    let is_known = |child: &Node<'_, '_>| known.iter().any(|name| tree::is(*child, names::ASSERTION, name));
    match tree::elements(conditions).find(|child| !is_known(child)) {
        None => Ok(true),
        Some(other) => Err(format!("the condition {} is not known here", short(other.tag_name().name()))),
    }
}

/// Checks that each restriction names us: restrictions are joined by AND, the audiences of one by OR (Core §2.5.1.4).
pub(super) fn audience(content: &Content<'_, '_>) -> CheckResult {
    let ours = content.expected.entity_id;
    let conditions = conditions(content.assertion.node())?;
    let restrictions: Vec<_> = tree::children(conditions, names::ASSERTION, "AudienceRestriction").collect();
    if restrictions.is_empty() {
        return Err("the assertion is restricted to no audience".to_owned());
    }
    for restriction in restrictions {
        let audiences: Vec<_> =
            tree::children(restriction, names::ASSERTION, "Audience").map(tree::text).collect();
        if ours.is_empty() || !audiences.contains(&Some(ours)) {
            let first = audiences.into_iter().flatten().next().map_or_else(|| "nobody".to_owned(), short);
            return Err(format!("the assertion is for {first}, not for {}", short(ours)));
        }
    }
    Ok(true)
}
