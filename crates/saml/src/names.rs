//! Names of the specifications: namespaces, bindings, formats.

/// Core §1.1: protocol elements.
pub(crate) const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
/// Core §1.1: assertion elements.
pub(crate) const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
/// Metadata §2.
pub(crate) const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
/// XML Signature 1.1 §1.3.
pub(crate) const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
/// Exclusive XML Canonicalization 1.0, the identifier of the method without comments.
pub(crate) const EXCLUSIVE_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// XML Signature 1.1 §6.6.4.
pub(crate) const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
/// RFC 9231 §2.3.2.
pub(crate) const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
/// XML Encryption §5.7.2.
pub(crate) const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
/// Bindings §3.4.
pub(crate) const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
/// Bindings §3.5.
pub(crate) const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
/// Core §8.3.1.
pub(crate) const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
/// The namespace that the prefix `xml` is bound to.
pub(crate) const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// Core §8.3.2.
pub(crate) const EMAIL: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
/// Core §8.3.7.
pub(crate) const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
/// XML Encryption 1.1 §5.5.2: RSA-OAEP whose mask uses SHA-1.
pub(crate) const RSA_OAEP: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
/// XML Encryption 1.1 §5.2.4, with a key of 128 bits.
pub(crate) const AES128_GCM: &str = "http://www.w3.org/2009/xmlenc11#aes128-gcm";
/// XML Encryption 1.1 §5.2.4, with a key of 256 bits.
pub(crate) const AES256_GCM: &str = "http://www.w3.org/2009/xmlenc11#aes256-gcm";
/// Prefix of the identifiers of RFC 9231.
pub(crate) const DSIG_MORE: &str = "http://www.w3.org/2001/04/xmldsig-more#";
/// RFC 9231 §2.1.3.
pub(crate) const SHA384: &str = "http://www.w3.org/2001/04/xmldsig-more#sha384";
/// XML Encryption §5.7.3.
pub(crate) const SHA512: &str = "http://www.w3.org/2001/04/xmlenc#sha512";
/// XML Encryption 1.0.
pub(crate) const XENC: &str = "http://www.w3.org/2001/04/xmlenc#";
/// XML Encryption 1.1.
pub(crate) const XENC11: &str = "http://www.w3.org/2009/xmlenc11#";
/// Core §3.2.2.2.
pub(crate) const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
/// Profiles §3.3.
pub(crate) const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
/// Core §8.3.6.
pub(crate) const ENTITY: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity";
/// XML Schema Part 1 §2.6: `xsi:nil`.
pub(crate) const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
/// XML Encryption 1.1 §5.2.4, with a key of 192 bits.
pub(crate) const AES192_GCM: &str = "http://www.w3.org/2009/xmlenc11#aes192-gcm";
/// XML Encryption 1.1 §5.2.2, with a key of 128 bits.
pub(crate) const AES128_CBC: &str = "http://www.w3.org/2001/04/xmlenc#aes128-cbc";
/// XML Encryption 1.1 §5.2.2, with a key of 192 bits.
pub(crate) const AES192_CBC: &str = "http://www.w3.org/2001/04/xmlenc#aes192-cbc";
/// XML Encryption 1.1 §5.2.2, with a key of 256 bits.
pub(crate) const AES256_CBC: &str = "http://www.w3.org/2001/04/xmlenc#aes256-cbc";
/// XML Encryption 1.1 §5.5.2: RSA-OAEP whose mask may use any digest.
pub(crate) const RSA_OAEP_11: &str = "http://www.w3.org/2009/xmlenc11#rsa-oaep";
/// XML Signature 1.1 §6.2.1; accepted only inside RSA-OAEP, where collisions don't matter.
pub(crate) const SHA1: &str = "http://www.w3.org/2000/09/xmldsig#sha1";
/// Bindings §3.4.4.1.
pub(crate) const DEFLATE: &str = "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE";
/// Core §3.2.2.2.
pub(crate) const RESPONDER: &str = "urn:oasis:names:tc:SAML:2.0:status:Responder";
/// Core §3.2.2.2.
pub(crate) const REQUESTER: &str = "urn:oasis:names:tc:SAML:2.0:status:Requester";
