//! The form of a signature (XML Signature 1.1 §4): known elements only, in their order, each once.

use base64::{Engine, engine::general_purpose::STANDARD};
use roxmltree::Node;

use crate::{limits, names, tree};

/// A `Signature` element of the right form.
#[derive(Debug)]
pub(crate) struct Signature<'a, 'i> {
    pub(super) node: Node<'a, 'i>,
    /// The signed element.
    pub(super) parent: Node<'a, 'i>,
    pub(super) signed_info: Node<'a, 'i>,
    pub(super) value: Vec<u8>,
    canonicalization: Node<'a, 'i>,
    method: Node<'a, 'i>,
    reference: Node<'a, 'i>,
    transforms: Node<'a, 'i>,
    digest_method: Node<'a, 'i>,
    pub(super) digest: Vec<u8>,
}

/// Prefixes of `InclusiveNamespaces`, for SignedInfo and for the signed element.
#[derive(Debug)]
pub(super) struct Prefixes<'a> {
    pub signed_info: Vec<&'a str>,
    pub element: Vec<&'a str>,
}

impl<'a, 'i> Signature<'a, 'i> {
    /// Reads the element. `KeyInfo` is allowed and ignored; `Object` is refused.
    pub(crate) fn read(node: Node<'a, 'i>) -> Result<Self, String> {
        let parent = node.parent_element().ok_or("the signature is in no element")?;
        let (signed_info, value) = match *exactly(node, "Signature")? {
            [info, value] => (info, value),
            [info, value, key] if tree::is(key, names::DSIG, "KeyInfo") => (info, value),
            _ => {
                return Err(
                    "Signature has other elements than SignedInfo, SignatureValue and KeyInfo".to_owned()
                );
            }
        };
        let value = base64(named(value, "SignatureValue")?)?;
        let [canonicalization, method, reference] =
            *exactly(named(signed_info, "SignedInfo")?, "SignedInfo")?
        else {
            return Err("SignedInfo has other elements than two methods and one Reference".to_owned());
        };
        let [transforms, digest_method, digest] = *exactly(named(reference, "Reference")?, "Reference")?
        else {
            return Err(
                "Reference has other elements than Transforms, DigestMethod and DigestValue".to_owned()
            );
        };
        Ok(Signature {
            node,
            parent,
            signed_info,
            value,
            canonicalization: named(canonicalization, "CanonicalizationMethod")?,
            method: empty(named(method, "SignatureMethod")?)?,
            reference,
            transforms: named(transforms, "Transforms")?,
            digest_method: empty(named(digest_method, "DigestMethod")?)?,
            digest: base64(named(digest, "DigestValue")?)?,
        })
    }

    /// Checks that the Reference has the ID of the signature's parent (Core §5.4.2).
    pub(crate) fn check_reference(&self) -> Result<(), String> {
        let id = tree::attribute(self.parent, "ID")
            .filter(|id| !id.is_empty())
            .ok_or("what is signed has no ID")?;
        match tree::attribute(self.reference, "URI").and_then(|uri| uri.strip_prefix('#')) {
            Some(name) if name == id => Ok(()),
            Some(name) => {
                Err(format!("the signature refers to {}, but is in {}", tree::short(name), tree::short(id)))
            }
            None => {
                Err("the signature refers to nothing, or to something outside of the document".to_owned())
            }
        }
    }

    /// Checks that the transforms are enveloped signature, then exclusive canonicalization, and no others (Core §5.4.3, §5.4.4).
    pub(crate) fn check_transforms(&self) -> Result<(), String> {
        self.prefixes().map(|_| ())
    }

    pub(super) fn prefixes(&self) -> Result<Prefixes<'a>, String> {
        let [enveloped, exclusive] = *exactly(self.transforms, "Transforms")? else {
            return Err(
                "the signature must have two transforms: enveloped signature and exclusive canonicalization"
                    .to_owned(),
            );
        };
        let enveloped = empty(named(enveloped, "Transform")?)?;
        if tree::attribute(enveloped, "Algorithm") != Some(names::ENVELOPED) {
            return Err(other("the first transform", "enveloped-signature", enveloped));
        }
        Ok(Prefixes {
            signed_info: exclusive_prefixes(self.canonicalization, "the canonicalization")?,
            element: exclusive_prefixes(named(exclusive, "Transform")?, "the second transform")?,
        })
    }

    /// `Algorithm` of SignatureMethod and of DigestMethod.
    pub(super) fn algorithm_names(&self) -> (&'a str, &'a str) {
        let name = |node| tree::attribute(node, "Algorithm").unwrap_or_default();
        (name(self.method), name(self.digest_method))
    }
}

/// Child elements of an element without text.
fn exactly<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Result<Vec<Node<'a, 'i>>, String> {
    if !tree::has_only_elements(node) {
        return Err(format!("{name} has text of its own"));
    }
    Ok(tree::elements(node).collect())
}

fn named<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Result<Node<'a, 'i>, String> {
    if tree::is(node, names::DSIG, name) {
        return Ok(node);
    }
    Err(format!("the signature has the element {} where {name} belongs", tree::short(node.tag_name().name())))
}

fn empty<'a, 'i>(node: Node<'a, 'i>) -> Result<Node<'a, 'i>, String> {
    if node.has_children() && !exactly(node, node.tag_name().name())?.is_empty() {
        return Err(format!("{} has parameters", node.tag_name().name()));
    }
    Ok(node)
}

/// The bytes of an element whose content is one base64 text.
fn base64(node: Node<'_, '_>) -> Result<Vec<u8>, String> {
    let text =
        tree::text(node).ok_or_else(|| format!("{} has more in it than one text", node.tag_name().name()))?;
    let dense: String = text.split([' ', '\t', '\n', '\r']).collect();
    match STANDARD.decode(dense) {
        Ok(bytes) if !bytes.is_empty() => Ok(bytes),
        _ => Err(format!("{} is not base64", node.tag_name().name())),
    }
}

/// Prefixes of the one parameter that exclusive canonicalization may have (Exclusive C14N §4).
fn exclusive_prefixes<'a>(node: Node<'a, '_>, what: &str) -> Result<Vec<&'a str>, String> {
    if tree::attribute(node, "Algorithm") != Some(names::EXCLUSIVE_C14N) {
        return Err(other(what, "xml-exc-c14n#", node));
    }
    let parameter = match *exactly(node, node.tag_name().name())? {
        [] => return Ok(Vec::new()),
        [only] if tree::is(only, names::EXCLUSIVE_C14N, "InclusiveNamespaces") && !only.has_children() => {
            only
        }
        _ => return Err(format!("{what} has a parameter other than InclusiveNamespaces")),
    };
    let list = tree::attribute(parameter, "PrefixList").ok_or("InclusiveNamespaces has no PrefixList")?;
    let prefixes: Vec<&str> =
        list.split_ascii_whitespace().map(|prefix| if prefix == "#default" { "" } else { prefix }).collect();
    if prefixes.len() > limits::PREFIXES {
        return Err(format!("InclusiveNamespaces lists more than {} prefixes", limits::PREFIXES));
    }
    Ok(prefixes)
}

fn other(what: &str, expected: &str, node: Node<'_, '_>) -> String {
    let name = tree::short(tree::attribute(node, "Algorithm").unwrap_or("nothing"));
    format!("{what} must be {expected}, and is {name}")
}
