//! Decrypts an `EncryptedAssertion` (XML Encryption 1.1) with AES-GCM and RSA-OAEP. AES-CBC does not detect a changed ciphertext, so it
//! is accepted only inside a signed response. RSA PKCS #1 v1.5 must never be accepted. Every failure to decrypt gives the same error.

mod content;
mod transport;

use base64::{Engine, engine::general_purpose::STANDARD};
use openssl::pkey::{PKey, Private};
use roxmltree::Node;

use crate::{
    escape::xml,
    names, scan,
    tree::{self, short},
};

/// Most attempts: keys of the message times our keys.
const ATTEMPTS: usize = 16;

/// The plaintext inside an element `frame`, which declares the namespaces in scope of the ciphertext, because XML Encryption 1.1 §4.4
/// puts the plaintext in its place. The result is a new document: check it like any other.
pub(crate) fn decrypt(
    encrypted: Node<'_, '_>,
    keys: &[PKey<Private>],
    is_signed: bool,
) -> Result<String, String> {
    let data: Vec<_> = tree::children(encrypted, names::XENC, "EncryptedData").collect();
    let [data] = *data else { return Err("EncryptedAssertion does not have one EncryptedData".to_owned()) };
    let method = content::Method::of(method(data)?)?;
    if !method.is_authenticated() && !is_signed {
        return Err(
            "AES-CBC is taken only inside of a signed response: choose AES-GCM at the provider".to_owned()
        );
    }
    let ciphertext = cipher_value(data)?;
    let mut wrapped = Vec::new();
    for key in encrypted_keys(encrypted, data) {
        wrapped.push((transport::Transport::of(key)?, cipher_value(key)?));
    }
    if keys.is_empty() {
        return Err("the assertion is encrypted, and there is no key here to decrypt it".to_owned());
    }
    let attempts =
        wrapped.iter().flat_map(|(transport, value)| keys.iter().map(move |key| (transport, value, key)));
    let plaintext = attempts
        .take(ATTEMPTS)
        .find_map(|(transport, value, key)| method.decrypt(&transport.unwrap(key, value)?, &ciphertext))
        .ok_or("the assertion can't be decrypted with our keys")?;
    let text =
        scan::text(&plaintext).map_err(|_| "the assertion can't be decrypted with our keys".to_owned())?;
    Ok(frame(encrypted, &text))
}

fn frame(around: Node<'_, '_>, text: &str) -> String {
    let mut out = String::from("<frame");
    for namespace in around.namespaces().filter(|namespace| namespace.name() != Some("xml")) {
        match namespace.name() {
            Some(prefix) => out.push_str(&format!(" xmlns:{prefix}=\"{}\"", xml(namespace.uri()))),
            None => out.push_str(&format!(" xmlns=\"{}\"", xml(namespace.uri()))),
        }
    }
    format!("{out}>{text}</frame>")
}

/// Encrypted keys in the KeyInfo of the data, and those beside the data (Core §6.2).
fn encrypted_keys<'a, 'i>(encrypted: Node<'a, 'i>, data: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    let inside = tree::children(data, names::DSIG, "KeyInfo")
        .flat_map(|info| tree::children(info, names::XENC, "EncryptedKey"));
    inside.chain(tree::children(encrypted, names::XENC, "EncryptedKey"))
}

fn method<'a, 'i>(node: Node<'a, 'i>) -> Result<Node<'a, 'i>, String> {
    tree::child(node, names::XENC, "EncryptionMethod")
        .ok_or_else(|| "the encryption names no method".to_owned())
}

/// The bytes of CipherData. A reference to bytes elsewhere is not followed.
fn cipher_value(node: Node<'_, '_>) -> Result<Vec<u8>, String> {
    let value = tree::child(node, names::XENC, "CipherData")
        .and_then(|data| tree::child(data, names::XENC, "CipherValue"));
    let text = value.and_then(tree::text).ok_or("the encryption has no CipherValue")?;
    let dense: String = text.split([' ', '\t', '\n', '\r']).collect();
    STANDARD.decode(dense).map_err(|_| "the CipherValue is not base64".to_owned())
}

fn refused(what: &str, identifier: &str) -> String {
    format!(
        "the {what} algorithm {} is not taken: choose AES-GCM and RSA-OAEP at the provider",
        short(identifier)
    )
}
