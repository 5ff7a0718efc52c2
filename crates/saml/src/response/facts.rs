//! Reads the facts of an assertion, with the functions that the checks use. Leaves a fact empty if it is missing or wrong; if it is
//! required, a check fails too.

use roxmltree::Node;

use super::{Assertion, conditions, content::read as instant, report::Expected, statements, subject};
use crate::{names, tree};

pub(super) fn read(assertion: Node<'_, '_>, response: Node<'_, '_>, expected: &Expected<'_>) -> Assertion {
    let owned = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let outer = tree::attribute(response, "InResponseTo");
    let confirmations = subject::confirmations(assertion, expected).unwrap_or_default();
    let chosen = confirmations.into_iter().find(|confirmation| confirmation.in_response_to == outer);
    let ends =
        [conditions::end(assertion).ok().flatten(), chosen.map(|confirmation| confirmation.not_on_or_after)];
    Assertion {
        id: owned(tree::attribute(assertion, "ID")),
        issuer: owned(tree::child(assertion, names::ASSERTION, "Issuer").and_then(tree::text)),
        name_id: subject::subject(assertion).and_then(subject::find_name_id).unwrap_or_default(),
        in_response_to: outer.map(str::to_owned),
        session_index: statements::session_index(assertion).map(str::to_owned),
        authn_instant: statements::authn_instant(assertion).unwrap_or_default(),
        session_not_on_or_after: statements::session_not_on_or_after(assertion).unwrap_or_default(),
        issued_at: instant(tree::attribute(assertion, "IssueInstant"), "IssueInstant")
            .ok()
            .flatten()
            .unwrap_or_default(),
        not_on_or_after: ends.into_iter().flatten().min().unwrap_or_default(),
        attributes: statements::read_attributes(assertion),
    }
}
