//! Verifies the signature of a request against the service's certificate: an enveloped signature of the root, or one over the query of
//! the Redirect binding (SAML Bindings §3.4.4.1). The certificate inside a message is never used.

use base64::{Engine, engine::general_purpose::STANDARD};
use openssl::{
    hash::{MessageDigest, hash},
    pkey::{PKey, Public},
    sign::Verifier,
    x509::X509,
};

use super::super::{
    settings::{DigestAlgorithm, SignatureAlgorithm},
    xml::{Element, Node, Scope, ns},
};

/// The public key of a PEM certificate.
pub(in super::super) fn certificate_key(pem: &str) -> Result<PKey<Public>, &'static str> {
    X509::from_pem(pem.as_bytes())
        .and_then(|certificate| certificate.public_key())
        .map_err(|_| "The certificate of the app's settings can't be read.")
}

/// Verifies the signature of the root, which must be its child and cover the whole of it.
pub(in super::super) fn verify_enveloped(root: &Element, key: &PKey<Public>) -> Result<(), &'static str> {
    let mut signatures = root.elements().filter(|child| child.is(ns::DSIG, "Signature"));
    let signature = signatures.next().ok_or("The request is not signed.")?;
    if signatures.next().is_some() {
        return Err("The request has more than one signature.");
    }
    let part = |parent: &Element, local: &'static str| {
        parent.find(ns::DSIG, local).cloned().ok_or("The signature is not complete.")
    };
    let info = part(signature, "SignedInfo")?;
    let method = part(&info, "SignatureMethod")?;
    let reference = part(&info, "Reference")?;
    let id = root.attribute("ID").filter(|id| !id.is_empty()).ok_or("The request has no ID.")?;
    if reference.attribute("URI") != Some(format!("#{id}").as_str()) {
        return Err("The signature covers something else.");
    }
    let c14n = part(&info, "CanonicalizationMethod")?;
    let scope = signature.scope(&root.scope(&Scope::new()));
    let message = info.canonical(&scope, &exclusive(&c14n)?);
    let value = base64(&part(signature, "SignatureValue")?.content())?;
    verify_bytes(method.attribute("Algorithm"), key, message.as_bytes(), &value)?;

    let transforms = part(&reference, "Transforms")?;
    let mut inclusive = Vec::new();
    for transform in transforms.elements() {
        if transform.attribute("Algorithm") != Some(super::ENVELOPED) {
            inclusive = exclusive(transform)?;
        }
    }
    let algorithm = part(&reference, "DigestMethod")?;
    let digest = [DigestAlgorithm::Sha256, DigestAlgorithm::Sha1]
        .into_iter()
        .find(|digest| algorithm.attribute("Algorithm") == Some(digest.uri()))
        .ok_or("The digest algorithm is not known.")?;
    let mut rest = root.clone();
    rest.children.retain(|node| !matches!(node, Node::Element(child) if child.is(ns::DSIG, "Signature")));
    let found = hash(digest.digest(), rest.canonical(&Scope::new(), &inclusive).as_bytes())
        .map_err(|_| "The digest can't be computed.")?;
    if *found != *base64(&part(&reference, "DigestValue")?.content())? {
        return Err("The digest does not fit the request.");
    }
    Ok(())
}

/// Verifies a query of the Redirect binding over its raw octets: the message, RelayState and SigAlg in this order, as they were sent.
/// `message` is `SAMLRequest` or `SAMLResponse`.
pub(in super::super) fn verify_query(
    query: &str,
    message: &str,
    key: &PKey<Public>,
) -> Result<(), &'static str> {
    let raw = |name: &str| {
        let mut found = query.split('&').filter(|pair| pair.split('=').next() == Some(name));
        match (found.next(), found.next()) {
            (pair, None) => Ok(pair),
            _ => Err("A parameter of the request is repeated."),
        }
    };
    let decoded = |pair: &str| {
        let mut pairs = url::form_urlencoded::parse(pair.as_bytes()).into_owned();
        pairs.next().map(|(_, value)| value).unwrap_or_default()
    };
    let (message, relay_state) = (raw(message)?, raw("RelayState")?);
    let (Some(algorithm), Some(signature)) = (raw("SigAlg")?, raw("Signature")?) else {
        return Err("The request is not signed.");
    };
    let signed: Vec<&str> = [message, relay_state, Some(algorithm)].into_iter().flatten().collect();
    let value = base64(&decoded(signature))?;
    verify_bytes(Some(&decoded(algorithm)), key, signed.join("&").as_bytes(), &value)
}

