//! Enveloped signatures (Core §5.4). The signed element is the parent of the signature, and is never looked up by an ID. No key is
//! read from the message.

mod algorithms;
mod shape;
mod signer;

use roxmltree::Node;
pub(crate) use shape::Signature;

use crate::{certificate::Certificate, names, tree};

/// An element that a configured key has signed. Only [`Sealed::digest`] creates it; [`Verified::child`] and [`Verified::plaintext`]
/// derive others from it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Verified<'a, 'i> {
    node: Node<'a, 'i>,
    certificate: usize,
}

impl<'a, 'i> Verified<'a, 'i> {
    /// The signed element. Its own `Signature` is the only part of it that is not signed.
    pub(crate) fn node(&self) -> Node<'a, 'i> {
        self.node
    }

    /// Position of the certificate in the list of configured ones.
    pub(crate) fn certificate(&self) -> usize {
        self.certificate
    }

    /// A child element, which is signed with its parent, unless it is the signature.
    pub(crate) fn child(&self, namespace: &str, name: &str) -> Option<Verified<'a, 'i>> {
        let node = tree::child(self.node, namespace, name).filter(|_| namespace != names::DSIG)?;
        Some(Verified { node, certificate: self.certificate })
    }

    /// The plaintext of a signed `EncryptedAssertion`. The signer of the ciphertext is responsible for it.
    pub(crate) fn plaintext<'b, 'j>(&self, root: Node<'b, 'j>) -> Verified<'b, 'j> {
        Verified { node: root, certificate: self.certificate }
    }
}

/// A signature whose `SignatureValue` is verified, but whose digest was not compared yet.
#[derive(Debug)]
pub(crate) struct Sealed<'s, 'a, 'i> {
    signature: &'s Signature<'a, 'i>,
    certificate: usize,
}

/// Finds every signature of the document. Each must be a child of one of the `signable` elements, and no element may have two.
pub(crate) fn find<'a, 'i>(
    root: Node<'a, 'i>,
    signable: &[Node<'a, 'i>],
) -> Result<Vec<Node<'a, 'i>>, String> {
    let found: Vec<Node<'a, 'i>> =
        root.descendants().filter(|node| tree::is(*node, names::DSIG, "Signature")).collect();
    if found.len() > signable.len() {
        return Err(format!("the document has {} signatures", found.len()));
    }
    for signature in &found {
        if !signable.iter().any(|element| signature.parent() == Some(*element)) {
            return Err("a signature is not a child of an element that may be signed".to_owned());
        }
    }
    for element in signable {
        if tree::children(*element, names::DSIG, "Signature").count() > 1 {
            return Err("an element has two signatures".to_owned());
        }
    }
    Ok(found)
}

/// Checks that a configured key has signed the bytes with the algorithm of this identifier.
pub(crate) fn check_bytes(
    algorithm: &str,
    certificates: &[Certificate],
    bytes: &[u8],
    signature: &[u8],
) -> Result<(), String> {
    signer::fitting(&algorithms::Algorithm::of(algorithm)?, certificates, bytes, signature).map(|_| ())
}

/// Runs all steps of the verification, for documents in which only one element may be signed. `None`: it has no signature.
pub(crate) fn verify<'a, 'i>(
    element: Node<'a, 'i>,
    certificates: &[Certificate],
) -> Result<Option<Verified<'a, 'i>>, String> {
    let found = find(element.document().root(), &[element])?;
    let Some(signature) = found.first() else { return Ok(None) };
    Signature::read(*signature)?.sealed(certificates)?.digest().map(Some)
}
