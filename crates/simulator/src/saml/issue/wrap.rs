//! Changes to a response after it was signed: other values, a comment, and signature wrapping ("On Breaking SAML", 2012). Only for
//! faults ([`SamlMisbehavior`]).

use super::super::{
    message::{self, Facts, saml2p},
    misbehavior::SamlMisbehavior,
    signature::ds,
    xml::{Element, Node, ns},
};

pub(super) fn after_signing(response: &mut Element, facts: &Facts, misbehavior: &SamlMisbehavior) {
    match misbehavior {
        SamlMisbehavior::TamperedNameId(name) => {
            set_text(response, &["Assertion", "Subject", "NameID"], vec![Node::Text(name.clone())]);
        }
        SamlMisbehavior::TamperedAttribute(value) => {
            let path = ["Assertion", "AttributeStatement", "Attribute", "AttributeValue"];
            set_text(response, &path, vec![Node::Text(value.clone())]);
        }
        SamlMisbehavior::CommentInNameId => {
            let (user, domain) = facts.name_id.split_at(facts.name_id.find('@').unwrap_or_default());
            let nodes = vec![
                Node::Text(user.to_owned()),
                Node::Comment(String::new()),
                Node::Text(domain.to_owned()),
            ];
            set_text(response, &["Assertion", "Subject", "NameID"], nodes);
        }
        SamlMisbehavior::WrappedBefore(name) => {
            let forged = forged(facts, name);
            wrap(response, |signed| vec![forged, signed]);
        }
        SamlMisbehavior::WrappedAround(name) => {
            let forged = forged(facts, name);
            wrap(response, |signed| vec![forged.child(signed)]);
        }
        SamlMisbehavior::WrappedInExtensions(name) => {
            let forged = forged(facts, name);
            wrap(response, |signed| vec![forged, saml2p("Extensions").declared().child(signed)]);
            // The Extensions come before the Status (SAML Core §3.2.2).
            let extensions = response.children.pop();
            response.children.splice(1..1, extensions);
        }
        SamlMisbehavior::WrappedInObject(name) => {
            let forged = forged(facts, name);
            wrap(response, |signed| vec![in_object(forged, signed)]);
        }
        _ => {}
    }
}

/// An assertion for another person, with another ID and no signature.
fn forged(facts: &Facts, name: &str) -> Element {
    let facts = Facts { assertion_id: message::new_id(), name_id: name.to_owned(), ..facts.clone() };
    message::assertion(&facts)
}

/// Replaces the assertion of a response.
fn wrap(response: &mut Element, replace: impl FnOnce(Element) -> Vec<Element>) {
    let assertion =
        |node: &Node| matches!(node, Node::Element(child) if child.is(ns::ASSERTION, "Assertion"));
    let Some(at) = response.children.iter().position(assertion) else { return };
    if let Node::Element(signed) = response.children.remove(at) {
        let nodes = replace(signed).into_iter().map(Node::Element);
        response.children.splice(at..at, nodes.collect::<Vec<_>>());
    }
}

/// `forged` with the signature of `signed`, and the signed element in the Object of that signature.
fn in_object(mut forged: Element, mut signed: Element) -> Element {
    let is_signature = |node: &Node| matches!(node, Node::Element(child) if child.is(ns::DSIG, "Signature"));
    let Some(at) = signed.children.iter().position(is_signature) else { return forged };
    if let Node::Element(signature) = signed.children.remove(at) {
        let signature = signature.child(ds("Object").child(signed));
        forged.children.insert(1, Node::Element(signature));
    }
    forged
}

/// Replaces the content of the first element at this path.
fn set_text(element: &mut Element, path: &[&str], nodes: Vec<Node>) {
    let Some((local, rest)) = path.split_first() else {
        element.children = nodes;
        return;
    };
    for node in &mut element.children {
        if let Node::Element(child) = node
            && child.is(ns::ASSERTION, local)
        {
            return set_text(child, rest, nodes);
        }
    }
}
