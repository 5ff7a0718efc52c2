//! Enveloped XML signatures as Okta makes them (XML Signature 1.1, SAML Core §5.4), and the verification of a service's requests.

mod verify;

use base64::{Engine, engine::general_purpose::STANDARD};
use openssl::{error::ErrorStack, hash::hash};

pub(super) use verify::{certificate_key, verify_enveloped, verify_query};

use super::{
    keys::SamlKey,
    settings::{DigestAlgorithm, SignatureAlgorithm},
    xml::{Element, Node, Scope, ns},
};

const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// How an element is signed.
#[derive(Clone, Copy)]
pub(super) struct Method<'a> {
    pub(super) key: &'a SamlKey,
    pub(super) signature: SignatureAlgorithm,
    pub(super) digest: DigestAlgorithm,
}

impl Method<'_> {
    /// With RSA_SHA1 and SHA1.
    pub(super) fn with_sha1(self) -> Self {
        Self { signature: SignatureAlgorithm::RsaSha1, digest: DigestAlgorithm::Sha1, ..self }
    }
}

/// Signs the element, which must declare every prefix that it uses, and puts the signature after its `Issuer`. As at Okta, the prefix `xs`
/// is inclusive if the element declares it.
pub(super) fn sign(element: &mut Element, method: Method<'_>) -> Result<(), ErrorStack> {
    let inclusive: &[String] = if element.attribute("xmlns:xs").is_some() { &["xs".to_owned()] } else { &[] };
    let digest = hash(method.digest.digest(), element.canonical(&Scope::new(), inclusive).as_bytes())?;
    let id = element.attribute("ID").unwrap_or_default();
    let info = signed_info(id, &STANDARD.encode(digest), inclusive, method);
    let scope = Scope::from([("ds".to_owned(), ns::DSIG.to_owned())]);
    let value = method.key.sign(method.signature, info.canonical(&scope, &[]).as_bytes())?;
    let certificate = ds("X509Certificate").text(&method.key.base64_lines()?);
    let signature = ds("Signature")
        .declared()
        .child(info)
        .child(ds("SignatureValue").text(&STANDARD.encode(value)))
        .child(ds("KeyInfo").child(ds("X509Data").child(certificate)));
    let issuer = element
        .children
        .iter()
        .position(|node| matches!(node, Node::Element(child) if child.is(ns::ASSERTION, "Issuer")));
    element.children.insert(issuer.map_or(0, |at| at + 1), Node::Element(signature));
    Ok(())
}

fn signed_info(id: &str, digest: &str, inclusive: &[String], method: Method<'_>) -> Element {
    let mut c14n = ds("Transform").with("Algorithm", ns::EXC_C14N);
    if !inclusive.is_empty() {
        let list = Element::new(ns::EXC_C14N, "ec:InclusiveNamespaces").declared();
        c14n = c14n.child(list.with("PrefixList", &inclusive.join(" ")));
    }
    let transforms = ds("Transforms").child(ds("Transform").with("Algorithm", ENVELOPED)).child(c14n);
    let reference = ds("Reference")
        .with("URI", &format!("#{id}"))
        .child(transforms)
        .child(ds("DigestMethod").with("Algorithm", method.digest.uri()))
        .child(ds("DigestValue").text(digest));
    ds("SignedInfo")
        .child(ds("CanonicalizationMethod").with("Algorithm", ns::EXC_C14N))
        .child(ds("SignatureMethod").with("Algorithm", method.signature.uri()))
        .child(reference)
}

/// An element of XML Signature.
pub(super) fn ds(local: &str) -> Element {
    Element::new(ns::DSIG, &format!("ds:{local}"))
}
