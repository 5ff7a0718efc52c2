//! A decrypted assertion: a new document, for which the checks of form and signature run again.

use roxmltree::{Document, Node};

use super::{
    envelope::{Envelope, check_assertion, check_ids},
    report::Expected,
};
use crate::{
    names,
    scan::Comments,
    signature::{self, Verified},
    tree,
};

/// The parsed plaintext. Its root is an element with the namespaces in scope of the ciphertext ([`encryption`](crate::encryption)).
pub(super) struct Decrypted<'i> {
    document: Document<'i>,
}

impl<'i> Decrypted<'i> {
    /// Parses the plaintext, which must be one assertion that contains no other.
    pub fn parse(text: &'i str, envelope: &Envelope<'_, '_>) -> Result<Self, String> {
        let document = tree::parse(text, Comments::Refused).map_err(|unread| unread.why().to_owned())?;
        let decrypted = Decrypted { document };
        let assertion = decrypted.assertion().ok_or("the plaintext is not one assertion")?;
        let others = ["Assertion", "EncryptedAssertion"];
        let count = assertion
            .descendants()
            .filter(|node| others.iter().any(|name| tree::is(*node, names::ASSERTION, name)));
        if count.count() > 1 {
            return Err("the plaintext has an assertion inside of another".to_owned());
        }
        check_assertion(assertion)?;
        check_ids(assertion)?;
        let id = tree::attribute(assertion, "ID").ok_or("the assertion has no ID")?;
        let is_taken = |node: Node<'_, '_>| {
            node.attributes().any(|attribute| attribute.value() == id && attribute.name() == "ID")
        };
        if envelope.response.descendants().any(is_taken) {
            return Err("the assertion has the ID of another element".to_owned());
        }
        Ok(decrypted)
    }

    /// The assertion, if it is the only thing in the plaintext.
    pub fn assertion(&self) -> Option<Node<'_, 'i>> {
        let frame = self.document.root_element();
        let mut elements = tree::elements(frame);
        let only = elements.next().filter(|node| tree::is(*node, names::ASSERTION, "Assertion"))?;
        (elements.next().is_none() && tree::has_only_elements(frame)).then_some(only)
    }

    /// Verifies the assertion's own signature, if it has one.
    pub fn verify(&self, expected: &Expected<'_>) -> Result<Option<Verified<'_, 'i>>, String> {
        match self.assertion() {
            Some(assertion) => signature::verify(assertion, expected.certificates),
            None => Ok(None),
        }
    }

    /// The assertion as a part of the signed response.
    pub fn within_signed(&self, envelope: &Envelope<'_, '_>) -> Option<Verified<'_, 'i>> {
        Some(envelope.signed_ciphertext()?.plaintext(self.assertion()?))
    }
}
