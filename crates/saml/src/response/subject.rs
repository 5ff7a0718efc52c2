//! Checks of the subject: the name of the person, and the confirmation that lets the bearer present the assertion.

use roxmltree::Node;
use vestibule_core::{
    names::{Named, code_point, disallowed},
    time::Micros,
};

use super::{
    NameId,
    content::{not_over, read},
    envelope::is_name,
    report::{CheckResult, Content, Expected},
};
use crate::{
    names,
    tree::{self, short},
};

/// Longest NameID, in characters.
const LONGEST: usize = 255;

/// The one NameID of an element. Refuses an element that also has another kind of identifier.
pub(crate) fn find_name_id(parent: Node<'_, '_>) -> Result<NameId, String> {
    let others = ["BaseID", "EncryptedID"];
    if tree::elements(parent).any(|child| others.iter().any(|name| tree::is(child, names::ASSERTION, name))) {
        return Err("the subject is named by something other than a NameID".to_owned());
    }
    let found: Vec<_> = tree::children(parent, names::ASSERTION, "NameID").collect();
    let [only] = *found else { return Err("the subject does not have one NameID".to_owned()) };
    let value = tree::text(only).ok_or("the NameID is not one text")?;
    let format = tree::attribute(only, "Format").unwrap_or(names::UNSPECIFIED);
    Ok(NameId { value: value.to_owned(), format: format.to_owned() })
}

/// Checks that the NameID has only visible characters, so that two names that look equal are equal.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    if name.trim().is_empty() {
        return Err("the NameID is blank".to_owned());
    }
    if name.chars().count() > LONGEST {
        return Err(format!("the NameID is longer than {LONGEST} characters"));
    }
    if name.trim() != name {
        return Err("the NameID begins or ends with white space".to_owned());
    }
    match disallowed(name, Named::User) {
        Some(letter) => {
            Err(format!("the NameID has the character {}, which nobody can see", code_point(letter)))
        }
        None => Ok(()),
    }
}

/// The Subject of an assertion. The order of elements was checked, so there is at most one.
pub(super) fn subject<'a, 'i>(assertion: Node<'a, 'i>) -> Result<Node<'a, 'i>, String> {
    tree::child(assertion, names::ASSERTION, "Subject")
        .ok_or_else(|| "the assertion has no Subject".to_owned())
}

pub(super) fn name_id(content: &Content<'_, '_>) -> CheckResult {
    check_name(&find_name_id(subject(content.assertion.node())?)?.value)?;
    Ok(true)
}

/// A SubjectConfirmation that lets the bearer present the assertion here and now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Confirmation<'a> {
    pub in_response_to: Option<&'a str>,
    pub not_on_or_after: Micros,
}

/// Checks that one confirmation alone meets all conditions. Two that each meet a part are not combined.
pub(super) fn confirmation(content: &Content<'_, '_>) -> CheckResult {
    confirmations(content.assertion.node(), content.expected).map(|_| true)
}

/// The valid bearer confirmations; at least one is required. A failure has the reason of the first bearer confirmation.
pub(super) fn confirmations<'a>(
    assertion: Node<'a, '_>,
    expected: &Expected<'_>,
) -> Result<Vec<Confirmation<'a>>, String> {
    let all = tree::children(subject(assertion)?, names::ASSERTION, "SubjectConfirmation");
    let bearers = all.filter(|node| tree::attribute(*node, "Method") == Some(names::BEARER));
    let (mut good, mut why) = (Vec::new(), None);
    for bearer in bearers {
        match bearer_confirmation(bearer, expected) {
            Ok(confirmation) => good.push(confirmation),
            Err(reason) => why = why.or(Some(reason)),
        }
    }
    if good.is_empty() {
        return Err(why.unwrap_or_else(|| "the subject has no confirmation of the method bearer".to_owned()));
    }
    Ok(good)
}

/// Checks a bearer confirmation (Profiles §4.1.4.2). `Address` is ignored: it is the browser's address as the provider saw it.
fn bearer_confirmation<'a>(
    bearer: Node<'a, '_>,
    expected: &Expected<'_>,
) -> Result<Confirmation<'a>, String> {
    let data: Vec<_> = tree::children(bearer, names::ASSERTION, "SubjectConfirmationData").collect();
    let [data] = *data else {
        return Err("the confirmation does not have one SubjectConfirmationData".to_owned());
    };
    match tree::attribute(data, "Recipient") {
        Some(url) if url == expected.acs_url => {}
        Some(url) => return Err(format!("the Recipient is {}, not {}", short(url), short(expected.acs_url))),
        None => return Err("the confirmation has no Recipient".to_owned()),
    }
    if tree::attribute(data, "NotBefore").is_some() {
        return Err("the confirmation has a NotBefore".to_owned());
    }
    let end = read(tree::attribute(data, "NotOnOrAfter"), "NotOnOrAfter")?
        .ok_or("the confirmation has no NotOnOrAfter")?;
    not_over(end, expected.now, "the confirmation")?;
    Ok(Confirmation { in_response_to: tree::attribute(data, "InResponseTo"), not_on_or_after: end })
}

/// Checks that the response and a valid confirmation name the same request, or that neither names one.
pub(super) fn in_response_to(content: &Content<'_, '_>) -> CheckResult {
    let outer = tree::attribute(content.response, "InResponseTo");
    let good = confirmations(content.assertion.node(), content.expected)?;
    if outer.is_some_and(|id| !is_name(id)) {
        return Err("InResponseTo is not an id".to_owned());
    }
    if let Some(first) =
        good.first().filter(|_| !good.iter().any(|confirmation| confirmation.in_response_to == outer))
    {
        let word = |id: Option<&str>| id.map_or_else(|| "none".to_owned(), short);
        let (outer, inner) = (word(outer), word(first.in_response_to));
        return Err(format!("the response answers the request {outer}, and its confirmation {inner}"));
    }
    Ok(outer.is_some())
}
