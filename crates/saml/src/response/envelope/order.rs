//! Checks the order of child elements against the schema. Signature wrapping puts elements where no reader expects them.

use roxmltree::Node;

use crate::{
    names::{ASSERTION, DSIG, PROTOCOL},
    tree::{self, short},
};

/// How often an element may occur in its place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Often {
    Once,
    AtMostOnce,
    Any,
}
use Often::{Any, AtMostOnce, Once};

/// Core §3.2.2.
pub(super) fn check_response(response: Node<'_, '_>) -> Result<(), String> {
    sequence(
        response,
        &[
            (ASSERTION, &["Issuer"], AtMostOnce),
            (PROTOCOL, &["Extensions"], AtMostOnce),
            (PROTOCOL, &["Status"], Once),
            (ASSERTION, &["Assertion", "EncryptedAssertion"], Once),
        ],
    )
}

/// Core §2.3.3. Later checks require subject and conditions.
pub(in crate::response) fn check_assertion(assertion: Node<'_, '_>) -> Result<(), String> {
    sequence(
        assertion,
        &[
            (ASSERTION, &["Issuer"], Once),
            (ASSERTION, &["Subject"], AtMostOnce),
            (ASSERTION, &["Conditions"], AtMostOnce),
            (ASSERTION, &["Advice"], AtMostOnce),
            (
                ASSERTION,
                &["AuthnStatement", "AttributeStatement", "AuthzDecisionStatement", "Statement"],
                Any,
            ),
        ],
    )
}

/// Core §3.7.1 and §3.7.2.
pub(crate) fn check_logout_order(message: Node<'_, '_>, kind: &str) -> Result<(), String> {
    let head = [(ASSERTION, &["Issuer"][..], Once), (PROTOCOL, &["Extensions"], AtMostOnce)];
    let body: &[Place<'_>] = match kind {
        "LogoutRequest" => {
            &[(ASSERTION, &["NameID", "BaseID", "EncryptedID"], Once), (PROTOCOL, &["SessionIndex"], Any)]
        }
        _ => &[(PROTOCOL, &["Status"], Once)],
    };
    sequence(message, &[&head, body].concat())
}

/// Namespace and names of the elements of one place, and how often they may occur.
type Place<'p> = (&'p str, &'p [&'p str], Often);

fn sequence(parent: Node<'_, '_>, places: &[Place<'_>]) -> Result<(), String> {
    let name = parent.tag_name().name();
    if !tree::has_only_elements(parent) {
        return Err(format!("{name} has text between its elements"));
    }
    // Auth0 puts the signature last. Its place doesn't matter here: the checks of signatures look at it.
    let children = tree::elements(parent).filter(|child| !tree::is(*child, DSIG, "Signature"));
    let mut children = children.peekable();
    for (namespace, allowed, often) in places {
        let mut count = 0;
        let fits = |child: &Node<'_, '_>| allowed.iter().any(|name| tree::is(*child, namespace, name));
        while (*often == Any || count == 0) && children.next_if(fits).is_some() {
            count += 1;
        }
        if *often == Once && count == 0 {
            let there =
                children.peek().map_or_else(|| "nothing".to_owned(), |child| short(child.tag_name().name()));
            return Err(format!("{name} has {there} where {} belongs", allowed.join(" or ")));
        }
    }
    match children.next() {
        None => Ok(()),
        Some(child) => Err(format!(
            "{name} has the element {} in a place where it does not belong",
            short(child.tag_name().name())
        )),
    }
}