fn verify_bytes(
    algorithm: Option<&str>,
    key: &PKey<Public>,
    message: &[u8],
    signature: &[u8],
) -> Result<(), &'static str> {
    let known = [SignatureAlgorithm::RsaSha256, SignatureAlgorithm::RsaSha1];
    let found = known.into_iter().find(|known| algorithm == Some(known.uri()));
    let digest: MessageDigest = found.ok_or("The signature algorithm is not known.")?.digest();
    let verifies = Verifier::new(digest, key).and_then(|mut verifier| {
        verifier.update(message)?;
        verifier.verify(signature)
    });
    if verifies.unwrap_or(false) { Ok(()) } else { Err("The signature does not fit the certificate.") }
}

/// The PrefixList of an exclusive canonicalization. Errors for another algorithm.
fn exclusive(method: &Element) -> Result<Vec<String>, &'static str> {
    if method.attribute("Algorithm") != Some(ns::EXC_C14N) {
        return Err("The canonicalization is not exclusive.");
    }
    let list = method.find(ns::EXC_C14N, "InclusiveNamespaces").and_then(|list| list.attribute("PrefixList"));
    Ok(list.unwrap_or_default().split_whitespace().map(str::to_owned).collect())
}

fn base64(text: &str) -> Result<Vec<u8>, &'static str> {
    let text: String = text.split_whitespace().collect();
    STANDARD.decode(text).map_err(|_| "The signature is not base64.")
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Method, sign},
        *,
    };
    use crate::saml::{keys::SamlKey, xml::read};

    fn method(key: &SamlKey) -> Method<'_> {
        Method { key, signature: SignatureAlgorithm::RsaSha256, digest: DigestAlgorithm::Sha256 }
    }

    fn signed(key: &SamlKey) -> String {
        let mut root = Element::new(ns::PROTOCOL, "samlp:X")
            .declared()
            .with("ID", "_1")
            .child(Element::new(ns::ASSERTION, "saml2:Issuer").declared().text("https://sp.example/<&>"));
        sign(&mut root, method(key)).unwrap();
        root.wire()
    }

    #[test]
    fn a_signature_holds_until_something_changes() {
        let key = SamlKey::generate("acme", 0).unwrap();
        let public = certificate_key(&key.pem().unwrap()).unwrap();
        let xml = signed(&key);
        assert_eq!(verify_enveloped(&read(&xml).unwrap(), &public), Ok(()));
        for (from, to, why) in [
            ("sp.example", "sp.invalid", "The digest does not fit the request."),
            ("#_1", "#_2", "The signature covers something else."),
            ("<ds:DigestValue>", "<ds:DigestValue>AA", "The signature does not fit the certificate."),
            ("xmldsig-more#rsa-sha256", "xmldsig-more#hmac-sha256", "The signature algorithm is not known."),
        ] {
            let root = read(&xml.replacen(from, to, 1)).unwrap();
            assert_eq!(verify_enveloped(&root, &public), Err(why), "{from}");
        }
        let other = SamlKey::generate("acme", 0).unwrap();
        let other = certificate_key(&other.pem().unwrap()).unwrap();
        let refused = verify_enveloped(&read(&xml).unwrap(), &other);
        assert_eq!(refused, Err("The signature does not fit the certificate."));
        let plain = read("<x ID='_1'/>").unwrap();
        assert_eq!(verify_enveloped(&plain, &public), Err("The request is not signed."));
    }

    #[test]
    fn a_query_is_verified_as_it_was_sent() {
        let key = SamlKey::generate("acme", 0).unwrap();
        let public = certificate_key(&key.pem().unwrap()).unwrap();
        let algorithm = "http%3A%2F%2Fwww.w3.org%2F2001%2F04%2Fxmldsig-more%23rsa-sha256";
        let signed = format!("SAMLRequest=a%2Bb&RelayState=r&SigAlg={algorithm}");
        let value = STANDARD.encode(key.sign(SignatureAlgorithm::RsaSha256, signed.as_bytes()).unwrap());
        let value: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
        let query = format!("{signed}&Signature={value}");
        assert_eq!(verify_query(&query, "SAMLRequest", &public), Ok(()));
        let reordered = format!("Signature={value}&SigAlg={algorithm}&RelayState=r&SAMLRequest=a%2Bb");
        assert_eq!(verify_query(&reordered, "SAMLRequest", &public), Ok(()));
        for (bad, why) in [
            (query.replace("a%2Bb", "a%2bb"), "The signature does not fit the certificate."),
            (query.replace("=r&", "=s&"), "The signature does not fit the certificate."),
            (format!("{query}&RelayState=r"), "A parameter of the request is repeated."),
            (signed, "The request is not signed."),
        ] {
            assert_eq!(verify_query(&bad, "SAMLRequest", &public), Err(why), "{bad}");
        }
    }
}
